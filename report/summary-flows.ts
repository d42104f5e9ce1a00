import type { DistributionResult, FlowResult } from '../scenarios/builder/run-result.ts';
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

/** How long packets took, and whole transfers. */
export function latencyTable(flows: readonly FlowResult[], options: SummaryOptions): string[] {
  const measured = flows
    .slice(0, LISTED)
    .flatMap(distributionsOf)
    .filter(({ times }) => times.max !== null);
  if (measured.length === 0) return [];
  const titles = ['min', 'mean', 'p50', 'p95', 'p99', 'max', 'jitter'];
  const columns = [
    { title: 'name' },
    { title: 'of' },
    ...titles.map((title) => ({ title, align: 'right' }) as const),
  ];
  const rows = measured.map(({ name, of, times, jitter }) => [
    name,
    of,
    ...[times.min, times.mean, times.p50, times.p95, times.p99, times.max, jitter].map((value) =>
      value === null ? '-' : formatDuration(value),
    ),
  ]);
  return renderTable(columns, rows, options);
}

interface NamedTimes {
  name: string;
  of: string;
  times: DistributionResult;
  jitter: number | null;
}

/** What `latency` is of, by the kind of traffic. */
const latencyOf: Record<FlowResult['kind'], string> = {
  ping: 'round trip',
  udp: 'one way',
  tcp: 'one way',
  request: 'request',
  incast: 'block',
  trace: 'transfer',
};

function distributionsOf({ name, kind, latency, jitter, tcp, completion }: FlowResult): NamedTimes[] {
  const list: NamedTimes[] = [{ name, of: latencyOf[kind], times: latency, jitter }];
  if (tcp !== undefined) list.push({ name, of: 'tcp rtt', times: tcp.rtt, jitter: null });
  if (completion !== undefined)
    list.push({ name, of: kind === 'incast' ? 'round' : 'completion', times: completion, jitter: null });
  return list;
}

/** How the connections of traffic over TCP went. */
export function connectionTable(flows: readonly FlowResult[], options: SummaryOptions): string[] {
  const overTcp = flows.slice(0, LISTED).flatMap(({ name, tcp }) => (tcp === undefined ? [] : { name, tcp }));
  if (overTcp.length === 0) return [];
  const titles = ['connections', 'failed', 'segments', 'lost', 'sent again'];
  const columns = [{ title: 'name' }, ...titles.map((title) => ({ title, align: 'right' }) as const)];
  const rows = overTcp.map(({ name, tcp }): Cell[] => [
    name,
    formatCount(tcp.connections),
    alarm(tcp.failed, formatCount(tcp.failed), options),
    formatCount(tcp.segmentsSent),
    formatCount(tcp.segmentsLost),
    formatCount(tcp.retransmits),
  ]);
  return renderTable(columns, rows, options);
}

function alarm(value: number, text: string, { colors }: SummaryOptions): Cell {
  return value > 0 ? { text, dress: colors.red } : text;
}
