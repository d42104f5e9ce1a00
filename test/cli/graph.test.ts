import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SMALL } from './scenario.ts';

async function graph(text: string, ...args: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.yaml'), text);
  return podwire(['graph', 's.yaml', ...args], folder);
}

describe('podwire graph', () => {
  it('draws nodes, LANs, cables and pods for Mermaid', async () => {
    const { status, out } = await graph(SMALL);
    expect(status).toBe(0);
    expect(out).toBe(`---
title: "small"
---
flowchart TB
  lan0(["lan"])
  host0["node1<br/>eth0 192.168.1.11/24"]
  host1["node2<br/>eth0 192.168.1.12/24"]
  pod0("web-0<br/>10.244.1.2")
  pod1("web-1<br/>10.244.2.2")
  host0 ---|"10 Gbit/s, 5 us"| lan0
  host1 ---|"10 Gbit/s, 5 us"| lan0
  host0 -.- pod0
  host1 -.- pod1
`);
  });

  it('draws for Graphviz', async () => {
    const { out } = await graph(SMALL.replace('name: small', 'name: "say \\"hi\\""'), '--format', 'dot');
    expect(out).toContain('graph "say \\"hi\\"" {');
    expect(out).toContain('  host0 [shape=box, label="node1\\neth0 192.168.1.11/24"];');
    expect(out).toContain('  host1 -- lan0 [label="10 Gbit/s, 5 us", fontsize=9];');
    expect(out).toContain('  host0 -- pod0 [style=dashed];');
  });

  it('draws many pods of a node as one box', async () => {
    const { out } = await graph(SMALL, '--set', 'pods.web.replicas=20');
    expect(out).toContain('pods0[["10 pods<br/>web-0 to web-18"]]');
    expect(out).not.toContain('web-7');
  });

  it('escapes what Mermaid would read as its own', async () => {
    const { out } = await graph(SMALL, '--set', 'name=a "b" <c>');
    expect(out).toContain('title: "a \\"b\\" <c>"');
  });

  it('prints JSON', async () => {
    const drawing = JSON.parse((await graph(SMALL, '--json')).out);
    expect(drawing.boxes).toHaveLength(5);
    expect(drawing.lines).toContainEqual({ from: 'host0', to: 'pod0' });
  });

  it('of a scenario with mistakes tells them', async () => {
    const { status, out, err } = await graph(SMALL.replace('stop: 1s', 'stop: 1'));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('s.yaml:2:7');
  });
});
