import type { FdbView, LinkView, VxlanFdbView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import type { VxlanFdbSpec } from '../../../models/netns/vxlan/vxlan-control.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { formatMac, type MacAddress, parseMac } from '../../../models/wire/mac-address.ts';
import { VNI_MAX } from '../../../models/wire/vxlan.ts';
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
import { address, integer, once } from '../iproute2/values.ts';
import type { BridgeContext } from './index.ts';
import { vlanNumber } from './vlan-arguments.ts';

const USAGE = `Usage: bridge fdb { add | append | del | replace } ADDR dev DEV
              { self | master } [ local | static | dynamic ]
              [ vlan VID ] [ dst IPADDR ] [ port PORT ] [ vni VNI ] [ via DEVICE ] [ src_vni VNI ]
       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ vlan VID ] [ state STATE ] [ dynamic ] ]
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
  /** Asked for by name, or for want of `master`. */
  self: boolean;
  vlan?: number;
  /** What only a VXLAN interface understands. */
  tunnel: Pick<VxlanFdbSpec, 'remote' | 'port' | 'vni' | 'sourceVni' | 'via'>;
}

function change(
  { namespace }: BridgeContext,
  words: Arguments,
  mode: 'add' | 'append' | 'replace' | 'delete',
): number {
  const { mac, dev, kind, master, self, vlan, tunnel } = parseEntry(words, namespace);
  request(255, () => {
    if (master) {
      const spec = { mac, dev, kind, vlan };
      if (mode === 'delete') namespace.deleteFdb(spec);
      else namespace.addFdb(spec, mode);
    }
    if (self) changeOwn(namespace, { mac, dev, ...tunnel, state: VXLAN_STATES[kind] }, mode);
  });
  return 0;
}

/** The bits that bridge(8) sends for each word. */
const VXLAN_STATES = { local: 0x80 | 0x40, static: 0x40 | 0x02, dynamic: 0x02 };

/** The table of the device itself. */
function changeOwn(
  namespace: NetworkNamespace,
  spec: VxlanFdbSpec,
  mode: 'add' | 'append' | 'replace' | 'delete',
): void {
  if (namespace.link(spec.dev)!.vxlan === undefined) {
    throw new NotSupported('bridge fdb', 'an address list of a device ("self")');
  }
  if (mode === 'delete') namespace.deleteVxlanFdb(spec);
  else namespace.addVxlanFdb(spec, mode);
}

function parseEntry(words: Arguments, namespace: NetworkNamespace): FdbArguments {
  let dev: string | undefined;
  let address: string | undefined;
  const kind = 'local' as FdbArguments['kind'];
  const rest: Omit<FdbArguments, 'mac' | 'dev'> = { kind, master: false, self: false, tunnel: {} };
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (word === 'self') rest.self = true;
    else if (word === 'vlan') rest.vlan = vlanNumber(words.next());
    else if (matches(word, 'master')) rest.master = true;
    else if (word === 'local' || word === 'permanent') rest.kind = 'local';
    else if (matches(word, 'temp') || word === 'static') rest.kind = 'static';
    else if (matches(word, 'dynamic')) rest.kind = 'dynamic';
    else if (readTunnelWord(rest.tunnel, word, words, namespace)) continue;
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
  if (!rest.master) rest.self = true;
  return { mac, dev, ...rest };
}

function readTunnelWord(
  tunnel: FdbArguments['tunnel'],
  word: string,
  words: Arguments,
  namespace: NetworkNamespace,
): boolean {
  if (word === 'dst') {
    once(tunnel.remote, 'dst', words.peek() ?? '');
    tunnel.remote = address(words.next());
  } else if (word === 'port') tunnel.port = integer(words.next(), 'invalid port\n', 0, 0xffff);
  else if (word === 'vni') tunnel.vni = integer(words.next(), 'invalid VNI\n', 0, VNI_MAX);
  else if (word === 'src_vni') tunnel.sourceVni = integer(words.next(), 'invalid src VNI\n', 0, VNI_MAX);
  else if (word === 'via') {
    tunnel.via = words.next();
    if (namespace.link(tunnel.via) === undefined) throw usageError(`Cannot find device "${tunnel.via}"`);
  } else return false;
  return true;
}

const UNMODELLED = ['nhid', 'router', 'use', 'extern_learn', 'sticky'];

interface Selection {
  bridge?: string;
  device?: string;
  /** `permanent`, `static`, and the empty text of learnt entries. */
  states?: readonly string[];
  vlan?: number;
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
      vlan: view.vlan,
      age: view.age,
    }));
    const remotes = link.vxlan === undefined ? [] : namespace.vxlanFdb(link.name);
    const tunnel = remotes.map((view) => ({ link, state: tunnelState(view), mac: view.mac, remote: view }));
    const heard =
      link.vxlan !== undefined ? [] : groupsOf(link).map((mac) => ({ link, state: 'permanent', mac }));
    // of a bridge the kernel lists the groups first, of a port last
    const listed: Listed[] =
      link.bridge === undefined ? [...table, ...heard, ...tunnel] : [...heard, ...table];
    entries.push(
      ...listed
        .filter(({ vlan }) => !selection.vlan || vlan === selection.vlan)
        .filter(({ state, remote }) =>
          remote === undefined
            ? (selection.states?.includes(state) ?? true)
            : (remote.state & maskOf(selection.states)) !== 0,
        )
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
    else if (word === 'vlan') selection.vlan = vlanNumber(words.next());
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

/** The bits of NUD_* that a selection asks for. */
function maskOf(states: readonly string[] | undefined): number {
  if (states === undefined) return 0xff;
  const bits: Record<string, number> = { permanent: 0x80, static: 0x42, '': 0x02 };
  return states.reduce((mask, state) => mask | bits[state], 0);
}

function tunnelState({ state }: VxlanFdbView): string {
  if ((state & 0x80) !== 0) return 'permanent';
  return (state & 0x40) !== 0 ? 'static' : '';
}

interface Listed {
  link: LinkView;
  mac: MacAddress;
  state: string;
  /** The bridge; absent for what only the device itself hears. */
  master?: string;
  vlan?: number;
  /** Nanoseconds. */
  age?: number;
  /** Of an entry of a tunnel. */
  remote?: VxlanFdbView;
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
  { link, mac, state, master, vlan, age, remote }: Listed,
  deviceIsKnown: boolean,
  statistics: boolean,
): Entry {
  const entry = new Entry().field('mac', formatMac(mac));
  if (!deviceIsKnown) entry.field('ifname', link.name, `dev ${link.name} `);
  if (vlan !== undefined) entry.field('vlan', vlan, `vlan ${vlan} `);
  if (remote !== undefined) addRemote(entry, remote);
  if (statistics && remote !== undefined) {
    const [used, updated] = [remote.used, remote.updated].map((time) => Math.floor(time / SECOND));
    entry.field('used', used, `used ${used}/`).field('updated', updated, `${updated} `);
  }
  if (statistics && age !== undefined) {
    const seconds = Math.floor(age / SECOND);
    entry.field('used', seconds, `used ${seconds}/`).field('updated', seconds, `${seconds} `);
  }
  if (master === undefined) entry.field('flags', ['self'], 'self ');
  else entry.field('flags', [], '').field('master', master, `master ${master} `);
  return entry.field('state', state, state);
}

function addRemote(entry: Entry, view: VxlanFdbView): void {
  const { remote, port, vni, sourceVni, via } = view;
  if (remote !== undefined) entry.field('dst', formatIpv4(remote), `dst ${formatIpv4(remote)} `);
  if (port !== undefined) entry.field('port', port, `port ${port} `);
  if (vni !== undefined) entry.field('vni', vni, `vni ${vni} `);
  if (sourceVni !== undefined) entry.field('src_vni', sourceVni, `src_vni ${sourceVni} `);
  if (via !== undefined) entry.field('viaIf', via, `via ${via} `);
}
