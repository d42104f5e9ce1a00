import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { Shell } from '../../../shell/shell.ts';
import type { OutputPair } from '../outputs.ts';
import type { WeaveCluster } from './cluster.ts';
import { nodeName, type WeaveTopology } from './topology.ts';

/** What the sections of `state/` show, by their titles. */
const COMMANDS = new Map([
  ['ip -d link', 'ip -d link'],
  ['ip addr', 'ip -4 addr'],
  ['ip route', 'ip route'],
  ['ip neigh', 'ip neigh'],
  ['bridge link', 'bridge -d link'],
  ['bridge fdb show br weave', 'bridge fdb show br weave'],
  ['iptables -S (filter)', 'iptables -S'],
  ['iptables -S', 'iptables -S'],
  ['iptables -t nat -S', 'iptables -t nat -S'],
  ['ipset list', 'ipset list'],
]);
const NEIGHBOUR_SETTINGS = ['base_reachable_time', 'delay_first_probe_time', 'ucast_solicit'];

/**
 * What the simulator does not have (multicast snooping, of which a bridge's group 106 comes, and the length of an
 * interface's queue) and what only the recording's own names of namespaces say.
 */
const UNLIKE: [RegExp, string][] = [
  [/ qlen \d+/g, ''],
  [/link-netns \S+/g, 'link-netns N'],
  [/mcast_snooping \d/g, 'mcast_snooping N'],
  [/^(01:00:5e|33:33:00):00:00:6a dev \S+ self permanent *$\n?/gm, ''],
  [/initval 0x[0-9a-f]+/g, 'initval N'],
  [/Size in memory: \d+/g, 'Size in memory: N'],
  [/ +$/gm, ''],
  [/ {2,}/g, ' '],
];

function alike(text: string): string {
  return UNLIKE.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** What commands show of nodes and pods at the end, in the recording and here. */
export function readState(folder: string, { peers, pods }: WeaveTopology, cluster: WeaveCluster): OutputPair[] {
  const places = [
    ...peers.map(({ number }) => ({ ns: nodeName(number), file: `${nodeName(number)}-node.txt`, dev: 'weave' })),
    ...pods.map(({ name }) => ({ ns: name, file: `pod-${name}.txt`, dev: 'eth0' })),
  ];
  return places.flatMap(({ ns, file, dev }) => {
    const namespace = cluster.namespace(ns);
    // of a pod that was taken away there is nothing to see
    if (namespace.findInterface(dev) === undefined) return [];
    return [...readSections(join(folder, 'state', file))].flatMap(([title, output]) =>
      pairOf(namespace, dev, title, output),
    );
  });
}

function pairOf(namespace: NetworkNamespace, dev: string, title: string, output: string): OutputPair[] {
  const command = COMMANDS.get(title);
  const shown = { namespace: namespace.name, command: command ?? title, format: 'text' } as const;
  const golden = { ...shown, output: alike(output) };
  if (command !== undefined) {
    const result = new Shell(namespace.network, namespace).run(command);
    return [{ when: 'at the end', golden, candidate: { ...result, stdout: alike(result.stdout) } }];
  }
  if (title !== 'neigh sysctl') return [];
  const values = NEIGHBOUR_SETTINGS.map((name) => `${name}:${namespace.sysctl(`net.ipv4.neigh.${dev}.${name}`)}\n`);
  const candidate = { status: 0, stdout: values.join(''), stderr: '', unsupported: [] };
  return [{ when: 'at the end', golden, candidate }];
}

/** `# title` lines, each with what follows it. */
function readSections(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const sections = readFileSync(file, 'utf8').split(/^# /m).slice(1);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1).trimEnd()];
    }),
  );
}
