import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../engine/pcap-writer/index.ts';
import { SMALL } from '../cli/scenario.ts';
import { buildProgram } from '../support/built-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const children: ChildProcess[] = [];
let main = '';

beforeAll(() => {
  main = buildProgram('process');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts podwire as a process of its own, in a folder with `small.yaml`. */
function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'small.yaml'), SMALL);
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
  children.push(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  return { folder, child, output, ended: once(child, 'close') as Promise<[number | null, string | null]> };
}

/** Waits until a run that would go on for hours has captured something. */
async function underWay(folder: string): Promise<string> {
  const file = join(folder, 'out/small/underlay.pcapng');
  while (!existsSync(file) || statSync(file).size < 300_000)
    await new Promise((resume) => setTimeout(resume, 20));
  return file;
}

const ENDLESS = ['run', 'small.yaml', '--stop', '24h', '--set', 'traffic.load.rate=100000/s'];

describe('podwire as a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends a run with whole files, its figures and status 130',
    async (signal) => {
      const { folder, child, output, ended } = start(ENDLESS);
      const file = await underWay(folder);
      child.kill(signal);
      expect(await ended).toEqual([130, null]);
      expect(output.out).toMatch(/^small {2}seed 1 {2}interrupted\n/);
      expect(readdirSync(join(folder, 'out/small')).sort()).toEqual(['results.json', 'underlay.pcapng']);
      const { simulatedTime } = JSON.parse(readFileSync(join(folder, 'out/small/results.json'), 'utf8'));
      const { packets } = readCapture(readFileSync(file));
      expect(packets.length).toBeGreaterThan(100);
      expect(simulatedTime).toBeGreaterThan(0);
    },
  );

  it('leaves a valid capture when it is killed', async () => {
    const { folder, child, ended } = start(ENDLESS);
    const file = await underWay(folder);
    child.kill('SIGKILL');
    await ended;
    const capture = readCapture(readFileSync(file));
    expect(capture.interfaces.map(({ name }) => name)).toEqual(['node1:eth0', 'node2:eth0']);
    expect(capture.packets.length).toBeGreaterThan(100);
  });

  it('tells how far it is on stderr, in lines where there is no terminal', async () => {
    const { child, output, ended } = start(ENDLESS);
    while (!output.err.includes('\n')) await new Promise((resume) => setTimeout(resume, 20));
    child.kill('SIGINT');
    await ended;
    expect(output.err).toMatch(
      /^small: \d+% {2}[\d.]+ \w+ simulated, [\d.]+ ?\w? events\/s, [\d]+ .* left\n/,
    );
  });

  it('ends quietly when nobody reads on', async () => {
    const { child, output, ended } = start(['schema']);
    child.stdout.destroy();
    const [status] = await ended;
    expect(status).toBe(0);
    expect(output.err).toBe('');
  });

  it('dresses its text with FORCE_COLOR, and not with NO_COLOR', async () => {
    const plain = start(['run', 'small.yaml'], { NO_COLOR: '1', FORCE_COLOR: '1' });
    const dressed = start(['run', 'small.yaml'], { NO_COLOR: '', FORCE_COLOR: '1' });
    await Promise.all([plain.ended, dressed.ended]);
    expect(plain.output.out).not.toContain('\u001b[');
    expect(dressed.output.out).toContain('\u001b[1msmall\u001b[22m');
  });

  it('ends with the status of what happened', async () => {
    expect((await start(['run', 'small.yaml']).ended)[0]).toBe(0);
    expect((await start(['run', 'small.yaml', '--set', 'thresholds.probe.loss="> 1%"']).ended)[0]).toBe(99);
    expect((await start(['rum']).ended)[0]).toBe(2);
  });
});
