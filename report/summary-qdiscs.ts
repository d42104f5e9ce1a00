import type { QdiscResult } from '../scenarios/builder/qdisc-results.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatBytes, formatCount } from './units.ts';

const LISTED = 10;

/** The queueing disciplines, those that dropped most first. */
export function qdiscTable(qdiscs: readonly QdiscResult[], options: SummaryOptions): string[] {
  const used = qdiscs.filter(({ sent, dropped }) => sent + dropped > 0);
  if (used.length === 0) return [];
  const right = 'right';
  const columns = [
    { title: 'of' },
    { title: 'kind' },
    { title: 'packets', align: right },
    { title: 'bytes', align: right },
    { title: 'queue peak', align: right },
    { title: 'marked', align: right },
    { title: 'dropped', align: right },
  ] as const;
  const ranked = [...used].sort((a, b) => b.dropped - a.dropped || b.peakPackets - a.peakPackets);
  const rows = ranked.slice(0, LISTED).map((qdisc): Cell[] => {
    const { dropped } = qdisc;
    return [
      qdisc.name,
      qdisc.kind,
      formatCount(qdisc.sent),
      formatBytes(qdisc.sentBytes),
      formatCount(qdisc.peakPackets),
      formatCount(qdisc.marked),
      dropped > 0 ? { text: formatCount(dropped), dress: options.colors.red } : '0',
    ];
  });
  const lines = renderTable(columns, rows, options);
  if (used.length > LISTED) lines.push(`  and ${formatCount(used.length - LISTED)} more in the results file`);
  return lines;
}
