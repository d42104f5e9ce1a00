import type { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';

/** Is told the fate of every packet of a traffic flow, once. */
export interface FlowObserver {
  /** A socket has received it; `now` in nanoseconds. */
  received(packet: Packet, now: number): void;
  /** It, or its last copy, has died. */
  lost(packet: Packet, reason: DropReason): void;
}
