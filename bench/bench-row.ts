/** One number that a benchmark found. */
export interface BenchRow {
  /** What was measured: `queue`, `growth`, `capture` ... */
  benchmark: string;
  /** Under which conditions. */
  case: string;
  /** What the number is, such as `hold time`. */
  metric: string;
  value: number;
  /** Unit of the number, such as `ns`. */
  unit: string;
}
