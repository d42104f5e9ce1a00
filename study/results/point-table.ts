import type { PointResults } from './point-results.ts';
import type { StudyResults } from './read-results.ts';
import type { TableColumn } from './table.ts';

/** A row for each point: what was varied, how many runs it had, and each figure as mean and half width. */
export function pointTable({ manifest, points }: StudyResults): TableColumn[] {
  const column = (name: string, value: (point: PointResults) => TableColumn['values'][number]) => ({
    name,
    values: points.map(value),
  });
  return [
    ...Object.keys(manifest.parameters).map((name) => column(name, ({ parameters }) => parameters[name])),
    column('runs', ({ runs }) => runs.length),
    column('warmup', ({ warmup }) => warmup),
    column('precise', ({ precise }) => precise),
    ...manifest.metrics.flatMap((name) => [
      column(name, ({ estimates }) => estimates[name].mean),
      column(`${name} half width`, ({ estimates }) => estimates[name].halfWidth),
    ]),
  ];
}
