import type { DropRow } from '../models/netns/drop-counters.ts';
import type { SummaryOptions } from './summary.ts';
import { renderTable } from './table.ts';
import { formatCount } from './units.ts';

const LISTED = 8;

/** Where packets died and why, the most first. */
export function dropTable(drops: readonly DropRow[], options: SummaryOptions): string[] {
  if (drops.length === 0) return [];
  const columns = [{ title: 'packets', align: 'right' }, { title: 'reason' }, { title: 'at' }] as const;
  const ranked = [...drops].sort((a, b) => b.packets - a.packets);
  const rows = ranked
    .slice(0, LISTED)
    .map((row) => [formatCount(row.packets), row.reason, `${row.namespace}:${row.interface}`]);
  const lines = renderTable(columns, rows, options);
  if (drops.length > LISTED) {
    const rest = ranked.slice(LISTED).reduce((sum, { packets }) => sum + packets, 0);
    lines.push(`  and ${formatCount(rest)} at ${drops.length - LISTED} more places`);
  }
  return lines;
}
