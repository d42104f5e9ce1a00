import type { CoreResult } from '../scenarios/builder/processor-results.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatCount, formatPercent } from './units.ts';

const LISTED = 10;

/** The cores of nodes whose work takes time, those that had no room first. */
export function coreTable(cores: readonly CoreResult[], options: SummaryOptions): string[] {
  if (cores.length === 0) return [];
  const right = 'right';
  const columns = [
    { title: 'of' },
    { title: 'use', align: right },
    { title: 'jobs', align: right },
    { title: 'queue peak', align: right },
    { title: 'backlog drops', align: right },
  ] as const;
  const ranked = [...cores].sort((a, b) => b.dropped - a.dropped || b.utilisation - a.utilisation);
  const rows = ranked
    .slice(0, LISTED)
    .map(({ node, core, utilisation, jobs, peakPackets, dropped }): Cell[] => [
      `${node} core ${core}`,
      formatPercent(utilisation),
      formatCount(jobs),
      formatCount(peakPackets),
      dropped > 0 ? { text: formatCount(dropped), dress: options.colors.red } : '0',
    ]);
  const lines = renderTable(columns, rows, options);
  if (cores.length > LISTED)
    lines.push(`  and ${formatCount(cores.length - LISTED)} more in the results file`);
  return lines;
}
