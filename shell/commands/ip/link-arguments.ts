import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import type { MacAddress } from '../../../models/wire/mac-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import {
  type Arguments,
  duplicateArgument,
  garbageArgument,
  invalidArgument,
  matches,
} from '../iproute2/arguments.ts';
import { integer, macAddress } from '../iproute2/values.ts';
import type { IpContext } from './context.ts';

const LONGEST_NAME = 15;
const LONGEST_ALTERNATIVE_NAME = 127;

/** What stands before `type` on an `ip link add|set` line, or after `peer`. */
export interface LinkArguments {
  /** The device by its bare name or `dev`. */
  device?: string;
  /** `name NAME` */
  name?: string;
  mac?: MacAddress;
  mtu?: number;
  index?: number;
  up?: boolean;
  netns?: NetworkNamespace;
  /** Name of the bridge; null for `nomaster`. */
  master?: string | null;
  /** `type KIND`; the words after it are left for the kind. */
  kind?: string;
}

/** Words that iproute2 has and podwire has not; `*` marks those that may be abbreviated. */
const UNMODELLED = [
  'link*',
  'multicast*',
  'allmulticast*',
  'promisc*',
  'trailers',
  'arp',
  'carrier',
  'vf',
  'xdp',
  'xdpgeneric',
  'xdpdrv',
  'xdpoffload',
  'vrf',
  'dynamic*',
  'alias*',
  'group',
  'mode',
  'state',
  'link-netns',
  'link-netnsid',
  'addrgenmode*',
  'protodown',
  'protodown_reason',
  'gso_max_size',
  'gso_max_segs',
  'gro_max_size',
  'parentdev',
];

/** Words whose value changes nothing in the simulation: queues here are those of the cables. */
const WITHOUT_EFFECT = ['txqueuelen*', 'qlen', 'txqlen*', 'numtxqueues', 'numrxqueues'];

/** Reads link arguments up to and including `type KIND`. */
export function parseLinkArguments(words: Arguments, context: IpContext): LinkArguments {
  const given: LinkArguments = {};
  while (!words.done && given.kind === undefined) readArgument(given, words.next(), words, context);
  return given;
}

function readArgument(given: LinkArguments, word: string, words: Arguments, context: IpContext): void {
  if (word === 'up' || word === 'down') given.up = word === 'up';
  else if (word === 'name') given.name = linkName('name', words.next(), LONGEST_NAME);
  else if (isOneOf(word, ['address*'])) given.mac = hardwareAddress(words.next());
  else if (isOneOf(word, ['broadcast*', 'brd'])) {
    hardwareAddress(words.next());
    throw new NotSupported('ip link', '"broadcast"');
  } else if (isOneOf(word, WITHOUT_EFFECT)) words.next();
  else if (word === 'mtu') given.mtu = mtu(given.mtu, words.next());
  else if (word === 'index') given.index = index(given.index, words.next());
  else if (word === 'netns') given.netns = namespace(words.next(), context);
  else if (isOneOf(word, ['master*'])) given.master = master(words.next(), context);
  else if (isOneOf(word, ['nomaster*'])) given.master = null;
  else if (isOneOf(word, ['type*'])) given.kind = words.next();
  else {
    const unmodelled = UNMODELLED.find((key) => isOneOf(word, [key]));
    if (unmodelled !== undefined) throw new NotSupported('ip link', `"${unmodelled.replace('*', '')}"`);
    const device = word === 'dev' ? words.next() : word;
    if (given.device !== undefined) throw garbageArgument('dev', device);
    given.device = linkName('dev', device, LONGEST_ALTERNATIVE_NAME);
  }
}

function isOneOf(word: string, keys: readonly string[]): boolean {
  return keys.some((key) => (key.endsWith('*') ? matches(word, key.slice(0, -1)) : word === key));
}

function linkName(key: string, word: string, longest: number): string {
  const isValid = word !== '' && word.length <= longest && !/[/\s]/.test(word);
  if (!isValid) throw invalidArgument(`"${key}" not a valid ifname`, word);
  return word;
}

function hardwareAddress(word: string): MacAddress {
  return macAddress(
    word,
    (length) => new CommandFailure(`Invalid address length ${length} - must be 6 bytes\n`, 1),
  );
}

function mtu(present: number | undefined, word: string): number {
  if (present !== undefined) throw duplicateArgument('mtu', word);
  return integer(word, 'Invalid "mtu" value\n', -(2 ** 31), 2 ** 31 - 1);
}

function index(present: number | undefined, word: string): number {
  if (present !== undefined) throw duplicateArgument('index', word);
  const text = 'Invalid "index" value\n';
  const value = integer(word, text, -(2 ** 31), 2 ** 31 - 1);
  if (value <= 0) throw invalidArgument(text, word);
  return value;
}

function namespace(word: string, { network }: IpContext): NetworkNamespace {
  const found = network.namespace(word);
  if (found === undefined) throw invalidArgument('Invalid "netns" value\n', word);
  return found;
}

function master(word: string, context: IpContext): string {
  if (context.namespace.link(word) === undefined) throw invalidArgument('Device does not exist\n', word);
  return word;
}
