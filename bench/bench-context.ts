import type { ProcessOptions } from './fresh-process.ts';

/** What a benchmark gets from the command line. */
export interface BenchContext {
  processes: ProcessOptions;
  /** How often each case is measured; undefined for the benchmark's own habit. */
  runs: number | undefined;
  /** Whether a case of that name is asked for. */
  wants(name: string): boolean;
  /** Tells the user what is being measured. */
  progress(text: string): void;
  /** What did not come to an end: the other cases are measured all the same. */
  failures: string[];
}

/** Measures as often as asked for, telling of each; answers nothing when a run fails. */
export function repeat<T>(context: BenchContext, what: string, runs: number, measure: () => T): T[] {
  const results: T[] = [];
  for (let run = 1; run <= runs; run++) {
    context.progress(runs === 1 ? what : `${what}, run ${run} of ${runs}`);
    try {
      results.push(measure());
    } catch (error) {
      context.failures.push(`${what}: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  }
  return results;
}
