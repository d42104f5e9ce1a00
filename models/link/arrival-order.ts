import type { Network } from '../netns/network.ts';
import type { Packet } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';
import { IpProtocol } from '../wire/ipv4.ts';

/** Constants of this module: imported ones are fetched from memory each time. */
const TCP = IpProtocol.tcp;
const IPV4 = EtherType.ipv4;

/**
 * Place of a frame that comes in now among all that is seen at this instant. Linux stamps a frame when it is put where
 * it waits to be received (`netdev_tstamp_prequeue`). A TCP segment carries the time at which it was to leave instead,
 * across veth pairs too (`skb_clear_tstamp` spares it), so it is stamped when its turn has come.
 */
export function arrivalOrder(network: Network, packet: Packet): number {
  const isTcp = packet.protocol === TCP && packet.etherType === IPV4;
  return isTcp ? network.nextOrder() : packet.arrivalOrder;
}
