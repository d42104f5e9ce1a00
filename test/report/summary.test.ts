import { describe, expect, it } from 'vitest';
import { PLAIN } from '../../report/colors.ts';
import { type RunFacts, renderSummary } from '../../report/summary.ts';
import type { FlowResult, LinkResult, RunResult } from '../../scenarios/index.ts';

const nothing = { min: null, mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null };

function flow(name: string, change: Partial<FlowResult> = {}): FlowResult {
  const counts = {
    pairs: 1,
    sent: 0,
    received: 0,
    lost: 0,
    refused: 0,
    inFlight: 0,
    loss: 0,
    reordered: 0,
    duplicates: 0,
  };
  const rates = { throughput: 0, offered: 0, jitter: null };
  return { name, kind: 'udp', ...counts, ...rates, lostByReason: {}, latency: nothing, ...change };
}

function link(name: string, change: Partial<LinkResult> = {}): LinkResult {
  const counts = { packets: 1, bytes: 60, queueDropped: 0, lost: 0, queuePeakPackets: 0, queuePeakBytes: 0 };
  return { name, rate: 1e9, utilisation: 0.5, ...counts, ...change };
}

function result(change: Partial<RunResult> = {}): RunResult {
  return {
    scenario: 'test',
    seed: 1,
    simulatedTime: 1e9,
    events: 10,
    packetHops: 20,
    fingerprint: { packets: '0123456789abcdef', timed: 'fedcba9876543210' },
    packets: { created: 3, copied: 0, delivered: 2, dropped: 1, inFlight: 0 },
    flows: [],
    links: [],
    qdiscs: [],
    cores: [],
    drops: [],
    thresholds: [],
    histograms: {},
    series: [],
    problems: [],
    ...change,
  };
}

const facts: RunFacts = {
  wallTime: 100,
  buildTime: 5,
  complete: true,
  stop: 1e9,
  folder: 'out/test',
  files: [],
};
const render = (change: Partial<RunResult>, about: Partial<RunFacts> = {}) =>
  renderSummary(result(change), { ...facts, ...about }, { colors: PLAIN, width: 100 });

describe('the summary of a run', () => {
  it('leaves out what there is nothing to say about', () => {
    const text = render({});
    for (const title of [
      'traffic',
      'latency',
      'losses',
      'links',
      'drops',
      'thresholds',
      'problems',
      'files',
    ]) {
      expect(text).not.toMatch(new RegExp(`^${title}`, 'm'));
    }
    expect(text).toContain('speed        100 events/s, 200 packet-hops/s');
  });

  it('says when it was interrupted, and how far it came', () => {
    const text = render({ simulatedTime: 4e8 }, { complete: false });
    expect(text).toMatch(/^test {2}seed 1 {2}interrupted\n {2}simulated {4}400 ms of 1 s in /);
  });

  it('lists the busiest ten links, those that lost something first', () => {
    const links = Array.from({ length: 15 }, (_, index) => link(`l${index}`, { utilisation: index / 20 }));
    links[2] = link('overflowing', { queueDropped: 7, utilisation: 0.01 });
    const lines = render({ links }).split('\n');
    const at = lines.indexOf('links');
    expect(lines[at + 2]).toMatch(/^ {2}overflowing .* 7 +0$/);
    expect(lines[at + 3]).toMatch(/^ {2}l14 /);
    expect(lines[at + 12]).toBe('  and 5 more in the results file');
  });

  it('tells losses by traffic and reason', () => {
    const lossy = flow('load', {
      sent: 100,
      lost: 12,
      refused: 3,
      loss: 0.15,
      lostByReason: { queue_full: 4, no_route: 8 },
    });
    const text = render({ flows: [lossy] });
    expect(text).toMatch(/load +udp +1 +100 +0 +15 +15%/);
    expect(text).toMatch(
      /losses\n.*\n +8 {2}load {2}no_route\n +4 {2}load {2}queue_full\n +3 {2}load {2}refused by/,
    );
  });

  it('puts failed thresholds first, and says when nothing was measured', () => {
    const common = { comparison: '<', kind: 'duration', bound: 5e6 } as const;
    const text = render({
      thresholds: [
        { ...common, name: 'a.latency.p99', value: 1e6, passed: true },
        { ...common, name: 'b.latency.p99', value: null, passed: false },
      ],
    });
    expect(text).toMatch(
      /FAIL {2}b\.latency\.p99 {2}< 5 ms {2}nothing was measured\n {2}pass {2}a\.latency\.p99 {2}< 5 ms {2}1 ms/,
    );
  });

  it('fits a screen of 100 columns, however long the names and numbers', () => {
    const long = 'x'.repeat(63);
    const many = 123_456_789;
    const latency = { ...nothing, min: 1, mean: 999_999, p50: 1e6, p95: 123_456_789, p99: 9e9, max: 99e9 };
    const flows = [
      flow(long, {
        pairs: 10_000,
        sent: many,
        received: many,
        lost: many,
        loss: 1,
        offered: 123e9,
        throughput: 123e9,
        latency,
        jitter: 12_345,
      }),
    ];
    const links = [
      link(`${long}:eth0 > ${long}:eth0`, {
        packets: many,
        bytes: many * 1500,
        queueDropped: many,
        lost: many,
        queuePeakPackets: 10_000,
      }),
    ];
    const drops = [
      { namespace: long, interface: 'veth0af40102', reason: 'neighbour_queue_full', packets: many },
    ];
    for (const line of render({ flows, links, drops }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('the routers of Weave', () => {
  const router = {
    ...{
      node: 'node1',
      running: true,
      peers: 2,
      fastdp: 1,
      sleeve: 1,
      ipam: 'ready',
      owned: 524_288,
      used: 3,
    },
    ...{ controlMessages: 21, controlBytes: 6340, broadcastCopies: 4 },
  };
  const stopped = { ...router, node: 'node2', running: false };

  it('are told of where there are some', () => {
    expect(render({})).not.toContain('\nweave\n');
    const text = render({ weave: [router, stopped] });
    expect(text).toMatch(/node1 +2 +1 +1 +524,288 +3 +21 +6\.34 kB +4 {2}ready/);
    expect(text).toMatch(/node2 .* not running/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
