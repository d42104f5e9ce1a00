import { type BenchContext, repeat } from './bench-context.ts';
import type { BenchRow } from './bench-row.ts';
import { inFreshProcess } from './fresh-process.ts';

/** What takes seconds: the counters that `limits.ts` holds bounds for, and some times to look at. */
export function benchSmoke(context: BenchContext): BenchRow[] {
  const { processes } = context;
  return [
    () => inFreshProcess(processes, 'counters', undefined),
    () => inFreshProcess(processes, 'bytes-made', undefined),
    () => inFreshProcess(processes, 'queue', { smoke: true }),
    () => inFreshProcess(processes, 'lookup', { lookups: 200_000 }),
  ].flatMap((measure) => repeat(context, 'smoke run', 1, measure).flat());
}
