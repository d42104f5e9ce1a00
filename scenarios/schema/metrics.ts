/** The kinds of value that figures of flows have. */
export type MetricKind = 'duration' | 'percent' | 'rate' | 'count';
export type TrafficKind = 'ping' | 'udp' | 'tcp' | 'request' | 'incast' | 'trace';

const statistics = ['min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'];

const counts: [string, MetricKind][] = [
  ['sent', 'count'],
  ['received', 'count'],
  ['lost', 'count'],
  ['loss', 'percent'],
];

function distribution(name: string): [string, MetricKind][] {
  return statistics.map((statistic) => [`${name}.${statistic}`, 'duration']);
}

/** What is measured of the connections of any traffic over TCP. */
const overTcp: [string, MetricKind][] = [
  ['throughput', 'rate'],
  ['connections', 'count'],
  ['retransmits', 'count'],
  ...distribution('latency'),
  ...distribution('rtt'),
];

/** Figures of a flow by the name that `thresholds` uses after the flow's own, with their kind of value. */
export const metricsOf: Record<TrafficKind, ReadonlyMap<string, MetricKind>> = {
  ping: new Map([...counts, ...distribution('rtt')]),
  udp: new Map([...counts, ['throughput', 'rate'], ['jitter', 'duration'], ...distribution('latency')]),
  tcp: new Map([...counts, ...overTcp, ['failed', 'count'], ...distribution('completion')]),
  request: new Map([...counts, ...overTcp]),
  incast: new Map([...counts, ...overTcp, ...distribution('completion')]),
  trace: new Map([...counts, ...overTcp]),
};

/** The distributions of a flow that `measure.histograms` can write out whole. */
export const histogramsOf: Record<TrafficKind, readonly string[]> = {
  ping: ['rtt'],
  udp: ['latency'],
  tcp: ['latency', 'rtt', 'completion'],
  request: ['latency', 'rtt'],
  incast: ['latency', 'rtt', 'completion'],
  trace: ['latency', 'rtt'],
};
