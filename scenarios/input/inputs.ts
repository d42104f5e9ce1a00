import type { Transfer } from '../../models/traffic/tcp/trace-flow.ts';
import type { TrafficPair } from '../plan/traffic-pairs.ts';

export interface TraceTable {
  /** Who sends to whom, each once. */
  pairs: TrafficPair[];
  /** What each pair sends, in the order of time. */
  transfers: Transfer[][];
}

/** What the files hold that a scenario names. */
export interface Inputs {
  /** Sizes in bytes by `sizesKey`. */
  sizes: Map<string, Float64Array>;
  /** By the name of the traffic. */
  traces: Map<string, TraceTable>;
}

export function noInputs(): Inputs {
  return { sizes: new Map(), traces: new Map() };
}

export function sizesKey(file: string, column: string | undefined): string {
  return JSON.stringify([file, column ?? null]);
}
