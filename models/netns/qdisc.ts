import type { Packet } from '../packet.ts';

/** What every queueing discipline counts (`tc -s qdisc`). */
export interface QdiscStatistics {
  sentBytes: number;
  sentPackets: number;
  dropped: number;
  /** Times a packet had to wait for its turn. */
  overlimits: number;
  backlogBytes: number;
  backlogPackets: number;
}

export function newQdiscStatistics(): QdiscStatistics {
  return { sentBytes: 0, sentPackets: 0, dropped: 0, overlimits: 0, backlogBytes: 0, backlogPackets: 0 };
}

/** What `tc qdisc add` says of a discipline. Sizes in bytes, the rate in bytes per second. */
export type QdiscSpec =
  | { kind: 'tbf'; rate: number; burst: number; limit: number }
  | { kind: 'pfifo'; limit: number }
  | { kind: 'bfifo'; limit: number };

/**
 * What decides when, and whether, a packet leaves an interface (Linux `struct Qdisc`). It gets every packet that the
 * interface is to send, and hands those that may leave to the transmitter it was made with.
 */
export interface QueueingDiscipline {
  /** As it is shown. */
  readonly spec: QdiscSpec;
  readonly statistics: QdiscStatistics;
  /** Takes a packet, to send it now or later, or to drop it. */
  enqueue(packet: Packet): void;
  /** Other parameters for the same kind; what waits stays. */
  change(spec: QdiscSpec): void;
  /** Drops what waits: the interface goes down, or another discipline takes over. */
  reset(): void;
}
