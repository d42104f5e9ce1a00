import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { fullScenario, printFullScenario } from '../../scenarios/full.ts';
import { printJsonSchema, scenarioJsonSchema } from '../../scenarios/json-schema.ts';
import { scenarioTemplate } from '../../scenarios/template.ts';
import { loadValid, threeNodes } from './load.ts';

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** A scenario that uses every key of the language. */
const everything = `name: everything
seed: 7
stop: 1min
cluster:
  defaults: { rate: 1Gbit, delay: 1.5us, mtu: 9000, queue: "10 packets, 1 MiB", loss: 0.05%, overhead: 0B, ip_forward: false }
  nodes:
    a[1-2]: { address: 10.0.0.1/24, mac: 02:00:00:00:00:01, mtu: 1400, lan: l1, sysctls: { net.ipv4.ip_local_port_range: 1024 65000 }, default_gateway: 10.0.0.9 }
    b: { nics: { eth0: { address: 10.0.0.3/24, lan: l1 }, eth1: { lan: l2 } }, pod_subnet: 10.50.0.0/24, routes: [blackhole 10.60.0.0/16, default via 10.0.0.9 dev eth0 metric 5 src 10.0.0.3] }
  lans: { l1: { kind: switch, ageing: 10s, subnet: 10.0.0.0/24, members: ["b:eth0"], loss: 1% }, l2: {} }
  routers: { r: { nics: { eth0: { address: 10.0.0.9/24, lan: l1 }, eth1: { address: 10.8.0.1/24, lan: l2 } }, routes: [unreachable 10.70.0.0/16], sysctls: { net.ipv4.ip_forward: 1 } } }
  links: [{ endpoints: ["r:eth0", l1], rate: 100Mbit, queue: 64 KiB }]
pod_cidr: { range: 10.100.0.0/16, per_node: 25, first: 0 }
pod_network: { kind: bridge, bridge: br0, routes: router, router: r, mtu: 1300 }
pods: { web: { replicas: 3, node: "a*", listen: [udp/53] }, one: { node: b, address: 10.50.0.9 }, all: { per_node: 2 } }
traffic:
  p: { kind: ping, from: pod/web-0, to: node/b, every: 10ms, count: 5, size: 100B, start: 1s, stop: 2s }
  c: { kind: udp, from: pod/web-*, to: [pod/all-0, 10.1.1.1], pattern: all-to-all, every: 1ms, packets: 9, port: 53, open_port: false }
  d: { kind: udp, from: pod/all-*, to: pod/all-*, pattern: random, rate: 3/min, arrivals: poisson, size: { exponential: 500B } }
  e: { kind: udp, from: router/r, to: pod/one-0, rate: 1.5Mbit, arrivals: { on_off: { on: 1s, off: 2s, distribution: constant } }, size: { choice: [64B, 1400B] } }
  b: { kind: tcp, from: pod/web-0, to: pod/all-1, bytes: 1MB, parallel: 2, congestion_control: reno, mss: 1000, no_delay: true, send_buffer: 64 KiB, receive_buffer: 1MB, port: 80, open_port: false }
  r: { kind: request, from: pod/web-0, to: pod/all-1, rate: 3/ms, arrivals: constant, request: { log_normal: { mean: 1kB } }, response: { from: { file: s.csv, column: b } }, connections: per-request, max_connections: 3, timeout: 1s, requests: 7 }
  u: { kind: request, from: pod/web-0, to: pod/all-1, users: 3, think: { constant: 1s }, response: { choice: [20B, 1kB] } }
  i: { kind: incast, from: pod/web-*, to: pod/all-1, block: 1MB, rounds: 3, pause: 1ms, port: 1 }
  x: { kind: trace, file: t.csv, start: 1s, stop: 3s, protocol: udp }
events:
  - { at: 1s, link_down: "r:eth0", for: 1s }
  - { at: 2s, link_up: "a1:eth0" }
  - { at: 3s, sysctl: { node: a1, net.ipv4.conf.eth0.rp_filter: 1 }, for: 1s }
  - { at: 4s, route_add: { node: r, route: 10.90.0.0/16 via 10.0.0.3 } }
  - { at: 5s, route_delete: { node: r, route: 10.90.0.0/16 via 10.0.0.3 } }
  - { at: 6s, pod_delete: web-0 }
  - { at: 7s, pod_add: { like: web, node: a2 } }
  - { at: 8s, run: "ip route", on: b }
measure: { warmup: 1s, flows: false, histograms: [p.rtt, d.latency], series: { every: 50ms, of: [queue.depth] } }
captures: [{ interface: ["a*:eth0", "pod/web-0:eth0"], file: "{host}-{interface}.pcap", format: pcap, snaplen: 96, filter: "udp" }]
thresholds: { p.loss: "<= 0.1%", p.rtt.p99: "< 2ms", e.throughput: "> 1Mbit", c.lost: "!= 3", b.completion.p99: "< 9s", b.retransmits: "< 5" }
`;

/** One that uses every key of `cni`, which excludes some of the above. */
const withWeave = `name: weave
stop: 10s
cluster:
  nodes:
    node[1-3]: { address: 10.0.0.1/24 }
cni: { type: weave-net, ipalloc_range: 10.50.0.0/20, ipalloc_init: seed, mtu: 1400, datapath: fastdp, password: secret, peers: { node2: ["node[1,3]"] }, discovery: false, conn_limit: 30, start_every: 1s }
pods: { web: {} }
events: [{ at: 1s, weave_stop: "node*", for: 1s }]
`;

