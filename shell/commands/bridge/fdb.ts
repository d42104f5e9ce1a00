import type { FdbView, LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { formatMac, type MacAddress, parseMac } from '../../../models/wire/mac-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import {
  type Arguments,
  garbageArgument,
  invalidArgument,
  keywordOf,
  matches,
  usageError,
} from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { request } from '../iproute2/kernel-request.ts';
import { print } from '../iproute2/output.ts';
import type { BridgeContext } from './index.ts';

const USAGE = `Usage: bridge fdb { add | append | del | replace } ADDR dev DEV
              { master } [ local | static | dynamic ]
       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ state STATE ] [ dynamic ] ]
`;

const SECOND = 1e9;

/** RFC 8200, section 5: a link with less has no IPv6, disabled or not (Linux `addrconf_notify`). */
const IPV6_MINIMUM_MTU = 1280;
/** Groups that every Ethernet interface hears: IPv6 nodes where there is IPv6, IPv4 hosts while it is up. */
const ALL_IPV6_NODES: MacAddress = 0x333300000001;
const ALL_IPV4_HOSTS: MacAddress = 0x01005e000001;

/** `bridge fdb` */
export function bridgeFdb(context: BridgeContext, words: Arguments): number {
  if (words.done) return show(context, words);
  const command = words.next();
  const keywords = ['add', 'append', 'replace', 'delete', 'get', 'show', 'list', 'flush', 'help'] as const;
  const keyword = command === 'lst' ? 'list' : keywordOf(command, keywords);
  switch (keyword) {
    case 'add':
    case 'append':
    case 'replace':
    case 'delete':
      return change(context, words, keyword);
    case 'show':
    case 'list':
      return show(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "bridge fdb help".`);
  }
  throw new NotSupported('bridge', `"bridge fdb ${keyword}"`);
}

interface FdbArguments {
  mac: MacAddress;
  dev: string;
  kind: 'local' | 'static' | 'dynamic';
  master: boolean;
}

function change(
  { namespace }: BridgeContext,
  words: Arguments,
  mode: 'add' | 'append' | 'replace' | 'delete',
): number {
  const { mac, dev, kind, master } = parseEntry(words, namespace);
  if (!master) throw new NotSupported('bridge fdb', 'an address list of a device ("self")');
  const spec = { mac, dev, kind };
  request(255, () => (mode === 'delete' ? namespace.deleteFdb(spec) : namespace.addFdb(spec, mode)));
  return 0;
}

function parseEntry(words: Arguments, namespace: NetworkNamespace): FdbArguments {
  let dev: string | undefined;
  let address: string | undefined;
  const rest = { kind: 'local' as FdbArguments['kind'], master: false };
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (word === 'self') rest.master = false;
    else if (matches(word, 'master')) rest.master = true;
    else if (word === 'local' || word === 'permanent') rest.kind = 'local';
    else if (matches(word, 'temp') || word === 'static') rest.kind = 'static';
    else if (matches(word, 'dynamic')) rest.kind = 'dynamic';
    else if (UNMODELLED.includes(word)) throw new NotSupported('bridge fdb', `"${word}"`);
    else {
      const text = word === 'to' ? words.next() : word;
      if (address !== undefined) throw garbageArgument('to', text);
      address = text;
    }
  }
  if (dev === undefined || address === undefined)
    throw usageError('Device and address are required arguments.');
  const mac = parseMac(address);
  if (mac === undefined) throw usageError(`Invalid mac address ${address}`);
  if (namespace.link(dev) === undefined) throw usageError(`Cannot find device "${dev}"`);
  return { mac, dev, ...rest };
}

const UNMODELLED = [
  'dst',
  'nhid',
  'port',
  'vni',
  'src_vni',
  'via',
  'vlan',
  'router',
  'use',
  'extern_learn',
  'sticky',
];

interface Selection {
  bridge?: string;
  device?: string;
  /** `permanent`, `static`, and the empty text of learnt entries. */
  states?: readonly string[];
}

function show(context: BridgeContext, words: Arguments): number {
  const { namespace, options, stdout } = context;
  const selection = parseSelection(words, namespace);
  const entries: Entry[] = [];
  for (const link of namespace.links()) {
    if (selection.device !== undefined && link.name !== selection.device) continue;
    const bridge = link.bridge === undefined ? link.master : link.name;
    if (selection.bridge !== undefined && bridge !== selection.bridge) continue;
    const mine = bridge === undefined ? [] : namespace.fdb(bridge).filter(({ dev }) => dev === link.name);
    const table = mine.map((view) => ({
      link,
      state: stateOf(view),
      mac: view.mac,
      master: bridge,
      age: view.age,
    }));
    const heard = groupsOf(link).map((mac) => ({ link, state: 'permanent', mac }));
    // of a bridge the kernel lists the groups first, of a port last
    const listed: Listed[] = link.bridge === undefined ? [...table, ...heard] : [...heard, ...table];
    entries.push(
      ...listed
        .filter(({ state }) => selection.states?.includes(state) ?? true)
        .map((item) => fdbEntry(item, selection.device !== undefined, options.statistics > 0)),
    );
  }
  print(stdout, { ...options, oneline: false }, entries);
  return 0;
}

function parseSelection(words: Arguments, namespace: NetworkNamespace): Selection {
  const selection: Selection = {};
  while (!words.done) {
    const word = words.next();
    if (word === 'brport' || word === 'dev') selection.device = words.next();
    else if (word === 'br') selection.bridge = words.next();
    else if (word === 'state') selection.states = statesOf(words.next());
    else if (word === 'dynamic') selection.states = ['static', ''];
    else if (word === 'vlan') throw new NotSupported('bridge fdb', '"vlan"');
    else selection.device = word;
  }
  const { device, bridge } = selection;
  if (device !== undefined && namespace.link(device) === undefined) {
    throw usageError(`Cannot find device "${device}"`);
  }
  if (bridge !== undefined && namespace.link(bridge) === undefined) {
    throw usageError(`Cannot find bridge device "${bridge}"`);
  }
  return selection;
}

function statesOf(word: string): readonly string[] | undefined {
  if (matches(word, 'permanent')) return ['permanent'];
  if (matches(word, 'static') || matches(word, 'temp')) return ['static'];
  if (matches(word, 'stale')) return [];
  if (matches(word, 'reachable') || matches(word, 'dynamic')) return [''];
  if (word === 'all') return undefined;
  throw invalidArgument('invalid state', word);
}

interface Listed {
  link: LinkView;
  mac: MacAddress;
  state: string;
  /** The bridge; absent for what only the device itself hears. */
  master?: string;
  /** Nanoseconds. */
  age?: number;
}

function stateOf(view: FdbView): string {
  return view.local ? 'permanent' : view.static ? 'static' : '';
}

/** The multicast addresses that a device listens to (its `dev->mc`), in the order in which it joined them. */
function groupsOf(link: LinkView): MacAddress[] {
  if (link.kind === 'loopback') return [];
  const groups = link.mtu < IPV6_MINIMUM_MTU ? [] : [ALL_IPV6_NODES];
  return link.up ? [...groups, ALL_IPV4_HOSTS] : groups;
}

function fdbEntry(
  { link, mac, state, master, age }: Listed,
  deviceIsKnown: boolean,
  statistics: boolean,
): Entry {
  const entry = new Entry().field('mac', formatMac(mac));
  if (!deviceIsKnown) entry.field('ifname', link.name, `dev ${link.name} `);
  if (statistics && age !== undefined) {
    const seconds = Math.floor(age / SECOND);
    entry.field('used', seconds, `used ${seconds}/`).field('updated', seconds, `${seconds} `);
  }
  if (master === undefined) entry.field('flags', ['self'], 'self ');
  else entry.field('flags', [], '').field('master', master, `master ${master} `);
  return entry.field('state', state, state);
}
