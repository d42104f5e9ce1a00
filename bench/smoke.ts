import type { BenchContext } from './bench-context.ts';
import type { BenchRow } from './bench-row.ts';
import { inFreshProcess } from './fresh-process.ts';

/** What takes seconds: the counters that `limits.ts` holds bounds for, and some times to look at. */
export function benchSmoke({ processes, progress }: BenchContext): BenchRow[] {
  progress('counters');
  const counters = inFreshProcess(processes, 'counters', undefined);
  progress('bytes made');
  const bytesMade = inFreshProcess(processes, 'bytes-made', undefined);
  progress('queue');
  const queue = inFreshProcess(processes, 'queue', { smoke: true });
  progress('lookup');
  const lookup = inFreshProcess(processes, 'lookup', { lookups: 200_000 });
  return [...counters, ...bytesMade, ...queue, ...lookup];
}
