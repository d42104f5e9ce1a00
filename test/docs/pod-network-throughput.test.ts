import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { buildRun } from '../../cli/build-run.ts';
import { loadScenario } from '../../scenarios/loader.ts';
import type { NodeCostPreset } from '../../scenarios/node-cost-presets.ts';
import { resolve } from '../../scenarios/plan.ts';

const page = join(fileURLToPath(new URL('../../docs/', import.meta.url)), 'pod-network-throughput.md');

interface PodNetwork {
  name: string;
  preset: NodeCostPreset;
  /** Bytes that it puts around each packet. */
  overhead: number;
  endpoints: 'node' | 'pod';
  /** What `cni` says, where routers of Weave join the pods. */
  weave?: string;
  /** Under more load than it can take it does less: the load is to be found at which it does most. */
  starves?: boolean;
}

/** Gbit/s that are offered; to those that starve something between. */
const OFFERED = 30;
const STARVED = [0.5, 8];
const SEARCH_STEPS = 6;
/** What may be lost at the load that is looked for. */
const LOSS_MAX = 0.01;

const NETWORKS: readonly PodNetwork[] = [
  { name: 'none: node to node', preset: 'linux', overhead: 0, endpoints: 'node' },
  { name: 'bridge and routes', preset: 'linux', overhead: 0, endpoints: 'pod' },
  { name: 'VXLAN in the kernel', preset: 'linux', overhead: 50, endpoints: 'pod' },
  { name: 'the same, encrypted', preset: 'linux-encrypted', overhead: 50, endpoints: 'pod' },
  { name: 'tunnel in user space', preset: 'user-space-tunnel', overhead: 50, endpoints: 'pod' },
  { name: 'the same, encrypted', preset: 'user-space-tunnel-encrypted', overhead: 50, endpoints: 'pod' },
  ...weave('fastdp', 'linux', 50),
  ...weave('sleeve', 'user-space-tunnel', 62),
];

/** Weave by one of its data paths, without a password and with one. */
function weave(
  datapath: 'fastdp' | 'sleeve',
  preset: 'linux' | 'user-space-tunnel',
  overhead: number,
): PodNetwork[] {
  const common = { endpoints: 'pod', overhead, starves: datapath === 'sleeve' } as const;
  // encryption takes a header and a tag, and padding in the kernel's case
  const more = datapath === 'fastdp' ? 37 : 24;
  return [
    { ...common, name: `Weave, ${datapath}`, preset, weave: `datapath: ${datapath}` },
    {
      ...common,
      name: 'the same, encrypted',
      preset: `${preset}-encrypted`,
      overhead: overhead + more,
      weave: `datapath: ${datapath}, password: secret`,
    },
  ];
}
const MTUS = [1500, 9000];
/** IPv4 and UDP. */
const HEADERS = 28;
/** Milliseconds from the start between which is measured: the queues are full by then. */
const [FROM, TO] = [5, 15];
/** When traffic starts, milliseconds: routers of Weave have found each other and what the path carries. */
const [START, START_WITH_WEAVE] = [1, 4000];

/** A VXLAN interface on a node and the way to the pods of the other one, as flannel sets it up. */
function tunnel(node: number, other: number, mtu: number): string {
  return [
    `ip link add vx0 address 02:00:00:00:00:0${node} type vxlan id 1 dev eth0 local 192.168.1.1${node} dstport 8472`,
    `ip link set vx0 mtu ${mtu} up`,
    `ip addr add 10.244.${node}.0/32 dev vx0`,
    `ip neigh add 10.244.${other}.0 lladdr 02:00:00:00:00:0${other} dev vx0`,
    `bridge fdb add 02:00:00:00:00:0${other} dev vx0 dst 192.168.1.1${other}`,
    `ip route add 10.244.${other}.0/24 via 10.244.${other}.0 dev vx0 onlink`,
  ].join('; ');
}

function startOf({ weave }: PodNetwork): number {
  return weave === undefined ? START : START_WITH_WEAVE;
}

