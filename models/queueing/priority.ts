import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';

/** Priorities that Linux knows by name (include/uapi/linux/pkt_sched.h). */
export const Priority = { bestEffort: 0, bulk: 2, interactiveBulk: 4, interactive: 6, control: 7 } as const;

/** By the bits for delay and throughput of the TOS field (RFC 1349). */
const BY_TOS = [Priority.bestEffort, Priority.bulk, Priority.interactive, Priority.interactiveBulk];
const THROUGHPUT_SHIFT = 3;
/** Below it the field is a length: spanning tree. */
const FIRST_ETHERTYPE = 0x600;

/**
 * The priority of a packet where it leaves a namespace (Linux `skb->priority`): a host derives it from the TOS when it
 * routes a packet, its own or one that it forwards (`rt_tos2priority`); one that it only bridges has none. Messages of
 * its own spanning tree go before everything.
 */
export function priorityOf(packet: Packet, iface: Interface): number {
  if (packet.etherType < FIRST_ETHERTYPE) {
    return packet.ingress === null ? Priority.control : Priority.bestEffort;
  }
  if (packet.etherType !== EtherType.ipv4) return Priority.bestEffort;
  if (packet.nexthop?.iface?.namespace !== iface.namespace) return Priority.bestEffort;
  return BY_TOS[(packet.tos >> THROUGHPUT_SHIFT) & 3];
}
