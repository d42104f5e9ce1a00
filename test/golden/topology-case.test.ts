import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { isTopologyCase, readTopologyCase } from './topology-case.ts';
import { parseTopology } from './topology-file.ts';

const ROOT = new URL('./vxlan/', import.meta.url).pathname;

describe('a case described by TOPOLOGY.md', () => {
  it('is told from others', () => {
    expect(isTopologyCase(`${ROOT}single-vni`)).toBe(true);
    expect(isTopologyCase(`${ROOT}../linux/09a-vxlan`)).toBe(false);
  });

  it('takes the times of its steps from the captures, and leaves out what left no frame there', () => {
    const golden = readTopologyCase(`${ROOT}per-direction-vni`);
    const timed = golden.stimulus.filter(({ t_s }) => t_s !== null);
    expect(timed.map(({ ns, cmd }) => `${ns} ${cmd}`)).toEqual([
      'a1 ping -c 3 -i 0.3 10.44.0.1',
      'b1 ping -c 1 10.32.0.2',
      'a1 ping -c 1 -M do -s 1348 10.44.0.1',
      'a1 ping -c 1 -M dont -s 1576 10.44.0.1',
      'a1 ping -c 1 10.44.0.0',
      'a1 ping -c 1 -W 1 10.32.9.9',
      'node1 gl-frame --if vx2',
    ]);
    const [first, second] = timed.map(({ t_s }) => t_s!);
    expect(second - first).toBeCloseTo(0.6515, 3);
    expect(timed[0]).toMatchObject({ rc: 0, stdout: expect.stringContaining('3 received') });
  });

  it('makes up for what the nodes had said before', () => {
    const golden = readTopologyCase(`${ROOT}single-vni`);
    expect(golden.stimulus.filter(({ t_s }) => t_s === null)).toMatchObject([
      { ns: 'node1', cmd: 'ping -c 1 192.168.86.12' },
    ]);
  });

  it('is refused when it cannot be understood', () => {
    const folder = join(temporaryFolder(), 'case');
    mkdirSync(folder);
    writeFileSync(join(folder, 'TOPOLOGY.md'), '## nothing\n');
    expect(() => readTopologyCase(folder)).toThrow(/TOPOLOGY\.md: nothing like/);
  });

  it('knows datagrams from a range of ports', () => {
    const text = `## UDP 4789
Underlay 10.0.0.0/24, MTU 1500; bridge, pod and vxlan MTU 1400; TTL 64.
VNI in both directions: 7
1. a1: two UDP datagrams of 32 bytes to b1 port 9 from source ports 40001..40002`;
    const topology = parseTopology(text);
    expect(topology).toMatchObject({ port: 4789, checksum: true, dontFragment: false, hairpin: false });
    expect(topology.vni('1', '2')).toBe(7);
    expect(topology.steps).toEqual([
      { kind: 'udp', ns: 'a1', to: 'b1', port: 9, size: 32, sourcePorts: [40001, 40002] },
    ]);
  });
});
