/** How delays are spread around their mean. */
export const DISTRIBUTIONS = ['uniform', 'normal', 'pareto', 'paretonormal'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** A probability, and how much each draw resembles the one before; both from 0 to 1. */
export interface Chance {
  probability: number;
  correlation?: number;
}

/** Which packets are lost. Probabilities from 0 to 1. */
export type LossSpec =
  | ({ model: 'random' } & Chance)
  /** Gilbert and Elliott: a good and a bad state; `inBad` and `inGood` are lost in them. */
  | { model: 'gemodel'; toBad: number; toGood: number; inBad: number; inGood: number }
  /** Four states (Salsano, Ludovici, Ordine): 1 received, 2 received in a burst, 3 lost in a burst, 4 lost alone. */
  | { model: 'state'; p13: number; p31: number; p32: number; p23: number; p14: number };

/** What happens to packets on a bad way. Times in nanoseconds. */
export interface ImpairmentSpec {
  delay?: number;
  /** Half the width of the uniform distribution, the standard deviation of the others. */
  jitter?: number;
  /** How much each delay resembles the one before, from 0 to 1. */
  delayCorrelation?: number;
  /** Default uniform. */
  distribution?: Distribution;
  loss?: LossSpec;
  duplicate?: Chance;
  /** Sent at once, before those that are being delayed. */
  reorder?: Chance;
  /** With reorder: of so many packets one may be. Default 1. */
  gap?: number;
  /** One bit is turned over. */
  corrupt?: Chance;
}

/** The discipline netem (Linux net/sched/sch_netem.c; tc-netem(8)). */
export interface NetemSpec extends ImpairmentSpec {
  /** Packets that may wait. Default 1000. */
  limit?: number;
  /** Packets that would be lost are marked if they can be. */
  ecn?: boolean;
  /** Bytes per second; absent for no limit. */
  rate?: number;
  /** Bytes added to each packet for the rate; may be negative. */
  packetOverhead?: number;
  /** Packets take whole cells of so many bytes. */
  cellSize?: number;
  /** Bytes added to each cell. */
  cellOverhead?: number;
}
