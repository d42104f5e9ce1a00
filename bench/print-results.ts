import { type Column, renderTable } from '../report/table.ts';
import type { BenchRow } from './bench-row.ts';
import { find, type Results } from './results.ts';

/** The table of results; with a baseline a column of how many times its value each one is. */
export function printResults(results: Results, baseline: Results | undefined): string {
  const columns: Column[] = [
    { title: 'benchmark' },
    { title: 'case' },
    { title: 'metric' },
    { title: 'value', align: 'right' },
    { title: 'unit' },
  ];
  if (results.rows.some(({ runs }) => runs !== undefined)) {
    columns.push({ title: 'from', align: 'right' }, { title: 'to', align: 'right' });
  }
  if (baseline !== undefined) columns.push({ title: 'baseline', align: 'right' });
  const spread = columns.some(({ title }) => title === 'from');
  let last = '';
  const rows = results.rows.map((row) => {
    const about = [row.benchmark, row.case];
    const same = last === about.join();
    last = about.join();
    const cells = [...(same ? ['', ''] : about), row.metric, formatValue(row.value), row.unit];
    if (spread) cells.push(...extremes(row));
    if (baseline !== undefined) cells.push(compare(row, find(baseline.rows, row)));
    return cells;
  });
  const { processor, cores, node, commit, date } = results;
  const lines = [`${processor}, ${cores} cores, Node ${node}, commit ${commit}, ${date}`];
  if (baseline !== undefined) {
    const { processor: where, node: version, commit: of, date: when } = baseline;
    lines.push(`baseline: ${where}, Node ${version}, commit ${of}, ${when}`);
  }
  return `${[...lines, '', ...renderTable(columns, rows, { width: 140, indent: 0 })].join('\n')}\n`;
}

/** Four significant digits, thousands and millions by their letters. */
export function formatValue(value: number | string): string {
  if (typeof value === 'string') return value;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size >= 1e9) return `${(value / 1e9).toPrecision(4)} G`;
  if (size >= 1e6) return `${(value / 1e6).toPrecision(4)} M`;
  if (size >= 1e4) return `${(value / 1e3).toPrecision(4)} k`;
  return size >= 0.001 || size === 0 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function extremes({ runs }: BenchRow): [string, string] {
  if (runs === undefined) return ['', ''];
  return [formatValue(Math.min(...runs)), formatValue(Math.max(...runs))];
}

function compare(row: BenchRow, before: BenchRow | undefined): string {
  if (before === undefined) return 'new';
  if (typeof row.value === 'string' || typeof before.value === 'string') {
    return row.value === before.value ? 'same' : 'differs';
  }
  if (row.value === before.value) return 'same';
  return before.value === 0 ? '-' : `${(row.value / before.value).toFixed(2)} x`;
}
