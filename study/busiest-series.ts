import type { LinkResult } from '../scenarios/builder/run-result.ts';
import type { Series } from '../scenarios/builder/sample-series.ts';

/** Directions of cables whose series are kept: a large cluster has thousands that show nothing. */
const KEPT = 6;

/**
 * The series of all traffics, and of those cables that were busiest and whose queues were fullest; none of
 * zeros.
 */
export function busiestSeries(series: readonly Series[], links: readonly LinkResult[]): Series[] {
  const kept = new Set([
    ...most(links, ({ utilisation }) => utilisation),
    ...most(links, ({ queuePeakPackets }) => queuePeakPackets),
  ]);
  const wanted = series.filter(({ link }) => link === undefined || kept.has(link));
  return wanted.filter(({ values }) => values.some((value) => value !== 0 && value !== null));
}

function most(links: readonly LinkResult[], figure: (link: LinkResult) => number): string[] {
  const used = links.filter((link) => figure(link) > 0);
  // equal ones by name: the order must not hang on anything else
  used.sort((a, b) => figure(b) - figure(a) || (a.name < b.name ? -1 : 1));
  return used.slice(0, KEPT / 2).map(({ name }) => name);
}
