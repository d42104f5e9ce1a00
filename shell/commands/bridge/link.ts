import type { BridgePortSpec, LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { readPortOption } from '../ip/bridge-port-options.ts';
import { linkFlags } from '../ip/link-format.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { request } from '../iproute2/kernel-request.ts';
import { print } from '../iproute2/output.ts';
import type { BridgeContext } from './index.ts';

const USAGE = `Usage: bridge link set dev DEV [ hairpin {on | off} ] [ learning {on | off} ]
                               [ flood {on | off} ]
                               [ mcast_flood {on | off} ] [ bcast_flood {on | off} ]
                               [ isolated {on | off} ] [ neigh_suppress {on | off} ]
                               [ guard {on | off} ] [ root_block {on | off} ]
                               [ cost COST ] [ priority PRIO ] [ state STATE ] [ self ] [ master ]
       bridge link show [dev DEV]
`;

const UNMODELLED = new Set([
  'fastleave',
  'learning_sync',
  'mcast_router',
  'mcast_to_unicast',
  'mcast_max_groups',
  'vlan_tunnel',
  'locked',
  'hwmode',
  'backup_port',
  'nobackup_port',
]);

/** `bridge link` */
export function bridgeLink(context: BridgeContext, words: Arguments): number {
  if (words.done) return show(context, words);
  const command = words.next();
  const keyword =
    command === 'lst' ? 'list' : keywordOf(command, ['set', 'change', 'show', 'list', 'help'] as const);
  switch (keyword) {
    case 'set':
    case 'change':
      return set(context, words);
    case 'show':
    case 'list':
      return show(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
  }
  throw usageError(`Command "${command}" is unknown, try "bridge link help".`);
}

function set({ namespace }: BridgeContext, words: Arguments): number {
  let device: string | undefined;
  const options: BridgePortSpec = {};
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') device = words.next();
    else if (readPortOption(options, word, words)) continue;
    else if (UNMODELLED.has(word)) throw new NotSupported('bridge link', word);
    else if (word !== 'self' && word !== 'master') throw new CommandFailure(USAGE, 255);
  }
  if (device === undefined) throw usageError('Device is a required argument.');
  const link = namespace.link(device);
  if (link === undefined) throw usageError(`Cannot find bridge device "${device}"`);
  if (link.bridgePort === undefined && Object.keys(options).length > 0) {
    throw usageError('RTNETLINK answers: Operation not supported');
  }
  if (link.bridgePort !== undefined) request(255, () => namespace.setBridgePort(link.name, options));
  return 0;
}

function show({ namespace, options, stdout }: BridgeContext, words: Arguments): number {
  let device: string | undefined;
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') device = words.next();
    else throw new NotSupported('bridge link show', `selecting by "${word}"`);
  }
  if (device !== undefined && namespace.link(device) === undefined) {
    throw usageError(`Cannot find device "${device}"`);
  }
  const ports = namespace
    .links()
    .filter((link) => link.bridgePort !== undefined && (device === undefined || link.name === device));
  print(
    stdout,
    options,
    ports.map((link) => portEntry(link, namespace, options.details)),
  );
  return 0;
}

function portEntry(link: LinkView, namespace: NetworkNamespace, details: boolean): Entry {
  const entry = new Entry().field('ifindex', link.ifindex, `${link.ifindex}: `);
  const flags = linkFlags(link, namespace).filter((flag) => flag !== 'M-DOWN');
  const other = otherEnd(link, namespace);
  if (other?.up === false) flags.push('M-DOWN');
  if (other !== undefined) entry.member('link', other.name);
  entry.field('ifname', link.name, `${link.name}${other === undefined ? '' : `@${other.name}`}: `);
  entry.field('flags', flags, `<${flags.join(',')}> `);
  entry.field('mtu', link.mtu, `mtu ${link.mtu} `);
  entry.field('master', link.master!, `master ${link.master} `);
  const { state, priority, cost } = link.bridgePort!;
  entry.field('state', state, `state ${state} `);
  entry.field('priority', priority, `priority ${priority} `).field('cost', cost, `cost ${cost} `);
  if (details) addFlags(entry, link);
  return entry;
}

/**
 * bridge(8) looks the index of the other end up among the links here, even when that end is in another
 * namespace: it names a link that has nothing to do with it, or none.
 */
function otherEnd(
  { ifindex, peer }: LinkView,
  namespace: NetworkNamespace,
): { name: string; up: boolean } | undefined {
  // the kernel does not report a link whose other end has the same index
  if (peer === undefined || peer.ifindex === ifindex) return undefined;
  const found = namespace.links().find((link) => link.ifindex === peer.ifindex);
  return found ?? { name: `if${peer.ifindex}`, up: true };
}

function addFlags(entry: Entry, { bridgePort: port }: LinkView): void {
  const flag = (key: string, on: boolean) => entry.field(key, on, `${key} ${on ? 'on' : 'off'} `);
  entry.words('\n    ');
  flag('hairpin', port!.hairpin);
  flag('guard', port!.guard);
  flag('root_block', port!.rootBlock);
  flag('fastleave', false);
  flag('learning', port!.learning);
  flag('flood', port!.flood);
  flag('mcast_flood', port!.multicastFlood);
  flag('bcast_flood', port!.broadcastFlood);
  entry.field('mcast_router', 1, 'mcast_router 1 ');
  flag('mcast_to_unicast', false);
  flag('neigh_suppress', port!.neighSuppress);
  flag('vlan_tunnel', false);
  flag('isolated', port!.isolated);
  flag('locked', false);
}
