import type { FlowResult } from '../scenarios/builder/run-result.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatCount, formatDuration, formatPercent, formatRate } from './units.ts';

/** Traffics listed at most; all of them are in the results file. */
const LISTED = 20;
const LOSSES_LISTED = 8;

/** What each traffic sent, and what became of it. */
export function trafficTable(flows: readonly FlowResult[], options: SummaryOptions): string[] {
  const right = 'right';
  const columns = [
    { title: 'name' },
    { title: 'kind' },
    { title: 'pairs', align: right },
    { title: 'sent', align: right },
    { title: 'received', align: right },
    { title: 'lost', align: right },
    { title: 'loss', align: right },
    { title: 'offered', align: right },
    { title: 'arrived', align: right },
  ] as const;
  if (flows.length === 0) return [];
  const rows = flows
    .slice(0, LISTED)
    .map((flow): Cell[] => [
      flow.name,
      flow.kind,
      formatCount(flow.pairs),
      formatCount(flow.sent),
      formatCount(flow.received),
      alarm(flow.lost + flow.refused, formatCount(flow.lost + flow.refused), options),
      alarm(flow.loss, formatPercent(flow.loss), options),
      formatRate(flow.offered),
      formatRate(flow.throughput),
    ]);
  const lines = renderTable(columns, rows, options);
  if (flows.length > LISTED) lines.push(`  and ${flows.length - LISTED} more in the results file`);
  return lines;
}

/** What each traffic lost, by reason, the most first. */
export function lossTable(flows: readonly FlowResult[], options: SummaryOptions): string[] {
  const losses = flows.flatMap((flow) => {
    const reasons = Object.entries(flow.lostByReason).map(([reason, packets]) => ({ flow, reason, packets }));
    if (flow.refused > 0)
      reasons.push({ flow, reason: 'refused by the sender itself', packets: flow.refused });
    return reasons;
  });
  if (losses.length === 0) return [];
  losses.sort((a, b) => b.packets - a.packets);
  const columns = [{ title: 'packets', align: 'right' }, { title: 'of' }, { title: 'reason' }] as const;
  const rows = losses
    .slice(0, LOSSES_LISTED)
    .map(({ flow, reason, packets }) => [formatCount(packets), flow.name, reason]);
  const lines = renderTable(columns, rows, options);
  if (losses.length > LOSSES_LISTED) {
    lines.push(`  and ${losses.length - LOSSES_LISTED} more reasons in the results file`);
  }
  return lines;
}

/** How long packets took; the round trip for pings. */
export function latencyTable(flows: readonly FlowResult[], options: SummaryOptions): string[] {
  const measured = flows.slice(0, LISTED).filter((flow) => flow.latency.max !== null);
  if (measured.length === 0) return [];
  const titles = ['min', 'mean', 'p50', 'p95', 'p99', 'max', 'jitter'];
  const columns = [
    { title: 'name' },
    { title: 'of' },
    ...titles.map((title) => ({ title, align: 'right' }) as const),
  ];
  const rows = measured.map(({ name, kind, latency, jitter }) => [
    name,
    kind === 'ping' ? 'round trip' : 'one way',
    ...[latency.min, latency.mean, latency.p50, latency.p95, latency.p99, latency.max, jitter].map((value) =>
      value === null ? '-' : formatDuration(value),
    ),
  ]);
  return renderTable(columns, rows, options);
}

function alarm(value: number, text: string, { colors }: SummaryOptions): Cell {
  return value > 0 ? { text, dress: colors.red } : text;
}
