import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrames } from './compare/capture-file.ts';
import { main } from './main.ts';

const ROOT = new URL('./linux/', import.meta.url).pathname;
const PING = `${ROOT}01-same-node-ping`;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'golden-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of the ping case, its case.json changed. */
function copyCase(name: string, change: (text: string) => string): string {
  const folder = join(scratch, name);
  cpSync(PING, folder, { recursive: true });
  const file = join(folder, 'case.json');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return folder;
}

function run(...args: string[]): { status: number; lines: string[] } {
  const lines: string[] = [];
  const status = main(args, (line) => lines.push(line));
  return { status, lines };
}

describe('main', () => {
  it('answers 0 when all went well', () => {
    const { status, lines } = run(PING);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(/^PASS 01-same-node-ping: 4 captures, 22 frames/);
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  });

  it('runs as a program of its own', () => {
    const script = new URL('./main.ts', import.meta.url).pathname;
    const output = execFileSync(process.execPath, ['--import', 'tsx', script, PING], { encoding: 'utf8' });
    expect(output.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  });

  it('takes a folder of cases, and answers 1 when one of them failed', () => {
    // the golden captures are those of three pings
    copyCase('one/a', (text) => text.replaceAll('"count": 3', '"count": 2').replaceAll('-c 3', '-c 2'));
    copyCase('one/b', (text) => text);
    copyCase('one/c', (text) => text.replace('"type": "ping"', '"type": "cni"'));
    copyCase('one/d', () => '{}');
    const { status, lines } = run(join(scratch, 'one'));
    expect(status).toBe(1);
    expect(lines.filter((line) => /^[A-Z]{4} /.test(line)).map((line) => line.slice(0, 6))).toEqual([
      'FAIL a',
      'PASS b',
      'SKIP c',
      'FAIL d',
    ]);
    expect(lines).toContainEqual(expect.stringContaining('frame 7 '));
    expect(lines).toContain('SKIP c: needs CNI plugins');
    expect(lines.at(-1)).toBe('1 passed, 2 failed, 1 skipped');
  });

  it('writes captures and outcomes in the shape of the golden ones', () => {
    const out = join(scratch, 'out');
    run(PING, '--out', out);
    const folder = join(out, '01-same-node-ping');
    const written = readFrames(readFileSync(join(folder, 'pod1-2.eth0.pcap')));
    const golden = readFrames(readFileSync(join(PING, 'pod1-2.eth0.pcap')));
    expect(written).toHaveLength(golden.length);
    // t_s = 0 of both is the same instant, and the ping starts then
    expect(Number(written[0].time! - 1795397833124594668n)).toBeLessThan(1e6);
    expect(existsSync(join(folder, 'node1.v-net-0.pcap'))).toBe(true);
    const [outcome] = JSON.parse(readFileSync(join(folder, 'outcomes.json'), 'utf8'));
    expect(outcome).toMatchObject({
      t_s: 0,
      ns: 'pod1-2',
      cmd: 'ping -n -c 3 -i 1 -s 56 10.244.1.3',
      action: { type: 'ping' },
      rc: 0,
      stderr: '',
      result: { sent: 3, received: 3, errors: 0 },
    });
    expect(outcome.stdout).toMatch(
      /^PING 10\.244\.1\.3 \(10\.244\.1\.3\) 56\(84\) bytes of data\.\n64 bytes from/,
    );
  });

  it('answers 2 when it is called wrongly', () => {
    expect(run('/nowhere').status).toBe(2);
    expect(run(scratch).status).toBe(2);
    expect(run().status).toBe(2);
    expect(run(PING, '--timing', 'soon').status).toBe(2);
    expect(run(PING, '--queue', 'fifo').status).toBe(2);
    expect(run(PING, '--skip', 'arp').status).toBe(2);
    expect(run('--help').status).toBe(0);
  });
});
