import type { BenchRow } from './bench-row.ts';
import type { Circumstances } from './machine.ts';
import { median } from './median.ts';

/** What `npm run bench` writes and compares with. */
export interface Results extends Circumstances {
  rows: BenchRow[];
}

/** Rows of several runs as one: medians, with what each run gave. A text that differs is told as such. */
export function mergeRuns(runs: readonly BenchRow[][]): BenchRow[] {
  if (runs.length <= 1) return runs[0] ?? [];
  return runs[0].map((row) => {
    const values = runs.map((rows) => find(rows, row)!.value);
    const numbers = values.filter((value) => typeof value === 'number');
    if (numbers.length > 0) return { ...row, value: median(numbers), runs: numbers };
    return { ...row, value: values.every((value) => value === row.value) ? row.value : 'differs by run' };
  });
}

/** The row of the same benchmark, case and metric. */
export function find(rows: readonly BenchRow[], wanted: BenchRow): BenchRow | undefined {
  return rows.find(
    (row) => row.benchmark === wanted.benchmark && row.case === wanted.case && row.metric === wanted.metric,
  );
}
