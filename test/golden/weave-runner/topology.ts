import { parseIpamInit } from '../../../models/weave/ipam/ipam-init.ts';
import type { WeaverOptions } from '../../../models/weave/weaver-options.ts';
import { type Ipv4Prefix, parsePrefix } from '../../../models/wire/ipv4-address.ts';
import { parseMac } from '../../../models/wire/mac-address.ts';
import { type OptionSpec, parseWords, splitWords } from '../words.ts';
import { parseSteps, type Step } from './steps.ts';

/** What `TOPOLOGY.md` of a recording of Weave routers says. */
export interface WeaveTopology {
  title: string;
  underlayMtu: number;
  underlayLength: number;
  range: Ipv4Prefix;
  password: string | undefined;
  peers: PeerSpec[];
  pods: PodSpec[];
  steps: Step[];
  captures: WeaveCapture[];
}

/** A node with its router. */
export interface PeerSpec {
  number: string;
  nickname: string;
  /** Also the MAC address of its bridge. */
  name: string;
  address: string;
  mac: string;
  /** With prefix length. */
  bridgeAddress: string;
  options: PeerOptions;
}

/** What its command line says. */
export type PeerOptions = Omit<WeaverOptions, 'namespace' | 'password' | 'persisted' | 'range'> & {
  readonly range?: Ipv4Prefix;
};

export interface PodSpec {
  name: string;
  peer: string;
  /** With prefix length. */
  address: string;
  mac: string;
  containerId: string;
}

/** Which frames a capture has. */
export interface WeaveCapture {
  file: string;
  ns: string;
  dev: string;
  /** Bytes of each frame; 0 for all. */
  snapLength: number;
  /** IP fragments after the first were left out. */
  firstFragmentsOnly: boolean;
  /** It shows how peers join, not what is done in steps. */
  isStart: boolean;
}

/** Namespace of a node. */
export function nodeName(number: string): string {
  return `peer${number}`;
}

/** @throws Error when something that the case needs is not said, or a step is not understood */
export function parseWeaveTopology(text: string): WeaveTopology {
  const underlay = find(text, /Underlay:.*?[\d.]+\/(\d+), MTU (\d+)/);
  const range = parsePrefix(find(text, /IPALLOC_RANGE ([\d.]+\/\d+)/)[1]);
  if (range === undefined) throw new Error('IPALLOC_RANGE is no prefix');
  const rows = [...text.matchAll(/^\|(.+)\|\s*$/gm)].map(([, row]) =>
    row.split('|').map((cell) => cell.trim()),
  );
  const pods = rows.flatMap(parsePod);
  const peers = rows.flatMap(parsePeer);
  return {
    title: find(text, /^#+ (.+)$/m)[1],
    underlayLength: Number(underlay[1]),
    underlayMtu: Number(underlay[2]),
    range,
    password: parsePassword(text),
    peers,
    pods,
    steps: parseSteps(text, {
      pods: pods.map(({ name }) => name),
      peers: peers.map(({ number, nickname }) => ({ number, nickname })),
    }),
    captures: rows.flatMap(parseCapture),
  };
}

function find(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`nothing like ${pattern}`);
  return found;
}

/** `password: none` or `password: yes (the-secret)`. */
function parsePassword(text: string): string | undefined {
  const value = /password: ([^.\n|]+(?:\([^)]*\))?)/.exec(text)?.[1].trim() ?? 'none';
  if (/^(none|no)\b/.test(value)) return undefined;
  return /\((.+)\)/.exec(value)?.[1] ?? value;
}

/** `| 1 (alpha) | name | underlay address | underlay MAC | bridge address | command |`. */
function parsePeer(cells: string[]): PeerSpec[] {
  const [, number, nickname] = /^(\d+)(?: \((.+)\))?$/.exec(cells[0]) ?? [];
  const command = cells.map((cell) => cell.replaceAll('`', '')).find((cell) => cell.startsWith('weaver '));
  if (number === undefined || command === undefined) return [];
  const [, name, address, mac, bridgeAddress] = cells;
  const options = parseWeaver(command, nickname ?? `node-${number}`, name);
  return [{ number, nickname: options.nickname, name, address, mac, bridgeAddress, options }];
}

const WEAVER_OPTIONS: OptionSpec = {
  '--port': true,
  '--datapath': true,
  '--name': true,
  '--nickname': true,
  '--http-addr': true,
  '--status-addr': true,
  '--metrics-addr': true,
  '--docker-api': true,
  '--no-dns': false,
  '--db-prefix': true,
  '--ipalloc-range': true,
  '--ipalloc-default-subnet': true,
  '--ipalloc-init': true,
  '--conn-limit': true,
  '--no-discovery': false,
  '--expect-npc': false,
  '--no-masq-local': false,
  '--mtu': true,
  '--password': true,
  '--log-level': true,
};

/** @throws RangeError for an option that this runner does not know */
export function parseWeaver(command: string, nickname: string, name: string): PeerOptions {
  const { options, operands } = parseWords(splitWords(command).slice(1), WEAVER_OPTIONS);
  const get = (option: string) => options.get(option)?.at(-1);
  const given = get('--name') ?? name;
  const peer = parseMac(given);
  const init = parseIpamInit(get('--ipalloc-init') ?? 'consensus');
  if (peer === undefined) throw new RangeError(`--name ${given} is no peer name`);
  if (init === undefined) throw new RangeError(`--ipalloc-init ${get('--ipalloc-init')} is not understood`);
  const mtu = get('--mtu');
  const limit = get('--conn-limit');
  const range = parsePrefix(get('--ipalloc-range') ?? '');
  return {
    name: peer,
    nickname: get('--nickname') ?? nickname,
    targets: operands,
    init,
    datapath: 'sleeve',
    discovery: !options.has('--no-discovery'),
    expectNpc: options.has('--expect-npc'),
    noMasqLocal: options.has('--no-masq-local'),
    ...(range === undefined ? {} : { range }),
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
    ...(limit === undefined ? {} : { connectionLimit: Number(limit) }),
  };
}

/** `| a1 | 1 | 10.32.0.2/12 | mac | container id |`. */
function parsePod(cells: string[]): PodSpec[] {
  const [name, peer, address, mac, containerId = ''] = cells;
  if (!/^\d+$/.test(peer ?? '') || parsePrefix(address ?? '') === undefined) return [];
  return [{ name, peer, address, mac, containerId: containerId.replace(/…$/, '') }];
}

/** `` | `underlay-peer1.pcap` | peer 1 eth0 (snap length 160) | ``. */
function parseCapture(cells: string[]): WeaveCapture[] {
  const file = cells[0].replaceAll('`', '');
  if (!file.endsWith('.pcap')) return [];
  const where = cells[1] ?? '';
  const peer = /\bpeer (\d+)/.exec(where)?.[1];
  const pod = /\bpod (\w+)/.exec(where)?.[1];
  const dev = /\b(eth\d+|weave|vethwe-\w+|vethwepl\w+)\b/.exec(where)?.[1] ?? 'eth0';
  const ns = pod ?? (peer === undefined ? undefined : nodeName(peer));
  if (ns === undefined) throw new Error(`${file}: "${where}" names no peer and no pod`);
  return [
    {
      file,
      ns,
      dev,
      snapLength: Number(/snap length (\d+)/.exec(where)?.[1] ?? 0),
      firstFragmentsOnly: /fragments after the first left out/.test(where),
      isStart: /\bstart\b/.test(file) || /from before the start/.test(where),
    },
  ];
}
