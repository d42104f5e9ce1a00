import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GoldenCase, readCase } from './case.ts';
import { DEFAULT_OPTIONS } from './compare/options.ts';
import { reportLines } from './print-report.ts';
import { type CaseReport, type RunOptions, runCase } from './run-case.ts';
import { simulateCase } from './simulate-case.ts';
import { readTopologyCase } from './topology-case.ts';
import { runIpamCase } from './weave-runner/ipam-case.ts';
import { runWeaveCase } from './weave-runner/run-weave-case.ts';

const ROOT = new URL('./linux/', import.meta.url).pathname;
const TUNNELS = new URL('./vxlan/', import.meta.url).pathname;
const WEAVE = new URL('./weave/', import.meta.url).pathname;
const NAMES = readdirSync(ROOT).sort();

/** Kernel timers fire up to a quarter of a second late (HZ=250 and the slack of the timer wheel). */
const TIMING = 0.3;

/** Here two hosts answer at the same instant: which is first is chance on a kernel of several CPUs. */
const SIMULTANEOUS = new Set(['15a-duplicate-ip']);
/** Seconds within which their frames may change places. */
const WINDOW = 0.001;

/**
 * Whose outputs show what the models do not have yet (multicast snooping), or counters of a bulk transfer, which no two
 * runs share: those are judged by their speed, retransmissions and window.
 */
const OUTPUTS_DIFFER = new Set([
  '02d-seed-literal',
  '08c-tcp-bulk-cubic',
  '08d-tcp-bulk-reno',
  '08e-tcp-bulk-pod-tbf',
]);

const WEAVE_OPTIONS: RunOptions = {
  compare: DEFAULT_OPTIONS,
  queue: 'wheel',
  countOutputs: true,
  out: undefined,
};

function run(golden: GoldenCase): CaseReport {
  const window = SIMULTANEOUS.has(golden.name) ? WINDOW : 0;
  return runCase(golden, {
    compare: { ...DEFAULT_OPTIONS, timing: TIMING, window },
    queue: 'wheel',
    countOutputs: !OUTPUTS_DIFFER.has(golden.name),
    out: undefined,
  });
}

describe('the simulated network does what a Linux kernel did', () => {
  it.each(NAMES)('%s', (name) => {
    const report = run(readCase(ROOT + name));
    expect(report.verdict, reportLines(report, false).join('\n')).toBe('passed');
  });
});

describe('the tunnels of two nodes', () => {
  it.each(readdirSync(TUNNELS).sort())('%s', (name) => {
    const report = run(readTopologyCase(TUNNELS + name));
    expect(report.verdict, reportLines(report, false).join('\n')).toBe('passed');
    expect(report.outputDifferences).toEqual([]);
  });
});

describe('the routers of Weave do what real ones did', () => {
  const folders = readdirSync(WEAVE)
    .filter((name) => name !== 'ipam')
    .sort();
  it.each(folders)('%s', (name) => {
    const report = runWeaveCase(WEAVE + name, WEAVE_OPTIONS);
    expect(report.verdict, reportLines(report, false).join('\n')).toBe('passed');
    expect(report.outputsCompared).toBeGreaterThan(0);
  });

  it.each(readdirSync(`${WEAVE}ipam`).sort())('ipam/%s', (name) => {
    const report = runIpamCase(`${WEAVE}ipam/${name}`, WEAVE_OPTIONS);
    expect(report.verdict, reportLines(report, false).join('\n')).toBe('passed');
  });
});

describe('the comparison can fail', () => {
  it('when a node does not forward', () => {
    const golden = readCase(`${ROOT}02b-cross-node-subnet-routes`);
    const command = (ns: string, cmd: string) => ({ ns, cmd });
    golden.setup_commands.push(command('node2', 'sysctl -qw net.ipv4.ip_forward=0'));
    const report = run(golden);
    expect(report.verdict).toBe('failed');
    const reply = report.captures.find(({ file }) => file === 'pod1-2.eth0.pcap')?.differences[0];
    expect(reply).toMatchObject({ kind: 'fields', golden: { number: 4 } });
    expect(report.outputDifferences.map(({ where }) => where)).toContain(
      'pod1-2 at 0 s: ping -n -c 3 -i 1 -s 56 10.244.2.2 (result)',
    );
  });

  it('when a bulk transfer goes another way', () => {
    const golden = readCase(`${ROOT}08d-tcp-bulk-reno`);
    const bulk = golden.stimulus.find(({ action }) => action?.type === 'tcp-bulk')!;
    bulk.action = { ...bulk.action!, congestion_control: 'cubic' };
    const report = run(golden);
    expect(report.verdict).toBe('failed');
    const parts = report.outputDifferences.map(({ where }) => /\(([a-z ]+)\)$/.exec(where)?.[1]);
    expect(parts).toContain('sent again');
    expect(parts).toContain('congestion window');
  });

  it('when a set-up command does', () => {
    const golden = readCase(`${ROOT}01-same-node-ping`);
    golden.setup_commands.push({ ns: 'node1', cmd: 'ip link set nothing up' });
    expect(run(golden)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringContaining('set-up command in node1 failed: ip link set nothing up'),
    });
  });

  it('when an interface to capture on is not there', () => {
    const golden = readCase(`${ROOT}01-same-node-ping`);
    golden.captures.push({ ns: 'node1', if: 'eth9', file: 'node1.eth9.pcap', snaplen: 0, filter: '' });
    expect(run(golden)).toMatchObject({
      verdict: 'failed',
      reason: 'no interface eth9 in node1 to capture on',
    });
  });
});

describe('the two event queues', () => {
  it.each(['02a-cross-node-host-routes', '05c-no-such-pod', '06a-flood-learn-age'])(
    'give the same run of %s, frame by frame and to the nanosecond',
    (name) => {
      const golden = readCase(ROOT + name);
      const wheel = simulateCase(golden, 'wheel');
      const heap = simulateCase(golden, 'heap-js');
      expect(heap.captures).toEqual(wheel.captures);
      expect(heap.outcomes).toEqual(wheel.outcomes);
    },
  );
});
