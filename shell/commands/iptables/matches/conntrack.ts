import type {
  AddressMatch,
  ConntrackMatch,
  ConntrackState,
  ConntrackStatus,
  Negatable,
  PortMatch,
  Range,
} from '../../../../models/netfilter/control-types.ts';
import { formatIpv4 } from '../../../../models/wire/ipv4-address.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type GivenOptions, type MatchExtension, negation, type RuleContext } from '../extension.ts';
import { parseProtocol } from '../protocols.ts';
import { serviceNumber } from '../services.ts';
import { ALL_ONES, formatMask, formatRange, hostOption, parseMask, parseNumber } from '../values.ts';

/** In the order of printing. */
const STATES: readonly ConntrackState[] = [
  'INVALID',
  'NEW',
  'RELATED',
  'ESTABLISHED',
  'UNTRACKED',
  'SNAT',
  'DNAT',
];
const STATUSES: readonly ConntrackStatus[] = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];
/** States of a connection itself: what `-m state` knows. */
const PLAIN_STATES = STATES.slice(0, 5);

type AddressKey = 'originalSource' | 'originalDestination' | 'replySource' | 'replyDestination';
const ADDRESSES: readonly [option: string, key: AddressKey][] = [
  ['ctorigsrc', 'originalSource'],
  ['ctorigdst', 'originalDestination'],
  ['ctreplsrc', 'replySource'],
  ['ctrepldst', 'replyDestination'],
];
const PORTS: readonly [option: string, key: `${AddressKey}Port`][] = [
  ['ctorigsrcport', 'originalSourcePort'],
  ['ctorigdstport', 'originalDestinationPort'],
  ['ctreplsrcport', 'replySourcePort'],
  ['ctrepldstport', 'replyDestinationPort'],
];

/** `-m conntrack` */
export const conntrack: MatchExtension<'conntrack'> = {
  name: 'conntrack',
  options: [
    { name: 'ctstate', invertible: true },
    { name: 'ctproto', invertible: true },
    ...[...ADDRESSES, ...PORTS].map(([name]) => ({ name, invertible: true })),
    { name: 'ctstatus', invertible: true },
    { name: 'ctexpire', invertible: true },
    { name: 'ctdir' },
  ],

  build(given, context) {
    if (given.size === 0) throw parameterProblem('conntrack: At least one option is required');
    const spec: ConntrackMatch = { match: 'conntrack' };
    const states = given.get('ctstate');
    if (states !== undefined) {
      spec.states = { any: parseList(states.value, STATES, 'ctstate'), ...negation(states) };
    }
    const status = given.get('ctstatus');
    if (status !== undefined) {
      spec.status = { any: parseList(status.value, STATUSES, 'ctstatus'), ...negation(status) };
    }
    buildTuple(spec, given, context);
    const expire = given.get('ctexpire');
    if (expire !== undefined) spec.expire = { ...parseSeconds(expire.value), ...negation(expire) };
    const direction = given.get('ctdir');
    if (direction !== undefined) spec.direction = parseDirection(direction.value);
    return spec;
  },

  list: (spec) => dump(spec, spec.spelling === 'state' ? '' : 'ct', ''),
  save: (spec) => dump(spec, spec.spelling === 'state' ? '--' : '--ct', '--'),
};

/** `-m state`, the older spelling. */
export const state: MatchExtension<'conntrack'> = {
  name: 'state',
  options: [{ name: 'state', invertible: true }],

  build(given) {
    const option = given.required('state');
    const any = parseList(option.value, PLAIN_STATES, 'state');
    return { match: 'conntrack', spelling: 'state', states: { any, ...negation(option) } };
  },

  list: conntrack.list,
  save: conntrack.save,
};

function buildTuple(spec: ConntrackMatch, given: GivenOptions, { hosts }: RuleContext): void {
  const protocol = given.get('ctproto');
  if (protocol !== undefined) {
    spec.protocol = { number: parseProtocol(protocol.value), ...negation(protocol) };
  }
  for (const [name, key] of ADDRESSES) {
    const option = given.get(name);
    if (option === undefined) continue;
    spec[key] = { ...parseNetwork(option.value, hosts), ...negation(option) };
  }
  for (const [name, key] of PORTS) {
    const option = given.get(name);
    if (option !== undefined) spec[key] = { ...parsePorts(option.value), ...negation(option) };
  }
}

/** Unlike those of `-s` and `-d`, the address keeps its bits outside of the mask. */
function parseNetwork(text: string, hosts: RuleContext['hosts']): AddressMatch {
  const slash = text.indexOf('/');
  const mask = slash < 0 ? ALL_ONES : parseMask(text.slice(slash + 1));
  const address = hostOption(slash < 0 ? text : text.slice(0, slash), hosts);
  return { address, mask };
}

function parsePorts(text: string): Range {
  const [first, last = first] = text.split(':').map((word) => {
    const port = parseNumber(word, 0xffff) ?? serviceNumber(word, undefined);
    if (port === undefined) throw parameterProblem(`Port "${word}" does not resolve to anything.\n`);
    return port;
  });
  return { first, last };
}

/** A list of words in capitals or not, in the order of printing. */
function parseList<Word extends string>(text: string, words: readonly Word[], option: string): Word[] {
  const items = text.split(',');
  const chosen = items.map((item, index) => {
    const word = words.find((candidate) => candidate === item.toUpperCase());
    if (word === undefined) throw parameterProblem(`Bad ${option} "${items.slice(index).join(',')}"`);
    return word;
  });
  return words.filter((word) => chosen.includes(word));
}

function parseSeconds(text: string): { first: number; last: number } {
  const [first, last = first, ...rest] = text.split(':').map((part) => parseNumber(part));
  if (first === undefined || last === undefined || rest.length > 0) {
    throw parameterProblem(
      `conntrack: bad value for option "--ctexpire" near "${text}", or out of range (0-4294967295).\n`,
    );
  }
  return { first, last };
}

function parseDirection(text: string): 'ORIGINAL' | 'REPLY' {
  const direction = (['ORIGINAL', 'REPLY'] as const).find((word) => word === text.toUpperCase());
  if (direction === undefined) throw parameterProblem(`conntrack: Bad value for "--ctdir" option: "${text}"`);
  return direction;
}

/** @param ct what stands before the options that a state has, `ct` or `--ct` */
function dump(spec: ConntrackMatch, ct: string, dashes: string): string {
  const { states, status, protocol, expire, direction } = spec;
  const item = (value: Negatable, name: string, text: string) => `${bang(value)} ${name} ${text}`;
  let text = '';
  if (states !== undefined) text += item(states, `${ct}state`, states.any.join(','));
  if (protocol !== undefined) text += item(protocol, `${ct}proto`, String(protocol.number));
  for (const [name, key] of ADDRESSES) {
    const address = spec[key];
    if (address !== undefined) text += item(address, dashes + name, formatNetwork(address));
  }
  for (const [name, key] of PORTS) {
    const ports: PortMatch | undefined = spec[key];
    if (ports !== undefined) text += item(ports, dashes + name, formatRange(ports));
  }
  if (status !== undefined) text += item(status, `${ct}status`, status.any.join(','));
  if (expire !== undefined) text += item(expire, `${ct}expire`, formatRange(expire));
  if (direction !== undefined) text += ` ${ct}dir ${direction}`;
  return text;
}

function formatNetwork({ address, mask }: AddressMatch): string {
  return formatIpv4(address) + formatMask(mask);
}
