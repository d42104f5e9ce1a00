import type { MacTable } from './mac-table.ts';
import type { Packet } from './packet.ts';

/**
 * How a datagram carries the frames of `Packet.inner` and those that follow it: what a program that is a tunnel has put
 * around them. It is described, not stored, as a payload is; immutable, and shared by copies of the datagram.
 */
export interface Cargo {
  /** Writes the whole payload of the datagram; of an encrypted one, all that stands behind its IP header. @param frame the first of the frames */
  writeTo(bytes: Uint8Array, offset: number, frame: Packet, macs: MacTable): void;
}
