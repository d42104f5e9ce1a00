import { RouteTable } from '../../../models/netns/control-types.ts';
import type { Rule } from '../../../models/netns/routing/fib-rules.ts';
import type { RuleSpec } from '../../../models/netns/routing/rule-control.ts';
import { type Ipv4Prefix, prefixMask } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument, matches } from '../iproute2/arguments.ts';
import { protocols, routeType, tables } from '../iproute2/names.ts';
import { dsfield, integer, ipProtocol, parseInteger, prefix } from '../iproute2/values.ts';

type Draft = { -readonly [Key in keyof Rule]?: Rule[Key] };

/** Reads the whole of a rule, as `ip rule add` and `ip rule del` have it. */
export function parseRule(words: Arguments, mode: 'add' | 'del'): RuleSpec {
  if (words.done) throw new CommandFailure(`"ip rule ${mode}" requires arguments.\n`, 1);
  const draft: Draft = {};
  let decided = false;
  while (!words.done) {
    const word = words.next();
    if (selector(draft, word, words)) continue;
    decided = true;
    if (matches(word, 'table') || word === 'lookup') draft.table = table(words.next());
    else if (matches(word, 'protocol')) {
      decided = false;
      draft.protocol = protocol(words.next());
    } else if (matches(word, 'suppress_prefixlength') || word === 'sup_pl') {
      decided = false;
      draft.suppressPrefixLength = integer(words.next(), 'suppress_prefixlength value is invalid\n');
    } else action(draft, word, words);
  }
  if (!decided && draft.table === undefined && draft.action === undefined && mode === 'add') {
    draft.table = RouteTable.main;
  }
  return draft;
}

/** What a rule looks at; false when the word is none of it. */
function selector(draft: Draft, word: string, words: Arguments): boolean {
  if (word === 'not') draft.invert = true;
  else if (word === 'from') setSource(draft, prefix(words.next()));
  else if (word === 'to') setDestination(draft, prefix(words.next()));
  else if (isPriority(word)) draft.priority = integer(words.next(), 'preference value is invalid\n');
  else if (word === 'tos' || matches(word, 'dsfield')) draft.tos = dsfield(words.next());
  else if (word === 'fwmark') setMark(draft, words.next());
  else if (word === 'dev' || word === 'iif') draft.iif = words.next();
  else if (word === 'oif') draft.oif = words.next();
  else if (word === 'ipproto') draft.protocolNumber = ipProtocol(words.next());
  else if (word === 'sport') draft.sourcePorts = ports(words.next());
  else if (word === 'dport') draft.destinationPorts = ports(words.next());
  else if (['l3mdev', 'uidrange', 'tun_id', 'suppress_ifgroup', 'nat'].includes(word)) {
    throw new NotSupported('ip rule', `"${word}"`);
  } else return false;
  return true;
}

function isPriority(word: string): boolean {
  return ['preference', 'order', 'priority'].some((keyword) => matches(word, keyword));
}

function action(draft: Draft, first: string, words: Arguments): void {
  const word = first === 'type' ? words.next() : first;
  if (matches(word, 'goto')) {
    draft.action = 'goto';
    draft.target = integer(words.next(), 'invalid target\n');
    return;
  }
  if (matches(word, 'nop')) {
    draft.action = 'nop';
    return;
  }
  const type = routeType(word);
  if (type === 'blackhole' || type === 'unreachable' || type === 'prohibit') draft.action = type;
  else if (type === 'unicast') draft.action = 'table';
  else throw invalidArgument('Failed to parse rule type', word);
}

function setSource(draft: Draft, { address, length }: Ipv4Prefix): void {
  draft.source = address;
  draft.sourceLength = length;
}

function setDestination(draft: Draft, { address, length }: Ipv4Prefix): void {
  draft.destination = address;
  draft.destinationLength = length;
}

/** `MARK` or `MARK/MASK`. */
function setMark(draft: Draft, word: string): void {
  const [mark, mask] = word.split('/');
  draft.mark = integer(mark, 'fwmark value is invalid\n') | 0;
  if (mask !== undefined) draft.markMask = integer(mask, 'fwmask value is invalid\n') | 0;
}

/** `PORT` or `LOW-HIGH`. */
function ports(word: string): [number, number] {
  const parts = word.split('-').map((part) => parseInteger(part));
  const [low, high = low] = parts;
  if (parts.length > 2 || low === undefined || high === undefined) {
    throw invalidArgument('invalid port range\n', word);
  }
  return [low & 0xffff, high & 0xffff];
}

function table(word: string): number {
  const number = tables.number(word);
  if (number === undefined) throw invalidArgument('invalid table ID\n', word);
  return number;
}

function protocol(word: string): number {
  const number = protocols.number(word);
  if (number === undefined) throw invalidArgument('"protocol" value is invalid\n', word);
  return number;
}

/** Which rules `ip rule show` and `ip rule flush` mean. */
export function parseRuleSelection(words: Arguments): (rule: Rule) => boolean {
  const draft: Draft = {};
  while (!words.done) {
    const word = words.next();
    if (selector(draft, word, words)) continue;
    if (matches(word, 'table') || word === 'lookup') draft.table = table(words.next());
    else if (matches(word, 'protocol')) draft.protocol = protocol(words.next());
    else setDestination(draft, prefix(word));
  }
  return (rule) => selects(draft, rule);
}

function selects(draft: Draft, rule: Rule): boolean {
  const { source, sourceLength, destination, destinationLength, ...rest } = draft;
  if (!inside(rule.source, rule.sourceLength, source, sourceLength)) return false;
  if (!inside(rule.destination, rule.destinationLength, destination, destinationLength)) return false;
  return (Object.keys(rest) as (keyof typeof rest)[]).every(
    (key) => JSON.stringify(rule[key]) === JSON.stringify(rest[key]),
  );
}

function inside(address: number, length: number, wanted = 0, wantedLength = 0): boolean {
  if (wantedLength === 0) return true;
  return length >= wantedLength && ((address ^ wanted) & prefixMask(wantedLength)) === 0;
}
