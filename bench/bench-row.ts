/** One number that a benchmark found. */
export interface BenchRow {
  /** What was measured: `queue`, `cluster`, `capture` ... */
  benchmark: string;
  /** Under which conditions. */
  case: string;
  /** What the number is, such as `hold time`. */
  metric: string;
  /** A number, or a text for what is only the same or not, such as a fingerprint. */
  value: number | string;
  /** Unit of the number, such as `ns`. */
  unit: string;
  /** What every run gave, when there were several: `value` is their median. */
  runs?: number[];
}

/** Rows of one case, each as [metric, value, unit]. */
export function rowsOf(
  benchmark: string,
  name: string,
  values: readonly [metric: string, value: number | string, unit: string][],
): BenchRow[] {
  return values.map(([metric, value, unit]) => ({ benchmark, case: name, metric, value, unit }));
}
