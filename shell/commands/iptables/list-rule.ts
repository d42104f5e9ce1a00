import type { AddressMatch, InterfaceMatch, RuleView } from '../../../models/netfilter/control-types.ts';
import { formatIpv4, type Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { hostName } from '../../resolve-host.ts';
import { matchExtension } from './matches/index.ts';
import { printedMatches } from './printed-matches.ts';
import { protocolName } from './services.ts';
import { targetExtension } from './targets/index.ts';
import { formatMask } from './values.ts';

export interface ListStyle {
  /** With counters and interfaces. */
  verbose: boolean;
  numeric: boolean;
  /** Counters in full. */
  exact: boolean;
  lineNumbers: boolean;
  /** Names for addresses; they show where `numeric` is false. */
  hosts: ReadonlyMap<string, Ipv4Address>;
}

/** networks(5) as Debian ships it. */
const NETWORKS: ReadonlyMap<Ipv4Address, string> = new Map([
  [0x00000000, 'default'],
  [0x7f000000, 'loopback'],
  [0xa9fe0000, 'link-local'],
]);
const LOOPBACK: Ipv4Address = 0x7f000001;

/** A row of `iptables -L`. */
export function listRule(rule: RuleView, number: number, style: ListStyle): string {
  const { verbose, numeric } = style;
  const any = numeric ? '*' : 'any';
  const { protocol } = rule;
  const name = protocol === undefined ? 0 : protocol.number;
  return (
    (style.lineNumbers ? `${String(number).padEnd(4)} ` : '') +
    (verbose ? counter(rule.packets, style.exact) + counter(rule.bytes, style.exact) : '') +
    `${targetName(rule).padEnd(9)} ` +
    (protocol?.not === true ? '!' : ' ') +
    `${(numeric ? String(name) : protocolName(name)).padEnd(4)} ` +
    `${fragmentWord(rule)} ` +
    (verbose ? ` ${ifaceWord(rule.inInterface, any)} ${ifaceWord(rule.outInterface, any)} ` : '') +
    address(rule.source, style) +
    address(rule.destination, style) +
    details(rule, numeric) +
    '\n'
  );
}

/** What `-v` says of a rule that it appends, inserts, replaces, deletes or checks. */
export function echoRule(rule: RuleView): string {
  const { protocol } = rule;
  const side = (spec: AddressMatch | undefined) => `${spec?.not === true ? '!' : ' '}${numericWord(spec)} `;
  return (
    `${targetName(rule)} ` +
    (protocol?.not === true ? '!' : ' ') +
    `${protocolName(protocol?.number ?? 0)} opt ${fragmentWord(rule)} ` +
    `in ${ifaceWord(rule.inInterface, '*').trimEnd()} out ${ifaceWord(rule.outInterface, '*').trimEnd()} ` +
    `${side(rule.source)} ->${side(rule.destination)} ${details(rule, true)}\n`
  );
}

function targetName({ target }: RuleView): string {
  if (target === undefined) return '';
  if (target.target === 'chain') return target.chain;
  // the old spelling of CT is a version of it
  return target.target === 'CT' ? 'CT' : targetExtension(target)!.name;
}

function fragmentWord({ fragment }: RuleView): string {
  if (fragment === undefined) return '--';
  return fragment.not === true ? '!f' : '-f';
}

function ifaceWord(spec: InterfaceMatch | undefined, any: string): string {
  if (spec === undefined) return any.padEnd(6);
  return `${spec.not === true ? '!' : ''}${spec.name}`.padEnd(6);
}

function address(spec: AddressMatch | undefined, style: Pick<ListStyle, 'numeric' | 'hosts'>): string {
  const word = style.numeric ? numericWord(spec) : named(spec, style.hosts);
  return `${spec?.not === true ? '!' : ' '}${word.padEnd(19)} `;
}

function numericWord(spec: AddressMatch | undefined): string {
  return spec === undefined ? '0.0.0.0/0' : formatIpv4(spec.address) + formatMask(spec.mask);
}

function named(spec: AddressMatch | undefined, hosts: ListStyle['hosts']): string {
  if (spec === undefined) return 'anywhere';
  const address = spec.address >>> 0;
  const name = hostName(hosts, spec.address) ?? (address === LOOPBACK ? 'localhost' : NETWORKS.get(address));
  return name === undefined ? numericWord(spec) : name + formatMask(spec.mask);
}

function details(rule: RuleView, numeric: boolean): string {
  const { target } = rule;
  const goto = target?.target === 'chain' && target.goto === true ? '[goto] ' : '';
  const matches = printedMatches(rule.matches).map((spec) =>
    matchExtension(spec).list(spec, numeric, rule.protocol?.number),
  );
  const options = target === undefined ? undefined : targetExtension(target)?.list(target, numeric);
  return goto + matches.join('') + (options ?? '');
}

const UNITS = ['K', 'M', 'G', 'T'];
const PLAIN = 99_999;
const SHORT = 9_999;

/** A counter in a column, with its blank. */
function counter(number: number, exact: boolean): string {
  return `${exact ? String(number).padStart(8) : kilo(number).padStart(5)} `;
}

/** `1235K`, `10M`: rounded step by step, as xtables_print_num does. */
export function kilo(number: number): string {
  if (number <= PLAIN) return String(number);
  let rest = number;
  for (const unit of UNITS) {
    rest = Math.floor((rest + 500) / 1000);
    if (rest <= SHORT || unit === 'T') return `${rest}${unit}`;
  }
  return String(rest);
}
