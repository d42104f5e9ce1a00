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
}

/** Measures as often as asked for, telling of each. */
export function repeat<T>(context: BenchContext, what: string, runs: number, measure: () => T): T[] {
  return Array.from({ length: runs }, (_, run) => {
    context.progress(runs === 1 ? what : `${what}, run ${run + 1} of ${runs}`);
    return measure();
  });
}
