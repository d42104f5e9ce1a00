/** Observations that MSER-5 takes the mean of before it looks for the truncation point. */
const BATCH = 5;
/** With fewer batch means than this nothing can be said. */
const FEWEST_BATCHES = 4;

export interface Truncation {
  /** Observations at the beginning that belong to the warm-up, a multiple of 5. */
  observations: number;
  /**
   * False when the best point was the last one looked at, the middle of the data: the warm-up is not over by
   * then, or there are too few observations to tell.
   */
  settled: boolean;
}

/**
 * How much of the beginning of a run is warm-up, by MSER-5: the observations become means of batches of five,
 * and of those as many are cut off as makes the marginal standard error of the rest,
 *
 *     MSER(d) = sum over j > d of (Y_j - mean of Y_(d+1) .. Y_m)^2 / (m - d)^2,
 *
 * the smallest; d goes up to half of the data. (K. P. White, M. J. Cobb and S. C. Spratt, "A comparison of
 * five steady-state truncation heuristics for simulation", Winter Simulation Conference 2000.)
 */
export function mser5(observations: readonly number[]): Truncation {
  const means = batchMeans(observations);
  if (means.length < FEWEST_BATCHES) return { observations: 0, settled: false };
  const last = Math.floor(means.length / 2);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let cut = 0; cut <= last; cut++) {
    const error = marginalStandardError(means, cut);
    if (error < least) {
      least = error;
      best = cut;
    }
  }
  return { observations: best * BATCH, settled: best < last };
}

/** What is left over at the end makes no batch. */
function batchMeans(observations: readonly number[]): number[] {
  const means: number[] = [];
  for (let from = 0; from + BATCH <= observations.length; from += BATCH) {
    means.push(mean(observations, from, from + BATCH));
  }
  return means;
}

function marginalStandardError(values: readonly number[], cut: number): number {
  const kept = values.length - cut;
  const centre = mean(values, cut, values.length);
  let squares = 0;
  for (let index = cut; index < values.length; index++) squares += (values[index] - centre) ** 2;
  return squares / kept ** 2;
}

function mean(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += values[index];
  return sum / (to - from);
}
