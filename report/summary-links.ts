import type { LinkResult } from '../scenarios/builder/run-result.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatBytes, formatCount, formatPercent, formatRate } from './units.ts';

const LISTED = 10;

/** The busiest cable directions, those that lost something first. */
export function linkTable(links: readonly LinkResult[], options: SummaryOptions): string[] {
  const used = links.filter(({ packets, queueDropped }) => packets + queueDropped > 0);
  if (used.length === 0) return [];
  const right = 'right';
  const columns = [
    { title: 'from > to' },
    { title: 'rate', align: right },
    { title: 'use', align: right },
    { title: 'packets', align: right },
    { title: 'bytes', align: right },
    { title: 'queue peak', align: right },
    { title: 'overflowed', align: right },
    { title: 'lost', align: right },
  ] as const;
  const ranked = [...used].sort((a, b) => losses(b) - losses(a) || b.utilisation - a.utilisation);
  const rows = ranked
    .slice(0, LISTED)
    .map((link): Cell[] => [
      link.name,
      formatRate(link.rate),
      formatPercent(link.utilisation),
      formatCount(link.packets),
      formatBytes(link.bytes),
      formatCount(link.queuePeakPackets),
      alarm(link.queueDropped, options),
      alarm(link.lost, options),
    ]);
  const lines = renderTable(columns, rows, options);
  if (used.length > LISTED) lines.push(`  and ${formatCount(used.length - LISTED)} more in the results file`);
  return lines;
}

function losses(link: LinkResult): number {
  return link.queueDropped + link.lost;
}

function alarm(value: number, { colors }: SummaryOptions): Cell {
  return value > 0 ? { text: formatCount(value), dress: colors.red } : '0';
}
