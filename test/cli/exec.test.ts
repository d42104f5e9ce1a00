import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SMALL } from './scenario.ts';

async function exec(...args: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.yaml'), SMALL);
  return podwire(['exec', 's.yaml', ...args], folder);
}

describe('podwire exec', () => {
  it('runs a command in the shell of a node', async () => {
    const { status, out } = await exec('--on', 'node1', '--', 'ip', 'route', 'get', '10.244.2.2');
    expect(status).toBe(0);
    expect(out).toMatch(/^10\.244\.2\.2 via 192\.168\.1\.12 dev eth0 /);
  });

  it('takes a line of sh as one word, and answers its exit status', async () => {
    const { status, out, err } = await exec(
      '--on',
      'pod/web-0',
      '--at',
      '1s',
      '--',
      'echo a; ip link show nope',
    );
    expect(out).toBe('a\n');
    expect(err).toContain('Device "nope" does not exist.');
    expect(status).toBe(1);
  });

  it('lets a program take its simulated time, and prints as it goes', async () => {
    const { status, out } = await exec('--on', 'pod/web-0', '--', 'ping', '-n', '-c', '2', '10.244.2.2');
    expect(status).toBe(0);
    expect(out).toMatch(/^64 bytes from 10\.244\.2\.2: icmp_seq=2 ttl=62 time=0\.\d{3} ms$/m);
    expect(out).toMatch(/^2 packets transmitted, 2 received, 0% packet loss, time 10\d\dms$/m);
  });

  it('refuses a host that is not there', async () => {
    const { status, err } = await exec('--on', 'pod/web-9', '--', 'true');
    expect(status).toBe(2);
    expect(err).toContain('web-9');
  });
});
