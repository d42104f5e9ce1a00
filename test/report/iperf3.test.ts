import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { iperf3Report } from '../../report/iperf3.ts';
import { IntervalRecorder } from '../../scenarios/builder/interval-recorder.ts';
import { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { planOf, threeNodes } from '../scenarios/load.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of another program
type Json = any;

const TRAFFIC = `pods: { web: { replicas: 2 } }
traffic:
  bulk: { kind: tcp, from: pod/web-0, to: pod/web-1, start: 500ms, stop: 3s, parallel: 2 }
  short: { kind: tcp, from: pod/web-0, to: pod/web-1, start: 3500ms, bytes: 512 KiB }
  load: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 2Mbit, size: 500B, start: 1s, stop: 2500ms }
`;

/** What iperf3 would print of each traffic. */
function reports(): Record<string, Json> {
  const plan = planOf(threeNodes(TRAFFIC), { stop: '4s', set: ['cluster.defaults.rate=20Mbit'] });
  const run = new ScenarioRun(plan, {
    queue: new WheelQueue(),
    openFile: () => () => {},
    runCommand: () => {
      throw new Error('there is no command');
    },
  });
  const recorders = run.traffic.map((traffic) => new IntervalRecorder(traffic, 1e9));
  run.run();
  return Object.fromEntries(
    recorders.map((recorder) => {
      recorder.finish();
      return [recorder.traffic.plan.name, iperf3Report(recorder, '0.0')];
    }),
  );
}

/** The paths of all members, elements of lists as one. */
function members(value: Json, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => members(element, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => members(inner, `${path}.${name}`));
}

/** What has no meaning in a simulation. */
const LEFT_OUT = /^\.start\.(cookie|sock_bufsize|sndbuf_actual|rcvbuf_actual)$/;

describe('a traffic as iperf3 tells of it', () => {
  const all = reports();

  it.each([
    ['tcp', 'bulk'],
    ['udp', 'load'],
  ])('has the members of the output of iperf3 3.12 over %s', (kind, traffic) => {
    const file = new URL(`./fixtures/iperf3-${kind}.json`, import.meta.url);
    const real = new Set(members(JSON.parse(readFileSync(file, 'utf8'))));
    const ours = new Set(members(all[traffic]));
    expect([...real].filter((path) => !ours.has(path) && !LEFT_OUT.test(path))).toEqual([]);
    expect([...ours].filter((path) => !real.has(path))).toEqual([]);
  });

  it('has an interval for every second, and one for the rest', () => {
    const { intervals, end, start } = all.bulk;
    expect(intervals.map(({ sum }: Json) => [sum.start, sum.end])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2.5],
    ]);
    for (const member of ['bytes', 'retransmits']) {
      const sum = intervals.reduce((total: number, interval: Json) => total + interval.sum[member], 0);
      expect(sum).toBe(end.sum_sent[member]);
    }
    expect(start.connected).toHaveLength(2);
    expect(end.sum_received.bits_per_second).toBeGreaterThan(17e6);
    expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
    expect(end.sender_tcp_congestion).toBe('cubic');
    expect(intervals[1].streams[0].snd_cwnd).toBeGreaterThan(10 * 1448);
    expect(intervals[1].streams[0].rtt).toBeGreaterThan(100);
  });

  it('ends with a transfer of so many bytes', () => {
    const { intervals, end } = all.short;
    expect(intervals).toHaveLength(1);
    expect(end.sum_received.bytes).toBe(512 * 1024);
    expect(end.sum_received.seconds).toBeLessThan(0.5);
  });

  it('counts datagrams', () => {
    const { intervals, end, start } = all.load;
    expect(intervals.map(({ sum }: Json) => sum.packets)).toEqual([500, 250]);
    expect(end.sum).toMatchObject({ packets: 750, lost_packets: 0, lost_percent: 0, bytes: 375_000 });
    expect(start.test_start).toMatchObject({ protocol: 'UDP', blksize: 500, target_bitrate: 2_000_000 });
  });
});
