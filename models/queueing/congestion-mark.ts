import { NO_SEGMENT } from '../netns/path-memo/path-memo.ts';
import type { Packet } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';

/** The two lowest bits of the TOS field (RFC 3168, 5). */
const ECN_MASK = 3;
const NOT_CAPABLE = 0;
const CONGESTION_EXPERIENCED = 3;

/**
 * Marks a packet as one that has met congestion (Linux `INET_ECN_set_ce`).
 * @returns false when its sender does not know of marks: it is to be dropped instead
 */
export function markCongestion(packet: Packet): boolean {
  if (packet.etherType !== EtherType.ipv4 || (packet.tos & ECN_MASK) === NOT_CAPABLE) return false;
  packet.tos |= CONGESTION_EXPERIENCED;
  // from here on it is not like the others of its flow
  packet.lastSegment = NO_SEGMENT;
  packet.nextSegment = NO_SEGMENT;
  return true;
}
