import type { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';

/**
 * Something that tells the time in nanoseconds: handed over itself, because a time as an argument would be an object
 * made for each call.
 */
export interface Clock {
  readonly now: number;
}

/** Is told the fate of every packet of a traffic flow, once. */
export interface FlowObserver {
  /** A socket sends it; what has its own count of what it sends need not listen. */
  segmentSent?(packet: Packet): void;
  /** A socket has received it. */
  received(packet: Packet, clock: Clock): void;
  /** A packet of it has been duplicated on the way; what becomes of each of the two is told. */
  duplicated(packet: Packet): void;
  /** It, or its last copy, has died. */
  lost(packet: Packet, reason: DropReason): void;
}
