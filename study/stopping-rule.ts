import { replicationsOf } from './replications.ts';
import type { Study } from './schema/study.ts';
import { estimate, relativeHalfWidth } from './statistics/student-interval.ts';

/** The figures of the runs of a point, in the order of their numbers. */
export type MetricsOfRuns = readonly Readonly<Record<string, number | null>>[];

/** Whether all figures that the study wants precise are that; null when it wants none. */
export function isPrecise(study: Study, runs: MetricsOfRuns): boolean | null {
  if (study.precision === undefined) return null;
  return worstHalfWidth(study, runs) <= study.precision.relative;
}

/**
 * How many runs a point is to have, now that it has these: as many when it is done. The interval shrinks with
 * the root of their number, which says how many it will take; they are at most doubled at once, because a
 * deviation from few runs is a guess. It depends on the figures alone, not on when which run ended.
 */
export function runsWanted(study: Study, runs: MetricsOfRuns): number {
  const { min, max } = replicationsOf(study);
  if (runs.length < min) return min;
  if (runs.length >= max || isPrecise(study, runs) !== false) return runs.length;
  const ratio = worstHalfWidth(study, runs) / study.precision!.relative;
  const projected = Math.min(Math.ceil(runs.length * ratio ** 2), runs.length * 2);
  return Math.min(max, Math.max(runs.length + 1, projected));
}

function worstHalfWidth(study: Study, runs: MetricsOfRuns): number {
  const names = study.precision?.of ?? study.metrics;
  return Math.max(
    ...names.map((name) => relativeHalfWidth(estimate(valuesOf(runs, name), study.confidence))),
  );
}

/** The values of one figure, of the runs that have it. */
export function valuesOf(runs: MetricsOfRuns, name: string): number[] {
  return runs.flatMap((metrics) => metrics[name] ?? []);
}
