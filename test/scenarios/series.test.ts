import { describe, expect, it } from 'vitest';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import type { RunResult } from '../../scenarios/builder/run-result.ts';
import type { SeriesKind } from '../../scenarios/builder/sample-series.ts';
import { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { planOf, threeNodes } from './load.ts';

const REST = `pods: { web: { replicas: 2 } }
traffic:
  load: { kind: udp, from: pod/web-0, to: pod/web-1, arrivals: poisson, rate: 20Mbit, size: 500B, start: 20ms, stop: 90ms }
  probe: { kind: ping, from: pod/web-1, to: pod/web-0, every: 30ms }
`;

function run(measure: string): RunResult {
  const plan = planOf(`${threeNodes(REST)}measure: ${measure}\n`, { stop: '100ms' });
  const run = new ScenarioRun(plan, {
    queue: new WheelQueue(),
    openFile: () => () => {},
    runCommand: () => {
      throw new Error('there is no command');
    },
  });
  run.run();
  return run.result();
}

const flowSeries = (result: RunResult, of: SeriesKind, flow: string) =>
  result.series.find((series) => series.of === of && series.flow === flow)!;

describe('series of traffics', () => {
  const all = run('{ series: { every: 10ms, of: [flow.throughput, flow.latency, queue.depth] } }');

  it('add up to what the traffic has received', () => {
    const { times, values } = flowSeries(all, 'flow.throughput', 'load');
    expect(times).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((ms) => ms * 1e6));
    const bits = values.reduce<number>((sum, rate) => sum + (rate ?? 0) * 0.01, 0);
    expect(bits).toBeCloseTo(all.flows[0].received * 500 * 8, 3);
    expect(values.slice(0, 2)).toEqual([0, 0]);
  });

  it('have the mean delay of the packets since the last sample, and nothing where there were none', () => {
    const { values } = flowSeries(all, 'flow.latency', 'load');
    expect(values.slice(0, 2)).toEqual([null, null]);
    for (const delay of values.slice(2, 9)) {
      expect(delay).toBeGreaterThanOrEqual(all.flows[0].latency.min!);
      expect(delay).toBeLessThanOrEqual(all.flows[0].latency.max!);
    }
    const probes = flowSeries(all, 'flow.latency', 'probe').values.filter((value) => value !== null);
    expect(probes).toHaveLength(all.flows[1].received);
  });

  it('say nothing of the warm-up, in which nothing is counted', () => {
    const late = run('{ warmup: 50ms, series: { every: 10ms, of: [flow.throughput] } }');
    const { values } = flowSeries(late, 'flow.throughput', 'load');
    expect(values.slice(0, 5)).toEqual([null, null, null, null, null]);
    expect(values[5]).toBeGreaterThan(0);
  });

  it('change nothing in the run', () => {
    expect(run('{}').fingerprint).toEqual(all.fingerprint);
  });
});

const BULK = `pods: { web: { replicas: 2 } }
traffic:
  bulk: { kind: tcp, from: pod/web-0, to: pod/web-1, start: 10ms, bytes: 20 MiB, parallel: 2 }
  load: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 1Mbit, size: 500B }
`;

describe('series of connections', () => {
  const plan = planOf(`${threeNodes(BULK)}measure: { series: { every: 1ms, of: [tcp.cwnd, tcp.rtt] } }\n`, {
    stop: '200ms',
  });
  const bulk = new ScenarioRun(plan, {
    queue: new WheelQueue(),
    openFile: () => () => {},
    runCommand: () => {
      throw new Error('there is no command');
    },
  });
  bulk.run();

  it('are of tcp traffic alone, while its connections are open', () => {
    expect(bulk.series.map(({ of, flow }) => [of, flow])).toEqual([
      ['tcp.cwnd', 'bulk'],
      ['tcp.rtt', 'bulk'],
    ]);
    for (const { values } of bulk.series) {
      expect(values.slice(0, 9)).toEqual(Array(9).fill(null));
      expect(values.at(-1)).toBeNull();
    }
  });

  it('show slow start: from ten segments on, upward', () => {
    const windows = bulk.series[0].values.filter((value) => value !== null);
    expect(windows[0]).toBeGreaterThanOrEqual(10 * 1448);
    expect(windows.at(-1)).toBeGreaterThan(2 * 10 * 1448);
    for (const time of bulk.series[1].values) if (time !== null) expect(time).toBeGreaterThan(10e3);
  });
});
