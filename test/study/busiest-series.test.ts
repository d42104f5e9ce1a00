import { describe, expect, it } from 'vitest';
import type { LinkResult } from '../../scenarios/builder/run-result.ts';
import type { Series } from '../../scenarios/builder/sample-series.ts';
import { busiestSeries } from '../../study/busiest-series.ts';

const link = (name: string, utilisation: number, queuePeakPackets: number): LinkResult => ({
  ...{ name, utilisation, queuePeakPackets, rate: 1, packets: 1, bytes: 1 },
  ...{ queueDropped: 0, lost: 0, queuePeakBytes: 0 },
});
const depth = (name: string, ...values: number[]): Series => ({
  of: 'queue.depth',
  link: name,
  times: values.map((_, index) => index),
  values,
});

it('keeps the cables that were busiest, those whose queues were fullest, and every traffic', () => {
  const links = [
    link('a', 0.9, 0),
    link('b', 0.1, 50),
    ...Array.from({ length: 8 }, (_, at) => link(`c${at}`, 0.5, 1)),
  ];
  const traffic: Series = { of: 'flow.latency', flow: 'load', times: [1], values: [7] };
  const series = [...links.map(({ name }) => depth(name, 1, 2)), traffic];
  const kept = busiestSeries(series, links).map(({ link: of, flow }) => of ?? flow);
  expect(kept).toEqual(['a', 'b', 'c0', 'c1', 'load']);
});

describe('series that show nothing', () => {
  it('are left out', () => {
    const nothing: Series = { of: 'flow.latency', flow: 'load', times: [1], values: [null] };
    expect(busiestSeries([depth('a', 0, 0), nothing], [link('a', 1, 1)])).toEqual([]);
  });
});
