/** The kinds of value that figures of flows have. */
export type MetricKind = 'duration' | 'percent' | 'rate' | 'count';
export type TrafficKind = 'ping' | 'udp';

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

/** Figures of a flow by the name that `thresholds` uses after the flow's own, with their kind of value. */
export const metricsOf: Record<TrafficKind, ReadonlyMap<string, MetricKind>> = {
  ping: new Map([...counts, ...distribution('rtt')]),
  udp: new Map([...counts, ['throughput', 'rate'], ['jitter', 'duration'], ...distribution('latency')]),
};

/** The distribution of a flow that `measure.histograms` can write out whole. */
export const histogramOf: Record<TrafficKind, string> = { ping: 'rtt', udp: 'latency' };
