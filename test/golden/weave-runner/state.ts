import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { Shell } from '../../../shell/shell.ts';
import type { CommandOutput, OutputPair } from '../outputs.ts';
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
/** What a router answers over HTTP, by the path; its own tool shows the same. */
const VIEWS = new Map([
  ['GET /status', 'weave status'],
  ['GET /status/connections', 'weave status connections'],
  ['GET /status/peers', 'weave status peers'],
  ['GET /status/ipam', 'weave status ipam'],
  ['GET /status/targets', 'weave status targets'],
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
  // of routers: their version, ephemeral ports, and when they will try again
  [/Version: .*/g, 'Version: N'],
  [/(\d+\.\d+\.\d+\.\d+):(?!6783\b)\d{5} */g, '$1:N '],
  [/retry: \d.*$/gm, 'retry: T'],
  [/ +$/gm, ''],
  [/ {2,}/g, ' '],
];

/** Without what two runs do not share; a router's lists have no order of their own. */
export function alike(command: string, text: string): string {
  const rest = UNLIKE.reduce((one, [pattern, replacement]) => one.replace(pattern, replacement), text).trim();
  if (!/^weave status \w/.test(command)) return rest;
  const lines = rest.split('\n');
  let owner = '';
  const full = lines.map((line) => {
    if (line.startsWith(' ')) return `${owner}${line}`;
    owner = line;
    return line;
  });
  return full.sort().join('\n');
}

/** What commands show of nodes, routers and pods at the end, in the recording and here. */
export function readState(
  folder: string,
  { peers, pods, captures }: WeaveTopology,
  cluster: WeaveCluster,
): OutputPair[] {
  const state = (file: string) => readSections(join(folder, 'state', file));
  const places = [
    ...peers.map(({ number }) => ({
      ns: nodeName(number),
      sections: state(`${nodeName(number)}-node.txt`),
      dev: 'weave',
    })),
    ...peers.map(({ number }) => ({
      ns: nodeName(number),
      sections: state(`${nodeName(number)}-status.txt`),
      dev: 'weave',
    })),
    ...pods.map(({ name }) => ({ ns: name, sections: state(`pod-${name}.txt`), dev: 'eth0' })),
  ];
  return places
    .flatMap(({ ns, sections, dev }) => {
      const namespace = cluster.namespace(ns);
      // of a pod that was taken away there is nothing to see
      if (namespace.findInterface(dev) === undefined) return [];
      return [...sections].flatMap(([title, output]) => pairOf(namespace, dev, title, output));
    })
    .filter(({ golden }) => captures.length > 0 || !LEARNT.test(golden.command));
}

/** What traffic has left behind: a case without captures does not tell all that was sent. */
const LEARNT = /^(ip neigh|bridge fdb)/;

function pairOf(namespace: NetworkNamespace, dev: string, title: string, output: string): OutputPair[] {
  const command = COMMANDS.get(title) ?? VIEWS.get(title);
  if (command !== undefined) {
    const result = new Shell(namespace.network, namespace).run(command);
    return [pair(namespace, command, output, result)];
  }
  if (title !== 'neigh sysctl') return [];
  const values = NEIGHBOUR_SETTINGS.map(
    (name) => `${name}:${namespace.sysctl(`net.ipv4.neigh.${dev}.${name}`)}\n`,
  );
  return [
    pair(namespace, title, output, { status: 0, stdout: values.join(''), stderr: '', unsupported: [] }),
  ];
}

function pair(
  { name }: NetworkNamespace,
  command: string,
  output: string,
  result: CommandOutput,
): OutputPair {
  const golden = { namespace: name, command, output: alike(command, output), format: 'text' } as const;
  return { when: 'at the end', golden, candidate: { ...result, stdout: alike(command, result.stdout) } };
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
