import type { WeaveResult } from '../scenarios/builder/weave-results.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatBytes, formatCount } from './units.ts';

const LISTED = 10;

/** The Weave routers of the nodes, in their order. */
export function weaveTable(routers: readonly WeaveResult[], options: SummaryOptions): string[] {
  if (routers.length === 0) return [];
  const right = 'right';
  const columns = [
    { title: 'router of' },
    { title: 'peers', align: right },
    { title: 'fastdp', align: right },
    { title: 'sleeve', align: right },
    { title: 'addresses', align: right },
    { title: 'used', align: right },
    { title: 'messages', align: right },
    { title: 'bytes', align: right },
    { title: 'broadcasts', align: right },
    { title: 'ipam' },
  ] as const;
  const rows = routers.slice(0, LISTED).map((one): Cell[] => {
    const figures = [one.peers, one.fastdp, one.sleeve, one.owned, one.used, one.controlMessages];
    const state = one.running ? one.ipam : 'not running';
    return [
      one.node,
      ...figures.map(formatCount),
      formatBytes(one.controlBytes),
      formatCount(one.broadcastCopies),
      state === 'ready' ? state : { text: state, dress: options.colors.yellow },
    ];
  });
  const lines = renderTable(columns, rows, options);
  if (routers.length > LISTED)
    lines.push(`  and ${formatCount(routers.length - LISTED)} more in the results file`);
  return lines;
}
