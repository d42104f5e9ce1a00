import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import { readCapture } from '../../engine/pcap-writer/index.ts';
import { FakeIo, podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SMALL } from './scenario.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'small.yaml'), SMALL);
});

const run = (...args: string[]) => podwire(['run', 'small.yaml', ...args], folder);
const results = (out = 'out/small') => JSON.parse(readFileSync(join(folder, out, 'results.json'), 'utf8'));

describe('podwire run', () => {
  it('prints the figures and writes captures and results to out/NAME', async () => {
    const { status, out, err } = await run();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^small {2}seed 1\n/);
    expect(out).toMatch(/probe +ping +1 +10 +10 +0 +0%/);
    expect(out).toMatch(/pass +probe\.loss +== 0% +0%/);
    expect(out).toContain('wireshark out/small/underlay.pcapng');
    expect(readdirSync(join(folder, 'out/small')).sort()).toEqual(['results.json', 'underlay.pcapng']);
    const capture = readCapture(readFileSync(join(folder, 'out/small/underlay.pcapng')));
    expect(capture.interfaces.map(({ name }) => name)).toEqual(['node1:eth0', 'node2:eth0']);
    // each ping and its reply pass both interfaces
    expect(capture.packets.length).toBeGreaterThan(40);
  });

  it('prints what iperf3 would of a traffic, and says which there are', async () => {
    const set = ['--set', 'traffic.bulk={kind: tcp, from: pod/web-0, to: pod/web-1, bytes: 100kB}'];
    const { status, out } = await run(...set, '--iperf3', 'bulk');
    expect(status).toBe(0);
    expect(JSON.parse(out).end.sum_received.bytes).toBe(100_000);
    const refused = await run(...set, '--out', 'other', '--iperf3', 'bulky');
    expect(refused).toMatchObject({ status: 2, out: '' });
    expect(refused.err).toContain('--iperf3 bulky: expected a traffic of kind tcp or udp (');
    expect(refused.err).toContain('did you mean "bulk"?');
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  it('fits a screen of 100 columns', async () => {
    const { out } = await run();
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('gives the same files for the same seed, whatever the queue, and others for another seed', async () => {
    await run('--out', 'a');
    await run('--out', 'b', '--queue', 'heap-js');
    await run('--out', 'c', '--seed', '2');
    const bytes = (name: string) => readFileSync(join(folder, name));
    for (const file of ['results.json', 'underlay.pcapng']) {
      expect(bytes(`a/${file}`).equals(bytes(`b/${file}`))).toBe(true);
      expect(bytes(`a/${file}`).equals(bytes(`c/${file}`))).toBe(false);
    }
  });

  it('prints JSON that holds what results.json holds, and how fast it went', async () => {
    const { out } = await run('--json');
    const { performance, folder: where, files, ...rest } = JSON.parse(out);
    expect(rest).toEqual(results());
    expect(where).toBe(join(folder, 'out/small'));
    expect(files).toEqual(['underlay.pcapng', 'results.json']);
    expect(performance.wallTime).toBeGreaterThan(0);
  });

  it('takes --set, --stop and --seed in place of what the file says', async () => {
    await run('--set', 'traffic.probe.every=10ms', '--stop', '500ms', '--seed', '7', '--quiet');
    const result = results();
    expect(result).toMatchObject({ seed: 7, simulatedTime: 500e6, complete: true });
    expect(result.flows[0].sent).toBe(50);
  });

  it('reads a scenario from standard input', async () => {
    const { status, out } = await podwire(['run', '-'], folder, SMALL);
    expect(status).toBe(0);
    expect(out).toContain('small  seed 1');
  });

  it('ends with 99 when a threshold fails, and shows which', async () => {
    const { status, out } = await run('--set', 'thresholds.probe.loss="> 50%"');
    expect(status).toBe(99);
    expect(out).toMatch(/FAIL +probe\.loss +> 50% +0%/);
    expect(results().thresholds[0].passed).toBe(false);
  });

  it('carries out `run` events in the shell of the node, and tells which failed', async () => {
    const events = [
      '{ at: 100ms, on: node1, run: "ip link set eth0 down" }',
      '{ at: 200ms, on: node2, run: "ip route add 1.2.3.0/24 via 9.9.9.9" }',
    ];
    const { out } = await run('--set', `events=[${events.join(', ')}]`, '--set', 'thresholds={}');
    expect(out).toMatch(/"ip route add 1\.2\.3\.0\/24 via 9\.9\.9\.9" ended with status 2/);
    expect(results().flows[0].received).toBe(1);
  });
});

describe('what podwire run refuses', () => {
  it.each([
    ['nix.yaml', /cannot read nix\.yaml: no such file/],
    ['smal.yaml', /did you mean "small\.yaml"/],
    ['.', /cannot read \.: it is a directory/],
  ])('%s', async (file, message) => {
    const { status, err } = await podwire(['run', file], folder);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it('a scenario with mistakes: all of them with their places, and nothing is written', async () => {
    writeFileSync(
      join(folder, 'small.yaml'),
      SMALL.replace('every: 100ms', 'evry: 100ms').replace('stop: 1s', 'stop: 1'),
    );
    const { status, out, err } = await run();
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/^small\.yaml:2:7: .*no unit/m);
    expect(err).toMatch(/^small\.yaml:9:.*evry.*did you mean "every"/m);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('text that is not UTF-8', async () => {
    writeFileSync(join(folder, 'small.yaml'), Buffer.from([0x6e, 0xff, 0xfe]));
    expect(await run()).toMatchObject({ status: 2, err: expect.stringContaining('not text in UTF-8') });
  });

  it('more memory than Node has, before it is needed', async () => {
    const cidr = '{ range: 10.0.0.0/8, per_node: 9, first: 0 }';
    const { status, err } = await run('--set', 'pods.web.replicas=1800000', '--set', `pod_cidr=${cidr}`);
    expect(status).toBe(2);
    expect(err).toMatch(/needs about 10\.\d GB of memory .*max-old-space-size/);
  });
});

describe('the output folder of podwire run', () => {
  it('keeps the files of the last run when the next cannot start', async () => {
    await run();
    const before = readFileSync(join(folder, 'out/small/underlay.pcapng'));
    await run('--stop', 'tomorrow');
    expect(readFileSync(join(folder, 'out/small/underlay.pcapng')).equals(before)).toBe(true);
    expect(results().complete).toBe(true);
  });

  it('is not left by a link in it', async () => {
    const outside = temporaryFolder();
    mkdirSync(join(folder, 'o'));
    symlinkSync(outside, join(folder, 'o/way'));
    const { status, err } = await run('--out', 'o', '--set', 'captures.0.file=way/deeper/x.pcapng');
    expect(status).toBe(2);
    expect(err).toContain('leaves the output folder');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('does not follow a link in place of a file', async () => {
    const victim = join(temporaryFolder(), 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(folder, 'o'));
    symlinkSync(victim, join(folder, 'o/underlay.pcapng'));
    const { status } = await run('--out', 'o');
    expect(status).toBe(2);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('refuses a capture in the place of the results', async () => {
    const { status, err } = await run('--set', 'captures.0.file=results.json');
    expect(status).toBe(2);
    expect(err).toContain('results.json is written as well');
  });

  it('holds more files than may be open at once', async () => {
    const many = [
      '--set',
      'pods.web.replicas=300',
      '--set',
      'captures=[{ interface: "pod/*:eth0", file: "{host}.pcapng" }]',
    ];
    const ring = '{ kind: udp, from: pod/*, to: pod/*, pattern: next-node, every: 50ms }';
    await run('--stop', '300ms', '--set', `traffic.load=${ring}`, ...many);
    const files = readdirSync(join(folder, 'out/small')).filter((file) => file.endsWith('.pcapng'));
    expect(files).toHaveLength(300);
    for (const file of files) {
      const { interfaces, packets } = readCapture(readFileSync(join(folder, 'out/small', file)));
      expect(interfaces.map(({ name }) => `${name!.split(':')[0]}.pcapng`)).toEqual([file]);
      expect(packets.length).toBeGreaterThan(5);
    }
  });

  it('that cannot be made: says so', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const { status, err } = await run('--out', 'taken');
    expect(status).toBe(2);
    expect(err).toMatch(/cannot write .*taken/);
  });
});

describe('Ctrl-C during podwire run', () => {
  it('prints the results so far and ends with 130; the files are whole', async () => {
    const io = new FakeIo(folder);
    const running = runProgram(
      ['run', 'small.yaml', '--stop', '24h', '--set', 'traffic.probe.every=1ms'],
      io,
    );
    while (!io.listening) await new Promise((resume) => setImmediate(resume));
    io.interrupt();
    expect(await running).toBe(130);
    expect(io.out).toContain('interrupted');
    expect(results().complete).toBe(false);
    const capture = readCapture(readFileSync(join(folder, 'out/small/underlay.pcapng')));
    expect(capture.packets.length).toBeGreaterThan(0);
    expect(io.listening).toBe(false);
  });

  it('a second time ends the process at once', async () => {
    const io = new FakeIo(folder);
    const running = runProgram(['run', 'small.yaml', '--stop', '24h'], io);
    while (!io.listening) await new Promise((resume) => setImmediate(resume));
    io.interrupt();
    io.interrupt();
    expect(io.exited).toBe(130);
    await running;
  });
});
