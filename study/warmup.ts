import type { Series } from '../scenarios/builder/sample-series.ts';
import { mser5 } from './statistics/mser5.ts';

/** Samples of a pilot run: the observations of MSER-5. */
export const PILOT_SAMPLES = 1000;

/**
 * When all traffics of a pilot run have settled, by MSER-5 over the samples of their delay and throughput.
 * @returns nanoseconds
 */
export function warmupOf(series: readonly Series[]): { warmup: number; settled: boolean } {
  let warmup = 0;
  let settled = true;
  for (const { times, values } of series) {
    const measured = times.flatMap((time, index) => {
      const value = values[index];
      return value === null ? [] : [{ time, value }];
    });
    const found = mser5(measured.map(({ value }) => value));
    if (found.observations > 0) warmup = Math.max(warmup, measured[found.observations - 1].time);
    settled &&= found.settled;
  }
  return { warmup, settled };
}