/** The files that scenarios here name: those of `everything`, or of the folder. */
const readFile = (name: string) =>
  ({ 's.csv': 'a,b\n1,100\n', 't.csv': 'time,src,dst,bytes\n1,web-0,one-0,100\n' })[name] ??
  readFileSync(folder + name, 'utf8');
const load = (text: string) => loadValid(text, { readFile });

describe.each(files)('%s', (file) => {
  const text = readFileSync(folder + file, 'utf8');

  it('loads without errors and warnings', () => {
    expect(load(text).warnings).toEqual([]);
  });

  it('is named as its file and says in its first comment what it shows', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n# \S.{40,}/);
    expect(load(text).scenario.name).toBe(file.replace('.yaml', ''));
  });

  it('fits the published JSON Schema', () => {
    const schema = z.fromJSONSchema(scenarioJsonSchema() as z.core.JSONSchema.JSONSchema);
    expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  });
});

describe('the shipped scenarios', () => {
  it('are those of the README', () => {
    expect(files).toEqual([
      'bulk-tcp.yaml',
      'busy-node.yaml',
      'congested-uplink.yaml',
      'hundred-nodes.yaml',
      'incast.yaml',
      'ip-forward.yaml',
      'link-failure.yaml',
      'one-router.yaml',
      'replayed-trace.yaml',
      'request-response.yaml',
      'same-node.yaml',
      'three-nodes.yaml',
      'weave-encrypted.yaml',
      'weave-partition.yaml',
      'weave-relay.yaml',
      'weave-seed-conflict.yaml',
      'weave-small-mtu.yaml',
      'weave-three-nodes.yaml',
      'weave-two-bridges.yaml',
      'weave-two-nodes.yaml',
      'wrong-route.yaml',
    ]);
  });
});

describe('the scenario printed in full', () => {
  it.each([
    ['a short one', threeNodes('pods: { web: {} }')],
    ['one that uses every key', everything],
    ['one that uses every key of cni', withWeave],
    ['the template', scenarioTemplate('first')],
    ...files.map((file) => [file, readFileSync(folder + file, 'utf8')]),
  ])('%s loads again as the same scenario', (_, text) => {
    const { scenario } = load(text);
    const printed = printFullScenario(scenario);
    const again = load(printed).scenario;
    expect(again).toEqual(scenario);
    expect(printFullScenario(again)).toBe(printed);
  });

  it('shows every default', () => {
    const { scenario } = loadValid(
      threeNodes('pods: { web: {} }\ntraffic: { t: { kind: ping, from: pod/web-0, to: node/node2 } }'),
    );
    expect(fullScenario(scenario)).toEqual({
      name: 'three',
      seed: 1,
      stop: '10s',
      cluster: {
        defaults: {
          rate: '10Gbit',
          delay: '5us',
          mtu: 1500,
          queue: '1000 packets',
          loss: '0%',
          overhead: '24B',
          ip_forward: true,
        },
        nodes: { 'node[1-3]': { address: '192.168.1.11/24', sysctls: {}, routes: [] } },
        lans: { lan: { kind: 'switch', ageing: '300s' } },
        routers: {},
        links: [],
      },
      pod_cidr: { range: '10.244.0.0/16', per_node: 24, first: 1 },
      pod_network: { kind: 'bridge', bridge: 'v-net-0', routes: 'per-node' },
      pods: { web: { replicas: 1, spread: 'node', listen: [] } },
      traffic: {
        t: {
          kind: 'ping',
          from: 'pod/web-0',
          to: 'node/node2',
          pattern: 'one-to-one',
          start: '0s',
          every: '1s',
          size: '56B',
        },
      },
      events: [],
      measure: { warmup: '0s', flows: true, histograms: [] },
      captures: [],
      thresholds: {},
    });
  });
});

describe('the template', () => {
  it('loads without errors and warnings, whatever the name', () => {
    for (const name of ['first', 'a "quoted" one: #1', '{x}']) {
      const { scenario, warnings } = loadValid(scenarioTemplate(name));
      expect(scenario.name).toBe(name);
      expect(warnings).toEqual([]);
    }
  });
});

describe('the published JSON Schema', () => {
  it('is the one that podwire reads with (podwire schema > scenarios/scenario.schema.json)', () => {
    expect(readFileSync(`${folder}scenario.schema.json`, 'utf8')).toBe(printJsonSchema());
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string) => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties = {}, ...rest } = schema as Record<string, unknown>;
      for (const [key, value] of Object.entries(properties as Record<string, Record<string, unknown>>)) {
        if (typeof value.description !== 'string') undescribed.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      for (const value of Object.values(rest)) visit(value, path);
    };
    visit(scenarioJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });

  it('accepts the scenario that uses every key and refuses unknown ones', () => {
    const schema = z.fromJSONSchema(scenarioJsonSchema() as z.core.JSONSchema.JSONSchema);
    expect(schema.safeParse(parse(everything)).error?.issues ?? []).toEqual([]);
    expect(schema.safeParse({ ...(parse(everything) as object), sead: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...(parse(everything) as object), stop: 10 }).success).toBe(false);
  });
});
