import type { Packet } from '../../packet.ts';

/** sizeof(struct sk_buff), aligned, and sizeof(struct skb_shared_info), on x86-64. */
const SK_BUFF = 256;
const SHARED_INFO = 320;
/** Room that senders leave for link headers (LL_MAX_HEADER and alignment). */
const HEADROOM = 64;

/** Memory that Linux charges for a packet (skb->truesize): queue limits in bytes count this, not the length. */
export function truesize(packet: Packet): number {
  const wanted = HEADROOM + packet.length + SHARED_INFO;
  let allocated = 512;
  while (allocated < wanted) allocated *= 2;
  return SK_BUFF + allocated;
}
