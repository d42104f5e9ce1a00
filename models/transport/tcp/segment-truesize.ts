/** sizeof(struct sk_buff) aligned, sizeof(struct skb_shared_info), and room for headers (MAX_TCP_HEADER), x86-64. */
const SK_BUFF = 256;
const SHARED_INFO = 320;
const HEADER_ROOM = 256;

/**
 * Memory that Linux charges for a segment (skb->truesize). Receive windows follow from it.
 * @param length bytes of data
 * @param ofBurst cut from a larger piece on its way out (skb_segment): data then lie in a block of their own, whose
 * size is a power of two; otherwise they lie in page fragments
 */
export function segmentTruesize(length: number, ofBurst: boolean): number {
  if (!ofBurst) return SK_BUFF + SHARED_INFO + HEADER_ROOM + length;
  const wanted = SHARED_INFO + HEADER_ROOM + length;
  let allocated = 512;
  while (allocated < wanted) allocated *= 2;
  return SK_BUFF + allocated;
}
