import type { Packet } from '../../packet.ts';

/**
 * What is to be done with a frame, and with all others between the same two addresses until something changes (weave
 * `FlowOp`). The fast datapath makes a rule of the kernel of it.
 */
export interface FlowOperation {
  /** Does it; the packet is taken over. @param broadcast the frame goes to several peers */
  process(packet: Packet, broadcast: boolean): void;
  /** Nothing happens to the frame. */
  readonly discards: boolean;
  /** The operations that it is made of; itself, when it is a single one. */
  flatten(): readonly FlowOperation[];
}
