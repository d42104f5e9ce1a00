import type { Series, SeriesKind } from '../../scenarios/builder/sample-series.ts';
import type { PointResults } from '../../study/results/point-results.ts';
import { type Chart, type ChartLine, LINES_MAX } from './chart.ts';

const kinds: [SeriesKind, string, Chart['y']][] = [
  ['flow.throughput', 'Throughput of traffics', { label: 'payload', scale: 'linear', kind: 'rate' }],
  ['flow.latency', 'Delay of traffics', { label: 'mean delay', scale: 'linear', kind: 'duration' }],
  ['tcp.cwnd', 'Congestion windows', { label: 'bytes', scale: 'linear', kind: 'count' }],
  ['tcp.rtt', 'Round-trip times of TCP', { label: 'smoothed', scale: 'linear', kind: 'duration' }],
  ['link.throughput', 'Throughput of cables', { label: 'frames', scale: 'linear', kind: 'rate' }],
  ['link.utilisation', 'Use of cables', { label: 'time in use', scale: 'linear', kind: 'percent' }],
  ['queue.depth', 'Queues', { label: 'packets waiting', scale: 'linear', kind: 'count' }],
];

/** What was sampled in the first run of a point, over simulated time. */
export function timeCharts({ series }: Pick<PointResults, 'series'>): Chart[] {
  return kinds.flatMap(([kind, title, y]) => {
    const lines = series.filter(({ of }) => of === kind).map(lineOf);
    const x = { label: 'simulated time', scale: 'linear', kind: 'duration' } as const;
    return lines.length === 0 ? [] : [{ title, x, y, lines: lines.slice(0, LINES_MAX) }];
  });
}

function lineOf({ link, flow, times, values }: Series): ChartLine {
  const points = times.map((x, index) => ({ x, y: values[index] }));
  return { name: link ?? flow ?? '', points, marked: false };
}
