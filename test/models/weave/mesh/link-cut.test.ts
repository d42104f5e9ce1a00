import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { meshStatus } from '../../../../models/weave/mesh/mesh-status.ts';
import { MeshNetwork, type MeshNode, said } from '../../../support/mesh.ts';
import { SECOND } from '../../../support/networks.ts';

const TIMELINE = new URL('../../../golden/weave/link-cut/timeline.txt', import.meta.url);

/** A line of `weave status connections` without what no two runs share. */
function mask(line: string): string {
  return line
    .replace(/^(peer\d): /, '')
    .replace(/:\d{5} +established/, ':PORT established')
    .replace(/ +(established|failed|retrying|connecting) +/, ' $1 ')
    .replace(/retry: .*/, 'retry: TIME')
    .replace(/ mtu=\d+/, '')
    .trim();
}

/** What the two real routers showed, in the order of time. */
function recordedLines(): string[] {
  const lines = readFileSync(TIMELINE, 'utf8').split('\n');
  return lines.filter((line) => /^peer\d: /.test(line)).map(mask);
}

function shown({ router }: MeshNode): string[] {
  return meshStatus(router, String).Connections.map(({ Address, Outbound, State, Info }) => {
    return mask(`${Outbound ? '->' : '<-'} ${Address} ${State} ${Info}`);
  });
}

/** Two nodes with the addresses of the recording; the second one is taken off the switch. */
function cutAfter(seconds: number) {
  const mesh = new MeshNetwork(4, '192.168.93', 10);
  const nodes = [mesh.add(), mesh.add()];
  for (const { router } of nodes) router.start();
  // the first one to call finds nobody, as in the recording
  nodes[1].router.connect([nodes[0].address]);
  mesh.run(1);
  nodes[0].router.connect([nodes[1].address]);
  mesh.run(seconds - 1);
  mesh.plug(nodes[1], false);
  return { mesh, nodes, cutAt: mesh.now };
}

describe('a link that is cut without a word', () => {
  it('is noticed 30 to 60 s later, whenever it was', () => {
    for (const age of [61, 70, 80, 89, 100]) {
      const { mesh, nodes, cutAt } = cutAfter(age);
      mesh.run(70);
      for (const [i, { lines }] of nodes.entries()) {
        const noticed = lines.find(({ line }) => /i\/o timeout/.test(line))!;
        const [own, other] = [nodes[i].address, nodes[1 - i].address];
        expect(noticed.line).toMatch(new RegExp(`error: read tcp ${own}:\\d+->${other}:\\d+: i/o timeout$`));
        const seconds = (noticed.time - cutAt) / SECOND;
        expect(seconds).toBeGreaterThan(30);
        expect(seconds).toBeLessThan(60);
      }
    }
  });

  it('lets calls fail after 3 s, because nobody answers ARP', () => {
    const { mesh, nodes } = cutAfter(70);
    mesh.run(150);
    for (const { lines } of nodes) {
      const times: number[] = [];
      let called = 0;
      for (const { line, time } of lines) {
        if (/attempting/.test(line)) called = time;
        if (/no route to host$/.test(line)) times.push((time - called) / SECOND);
      }
      expect(times.length).toBeGreaterThan(2);
      // the first one believes at first what was known of the neighbour
      const later = times.slice(1);
      expect(Math.max(...later)).toBeLessThan(3.2);
      expect(Math.max(...later)).toBeGreaterThan(2.9);
    }
    expect(said(nodes[0], /Removed/)).toEqual(['Removed unreachable peer 02:00:00:00:00:02(node-2)']);
  });

  it('shows the states that real routers showed, and comes back', () => {
    const { mesh, nodes } = cutAfter(70);
    const ours = new Set<string>();
    const look = () => {
      for (const line of nodes.flatMap(shown)) ours.add(line);
    };
    for (let i = 0; i < 15; i++) {
      look();
      mesh.run(10);
    }
    mesh.plug(nodes[1], true);
    mesh.run(90);
    look();
    for (const line of recordedLines()) {
      // who opens the new connection is a matter of chance
      if (!/established/.test(line)) expect(ours).toContain(line);
    }
    for (const node of nodes) {
      expect(shown(node)).toHaveLength(1);
      expect(shown(node)[0]).toMatch(/established sleeve/);
    }
  });
});
