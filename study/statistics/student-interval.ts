import jstat from 'jstat';

/** A mean with its two-sided confidence interval by Student's t. */
export interface Estimate {
  /** Values that it is made of. */
  count: number;
  /** Null without values. */
  mean: number | null;
  /** Standard deviation of the sample; null with fewer than two values. */
  deviation: number | null;
  /** The interval goes from mean - halfWidth to mean + halfWidth; null with fewer than two values. */
  halfWidth: number | null;
  min: number | null;
  max: number | null;
}

/**
 * The mean of independent values and how sure it is.
 * @param confidence such as 0.95
 */
export function estimate(values: readonly number[], confidence: number): Estimate {
  const count = values.length;
  if (count === 0) return { count, mean: null, deviation: null, halfWidth: null, min: null, max: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const extremes = { min: Math.min(...values), max: Math.max(...values) };
  if (count === 1) return { count, mean, deviation: null, halfWidth: null, ...extremes };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const halfWidth = (studentQuantile(confidence, count - 1) * deviation) / Math.sqrt(count);
  return { count, mean, deviation, halfWidth, ...extremes };
}

/** Half width over mean; 0 where all values are equal, infinite where it cannot be told. */
export function relativeHalfWidth({ mean, halfWidth }: Estimate): number {
  if (halfWidth === 0) return 0;
  if (halfWidth === null || mean === null || mean === 0) return Number.POSITIVE_INFINITY;
  return halfWidth / Math.abs(mean);
}

/** The t that a two-sided interval of this confidence takes: 12.706 for 0.95 and one degree of freedom. */
export function studentQuantile(confidence: number, degreesOfFreedom: number): number {
  return jstat.jStat.studentt.inv((1 + confidence) / 2, degreesOfFreedom);
}
