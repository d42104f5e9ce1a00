import type { NetemSpec } from './netem-spec.ts';
import type { RedSpec } from './red-spec.ts';

/** What `tc qdisc add` says of a discipline. Sizes in bytes, rates in bytes per second, times in nanoseconds. */
export type QdiscSpec =
  | TbfSpec
  | FifoSpec
  | { kind: 'pfifo_fast' }
  | PrioSpec
  | FqCodelSpec
  | ({ kind: 'red' } & RedSpec)
  | ({ kind: 'netem' } & NetemSpec);

export type QdiscKind = QdiscSpec['kind'];

export interface TbfSpec {
  kind: 'tbf';
  rate: number;
  burst: number;
  limit: number;
}

/** A limit in packets, or in bytes for a bfifo. */
export interface FifoSpec {
  kind: 'pfifo' | 'bfifo' | 'pfifo_head_drop';
  limit: number;
}

export interface PrioSpec {
  kind: 'prio';
  /** 2 to 16. */
  bands: number;
  /** The band of each of the 16 priorities. */
  priomap: readonly number[];
}

/** What is absent stays as it is, or has the kernel's default. */
export interface FqCodelSpec {
  kind: 'fq_codel';
  /** Packets. Default 10240. */
  limit?: number;
  /** Default 1024; fixed once the discipline is there. */
  flows?: number;
  /** Default 5 ms. */
  target?: number;
  /** Default 100 ms. */
  interval?: number;
  /** Bytes of a turn. Default: the longest frame. */
  quantum?: number;
  /** Marks what can be marked. Default true. */
  ecn?: boolean;
  /** Marks everything that has waited longer. Default: never. */
  ceThreshold?: number;
  /** Bytes of memory. Default 32 MiB. */
  memoryLimit?: number;
  /** Packets dropped at once when there are too many. Default 64. */
  dropBatch?: number;
}

/** Bands of priorities by default (Linux `prio2band`). */
export const DEFAULT_PRIOMAP: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
