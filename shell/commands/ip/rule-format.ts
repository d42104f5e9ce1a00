import { RouteProtocol } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import type { Rule } from '../../../models/netns/routing/fib-rules.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { Entry } from '../iproute2/entry.ts';
import { protocols, tables } from '../iproute2/names.ts';
import { ipProtocolName } from '../iproute2/values.ts';

/** A rule as `ip rule` prints it. */
export function ruleEntry(rule: Rule, namespace: NetworkNamespace, details: boolean): Entry {
  const entry = new Entry().field('priority', rule.priority, `${rule.priority}:\t`);
  if (rule.invert) entry.field('not', null, 'not ');
  addSelectors(entry, rule, namespace);
  addAction(entry, rule, namespace);
  if (rule.protocol !== RouteProtocol.unspec && rule.protocol !== RouteProtocol.kernel) {
    addProtocol(entry, rule);
  } else if (details) addProtocol(entry, rule);
  return entry;
}

function addProtocol(entry: Entry, rule: Rule): void {
  const name = protocols.name(rule.protocol);
  entry.field('protocol', name, ` proto ${name}`);
}

function addSelectors(entry: Entry, rule: Rule, namespace: NetworkNamespace): void {
  addPrefix(entry, 'src', 'from', rule.source, rule.sourceLength, '');
  if (rule.destinationLength > 0) {
    addPrefix(entry, 'dst', 'to', rule.destination, rule.destinationLength, ' ');
  }
  if (rule.tos !== 0) {
    const tos = `0x${rule.tos.toString(16).padStart(2, '0')}`;
    entry.field('tos', tos, ` tos ${tos}`);
  }
  addMark(entry, rule);
  addDevice(entry, 'iif', rule.iif, namespace);
  addDevice(entry, 'oif', rule.oif, namespace);
  if (rule.protocolNumber !== 0) {
    const name = ipProtocolName(rule.protocolNumber);
    entry.field('ipproto', name, ` ipproto ${name}`);
  }
  addPorts(entry, 'sport', rule.sourcePorts);
  addPorts(entry, 'dport', rule.destinationPorts);
}

function addPrefix(
  entry: Entry,
  key: 'src' | 'dst',
  word: string,
  address: number,
  length: number,
  before: string,
): void {
  const text = length === 0 ? 'all' : formatIpv4(address);
  const slash = length === 0 || length === 32 ? '' : `/${length}`;
  entry.field(key, text, `${before}${word} ${text}${slash}`);
  if (slash !== '') entry.member(`${key}len`, length);
}

function addMark(entry: Entry, rule: Rule): void {
  if (rule.mark === 0 && rule.markMask === 0) return;
  const mark = hexadecimal(rule.mark);
  entry.field('fwmark', mark, ` fwmark ${mark}`);
  if (rule.markMask === -1) return;
  const mask = hexadecimal(rule.markMask);
  entry.field('fwmask', mask, `/${mask}`);
}

/** printf's `%#x` */
function hexadecimal(value: number): string {
  return value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`;
}

function addDevice(
  entry: Entry,
  key: 'iif' | 'oif',
  name: string | undefined,
  namespace: NetworkNamespace,
): void {
  if (name === undefined) return;
  entry.field(key, name, ` ${key} ${name}`);
  if (namespace.link(name) === undefined) entry.field(`${key}_detached`, null, ' [detached]');
}

function addPorts(
  entry: Entry,
  key: 'sport' | 'dport',
  range: readonly [low: number, high: number] | undefined,
): void {
  if (range === undefined) return;
  const [low, high] = range;
  if (low === high) entry.field(key, low, ` ${key} ${low}`);
  else entry.words(` ${key} ${low}-${high}`).member(`${key}_start`, low).member(`${key}_end`, high);
}

function addAction(entry: Entry, rule: Rule, namespace: NetworkNamespace): void {
  switch (rule.action) {
    case 'table': {
      const name = tables.name(rule.table);
      entry.field('table', name, ` lookup ${name}`);
      if (rule.suppressPrefixLength >= 0) {
        const length = rule.suppressPrefixLength;
        entry.field('suppress_prefixlen', length, ` suppress_prefixlength ${length}`);
      }
      break;
    }
    case 'goto': {
      entry.field('goto', rule.target, ` goto ${rule.target}`);
      const resolved = namespace.rules().some(({ priority }) => priority === rule.target);
      if (!resolved) entry.field('unresolved', null, ' [unresolved]');
      break;
    }
    case 'nop':
      entry.field('nop', null, ' nop');
      break;
    default:
      entry.field('action', rule.action, ` ${rule.action}`);
  }
}
