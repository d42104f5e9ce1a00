import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ThreadPolicy } from '../../cli/capture-thread/capture-writing.ts';
import { runProgram } from '../../cli/program.ts';
import { readCapture } from '../../engine/pcap-writer/index.ts';
import { FakeIo } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * More frames than go to the files at once, of datagrams that a note says all about and of others, of which some are
 * lost; a pod that comes later; two files, one of either format.
 */
const BUSY = `name: busy
stop: 1200ms
cluster:
  defaults: { loss: 0.5% }
  nodes:
    node[1-2]: { address: 192.168.1.11/24 }
pods:
  web: { replicas: 2 }
traffic:
  probe: { kind: ping, from: pod/web-0, to: pod/web-1, every: 1ms }
  load: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 2000/s, size: 500 B }
  late: { kind: udp, from: pod/web-2, to: pod/web-0, rate: 500/s, size: 100 B }
events:
  - { at: 600ms, pod_add: { like: web, node: node2 } }
captures:
  - { interface: ["*:*", "pod/web-*:*", "pod/web-2:eth0"], file: all.pcapng }
  - { interface: "node1:eth0", file: node1.pcap, format: pcap, snaplen: 60 }
`;

/** From the first chunk that is full on. */
const AT_ONCE: ThreadPolicy = { after: 0, patient: true };

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'busy.yaml'), BUSY);
});

function start(policy: ThreadPolicy | null, ...args: string[]) {
  const io = new FakeIo(folder, '', false, policy);
  return { io, running: runProgram(['run', 'busy.yaml', '--quiet', ...args], io) };
}

describe('a thread that writes captures', () => {
  it('makes the files that would be made without it, whenever it takes them over', async () => {
    const filesWith = async (policy: ThreadPolicy | null, out: string) => {
      const { io, running } = start(policy, '--out', out);
      expect([await running, io.err]).toEqual([0, '']);
      return readdirSync(join(folder, out))
        .sort()
        .map((name) => readFileSync(join(folder, out, name)));
    };
    const expected = await filesWith(null, 'without');
    expect(readCapture(expected[0]).packets.length).toBeGreaterThan(20_000);
    for (const after of [0, 10_000]) {
      const files = await filesWith({ ...AT_ONCE, after }, `after-${after}`);
      expect(files.map((bytes, i) => bytes.equals(expected[i]))).toEqual([true, true, true]);
    }
  });

  it('leaves whole files behind when it is interrupted', async () => {
    const { io, running } = start(AT_ONCE, '--stop', '24h');
    const path = join(folder, 'out/busy/all.pcapng');
    while (!existsSync(path) || readFileSync(path).length < 2e6) {
      await new Promise((resume) => setImmediate(resume));
    }
    io.interrupt();
    expect(await running).toBe(130);
    const { packets } = readCapture(readFileSync(path));
    expect(packets.length).toBeGreaterThan(10_000);
    const results = JSON.parse(readFileSync(join(folder, 'out/busy/results.json'), 'utf8'));
    expect(results.complete).toBe(false);
  });

  it('tells what the disk refuses, and the run leaves nothing behind', async () => {
    // the file is opened already where the run is: it is the thread that cannot open it any more
    const { io, running } = start(AT_ONCE, '--stop', '24h');
    const path = join(folder, 'out/busy/node1.pcap');
    while (!existsSync(path)) await new Promise((resume) => setImmediate(resume));
    rmSync(path);
    expect(await running).toBe(1);
    expect(io.err).toMatch(/node1\.pcap.*no such file/);
    expect(existsSync(join(folder, 'out/busy'))).toBe(false);
  });
});