function scenarioOf(network: PodNetwork, mtu: number, offered: number): string {
  const { preset, overhead, endpoints, weave } = network;
  const inner = mtu - overhead;
  const [from, to] = endpoints === 'node' ? ['node/node1', 'node/node2'] : ['pod/a-0', 'pod/b-0'];
  const events = [1, 2].map(
    (node) => `  - { at: 0s, on: node${node}, run: "${tunnel(node, 3 - node, inner)}" }`,
  );
  const joined =
    weave === undefined
      ? `pod_network: { mtu: ${inner}, routes: ${overhead === 0 ? 'per-node' : 'none'} }`
      : `cni: { type: weave-net, mtu: ${inner}, ipalloc_init: seed, start_every: 0s, ${weave} }`;
  const byHand = overhead > 0 && weave === undefined;
  return `name: throughput
stop: 5s
cluster:
  defaults: { rate: 40Gbit, delay: 1us, mtu: ${mtu} }
  nodes:
    node[1-2]: { address: 192.168.1.11/24, cpu: { preset: ${preset} } }
${joined}
pods:
  a: { node: node1 }
  b: { node: node2 }
traffic:
  load: { kind: udp, from: ${from}, to: ${to}, rate: ${Math.round(offered * 1e6)}kbit, size: ${inner - HEADERS}B, start: ${startOf(network)}ms }
${byHand ? `events:\n${events.join('\n')}\n` : ''}`;
}

/** Gbit/s of payload that arrive at the other end, at the load at which most does. */
function throughput(network: PodNetwork, mtu: number): number {
  if (network.starves !== true) return arriving(network, mtu, OFFERED);
  let [taken, tooMuch] = STARVED;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const offered = Math.sqrt(taken * tooMuch);
    if (arriving(network, mtu, offered) > offered * (1 - LOSS_MAX)) taken = offered;
    else tooMuch = offered;
  }
  return arriving(network, mtu, taken);
}

/** Gbit/s of payload that arrive of what is offered. */
function arriving(network: PodNetwork, mtu: number, offered: number): number {
  const loaded = loadScenario(scenarioOf(network, mtu, offered), 'throughput');
  if (loaded.errors !== undefined) throw new Error(loaded.errors[0].message);
  const run = buildRun(resolve(loaded.scenario, loaded.topology), () => {
    throw new Error('no captures here');
  });
  const receivedAt = (milliseconds: number) => {
    run.run({ until: (startOf(network) + milliseconds) * 1e6 });
    return run.result().flows[0].received;
  };
  const packets = -receivedAt(FROM) + receivedAt(TO);
  expect(run.built.problems).toEqual([]);
  return (packets * (mtu - network.overhead - HEADERS) * 8) / ((TO - FROM) * 1e6);
}

it('docs/pod-network-throughput.md is made of runs', async () => {
  const rows = NETWORKS.map((network) => {
    const values = MTUS.map((mtu) => throughput(network, mtu));
    return { network, values };
  });
  const [, routes, vxlan, , userSpace] = rows.map(({ values }) => values[0]);
  expect(routes).toBeGreaterThan(vxlan);
  expect(vxlan).toBeGreaterThan(2 * userSpace);
  const [fastdp, , sleeve] = rows
    .filter(({ network }) => network.weave !== undefined)
    .map(({ values }) => values[0]);
  expect(fastdp).toBeGreaterThan(3 * sleeve);
  const cell = (value: number) => `${value.toFixed(2)} Gbit/s`.padStart(15);
  const lines = rows.map(
    ({ network, values }) =>
      `| ${network.name.padEnd(20)} | ${network.preset.padEnd(27)} | ${values.map(cell).join(' | ')} |`,
  );
  const text = `# Throughput between pods by pod network and MTU

Made by \`test/docs/pod-network-throughput.test.ts\` (\`npm test -- test/docs -u\` writes it anew). One UDP flow of the
largest datagrams that fit, offered at 30 Gbit/s, from a node or pod to one of the other node; nodes of one core with
the costs of [node-costs.md](node-costs.md), a cable of 40 Gbit/s. The figures are payload that arrives; of sleeve at
the highest load of which it loses less than 1 %, to within 5 %: under more its program gets no time from a core that
has frames to receive, and less arrives.

| pod network          | costs                       |        MTU 1500 |        MTU 9000 |
| -------------------- | --------------------------- | --------------: | --------------: |
${lines.join('\n')}

The kernel's own ways lose most per packet, so large frames help them most; what is paid per byte, encryption and
copying in user space, does not get cheaper by them. A real node sends and receives TCP in bursts of up to 64 KiB (GSO,
GRO) and then pays these costs per burst: such numbers are higher, and the differences between the networks smaller.
`;
  await expect(text).toMatchFileSnapshot(page);
});
