import type { VxlanSpec } from '../../../models/netns/control-types.ts';
import { isMulticast } from '../../../models/wire/ipv4-address.ts';
import { VNI_MAX } from '../../../models/wire/vxlan.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import {
  type Arguments,
  garbageArgument,
  invalidArgument,
  matches,
  usageError,
} from '../iproute2/arguments.ts';
import { address, parseInteger } from '../iproute2/values.ts';
import type { IpContext } from './context.ts';

const SECOND = 1e9;

const USAGE = `Usage: ... vxlan id VNI
		[ { group | remote } IP_ADDRESS ]
		[ local ADDR ]
		[ ttl TTL ]
		[ tos TOS ]
		[ df DF ]
		[ dev PHYS_DEV ]
		[ dstport PORT ]
		[ srcport MIN MAX ]
		[ [no]learning ]
		[ ageing SECONDS ]
		[ [no]udpcsum ]
		[ [no]external ]

Where:	VNI	:= 0-16777215
	ADDR	:= { IP_ADDRESS | any }
	TOS	:= { NUMBER | inherit }
	TTL	:= { 1..255 | auto | inherit }
	DF	:= { unset | set | inherit }
`;

const NO_PORT = `vxlan: destination port not specified
Will use Linux kernel default (non-standard value)
Use 'dstport 4789' to get the IANA assigned value
Use 'dstport 0' to get default and quiet this message
`;

/** Words that only say what is so anyway. */
const WITHOUT_EFFECT = new Set([
  'noproxy',
  'norsc',
  'nol2miss',
  'nol3miss',
  'noudp6zerocsumtx',
  'udp6zerocsumtx',
  'noudp6zerocsumrx',
  'udp6zerocsumrx',
  'noremcsumtx',
  'noremcsumrx',
  'novnifilter',
]);

const UNMODELLED = new Set([
  'proxy',
  'rsc',
  'l2miss',
  'l3miss',
  'remcsumtx',
  'remcsumrx',
  'gbp',
  'gpe',
  'vnifilter',
  'flowlabel',
  'maxaddress',
]);

type Options = Omit<VxlanSpec, 'name' | 'mac' | 'mtu'>;

/** The words after `type vxlan`. @param isNew `ip link add`, which wants an identifier and warns without a port */
export function vxlanOptions(context: IpContext, words: Arguments, isNew: boolean): Options {
  const options: Options = {};
  const seen = new Set<string>();
  let group = false;
  while (!words.done) {
    const word = words.next();
    if (matches(word, 'group')) group = true;
    readOption(options, word, words, context, (key) => {
      if (seen.has(key)) throw garbageArgument(key, words.peek() ?? '');
      seen.add(key);
    });
  }
  checkOptions(options, isNew, group);
  if (isNew && options.port === undefined) context.stderr.write(NO_PORT);
  return options;
}

function checkOptions(options: Options, isNew: boolean, group: boolean): void {
  if (isNew && options.vni === undefined && options.external !== true) {
    throw new CommandFailure('vxlan: missing virtual network identifier\n', 1);
  }
  if (options.external === true && options.vni !== undefined) {
    throw new CommandFailure("vxlan: both 'external' and vni cannot be specified\n", 1);
  }
  if (group && options.dev === undefined && isNew) {
    throw new CommandFailure("vxlan: 'group' requires 'dev' to be specified\n", 1);
  }
}

function readOption(
  options: Options,
  word: string,
  words: Arguments,
  context: IpContext,
  once: (key: string) => void,
): void {
  if (word === 'id' || word === 'vni') {
    once('id');
    options.vni = within(words.next(), 'invalid id', 0, VNI_MAX);
  } else if (matches(word, 'group')) options.remote = group(words.next());
  else if (word === 'remote') options.remote = remote(words.next());
  else if (word === 'local') options.local = local(words.next());
  else if (word === 'dev') options.dev = device(words.next(), context);
  else if (matches(word, 'ttl') || word === 'hoplimit') options.ttl = ttl(words.next());
  else if (word === 'tos' || matches(word, 'dsfield')) options.tos = tos(words.next());
  else if (word === 'df') options.df = df(words.next());
  else if (word === 'ageing') {
    const text = words.next();
    options.ageing = text === 'none' ? 0 : within(text, 'ageing timer', 0, 0xffffffff) * SECOND;
  } else if (matches(word, 'port') || word === 'srcport') {
    options.sourcePorts = [within(words.next(), 'min port'), within(words.next(), 'max port')];
  } else if (matches(word, 'dstport')) options.port = within(words.next(), 'dst port');
  else if (!readSwitch(options, word)) {
    throw new CommandFailure(`vxlan: unknown command "${word}"?\n${USAGE}`, 1);
  }
}

function readSwitch(options: Options, word: string): boolean {
  if (word === 'learning' || word === 'nolearning') options.learning = word === 'learning';
  else if (word === 'udpcsum' || word === 'noudpcsum') options.udpChecksum = word === 'udpcsum';
  else if (word === 'external' || word === 'noexternal') options.external = word === 'external';
  else if (UNMODELLED.has(word)) throw new NotSupported('ip link vxlan', `"${word}"`);
  else return WITHOUT_EFFECT.has(word);
  return true;
}

function within(word: string, reason: string, minimum = 0, maximum = 0xffff): number {
  const value = parseInteger(word);
  if (value === undefined || value < minimum || value > maximum) throw invalidArgument(reason, word);
  return value;
}

function group(word: string): number {
  const value = address(word);
  if (!isMulticast(value)) throw invalidArgument('invalid group address', word);
  return value;
}

function remote(word: string): number {
  const value = address(word);
  if (isMulticast(value)) throw invalidArgument('invalid remote address', word);
  return value;
}

function local(word: string): number {
  if (word === 'any') return 0;
  const value = address(word);
  if (isMulticast(value)) throw invalidArgument('invalid local address', word);
  return value;
}

function device(word: string, context: IpContext): string {
  if (context.namespace.link(word) === undefined) throw usageError(`Cannot find device "${word}"`);
  return word;
}

function ttl(word: string): number | 'inherit' {
  if (word === 'inherit') return 'inherit';
  if (word === 'auto') return 0;
  const value = parseInteger(word);
  if (value === undefined || value < 0) throw invalidArgument('invalid TTL', word);
  if (value > 255) throw invalidArgument('TTL must be <= 255', word);
  return value;
}

function tos(word: string): number | 'inherit' {
  return word === 'inherit' ? 'inherit' : within(word, 'bad TOS value', 0, 255);
}

function df(word: string): 'unset' | 'set' | 'inherit' {
  if (word === 'unset' || word === 'set' || word === 'inherit') return word;
  throw invalidArgument("DF must be 'unset', 'set' or 'inherit'", word);
}
