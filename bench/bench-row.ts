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
