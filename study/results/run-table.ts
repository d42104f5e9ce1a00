import type { PointOutcome } from '../conduct.ts';
import type { TableColumn } from './table.ts';

/** A row for each run: what was varied, its number and seed, every figure. */
export function runTable(outcomes: readonly PointOutcome[], metrics: readonly string[]): TableColumn[] {
  const rows = outcomes.flatMap(({ point, runs }) => runs.map((run) => ({ ...run, point })));
  const column = (name: string, value: (row: (typeof rows)[number]) => TableColumn['values'][number]) => ({
    name,
    values: rows.map(value),
  });
  const parameters = Object.keys(outcomes[0].point.parameters);
  return [
    ...parameters.map((name) => column(name, ({ point }) => point.parameters[name])),
    column('replication', ({ replication }) => replication),
    column('seed', ({ seed }) => seed),
    ...metrics.map((name) => column(name, (row) => row.metrics[name] ?? null)),
    column('key', ({ key }) => key),
  ];
}
