import type { AddressMatch, Range } from '../../../models/netfilter/control-types.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../../models/wire/ipv4-address.ts';
import { resolveHost } from '../../resolve-host.ts';
import { parameterProblem } from './errors.ts';
import { serviceNumber } from './services.ts';

export const ALL_ONES = 0xffffffff;

/** strtoul(3) with base 0 over the whole of a word, between limits; undefined when it is no such number. */
export function parseNumber(text: string, maximum = ALL_ONES, minimum = 0): number | undefined {
  const number = /^0x[\da-f]+$/i.test(text)
    ? Number.parseInt(text.slice(2), 16)
    : /^0[0-7]+$/.test(text)
      ? Number.parseInt(text, 8)
      : /^(0|[1-9]\d*)$/.test(text)
        ? Number(text)
        : undefined;
  return number !== undefined && number >= minimum && number <= maximum ? number : undefined;
}

/** A whole number of an extension's option. */
export function integerOption(owner: string, option: string, text: string, maximum = ALL_ONES, minimum = 0) {
  const number = parseNumber(text, maximum, minimum);
  if (number !== undefined) return number;
  throw parameterProblem(
    `${owner}: bad value for option "--${option}", or out of range (${minimum}-${maximum}).\n`,
  );
}

/** `value` or `value/mask`. */
export function markOption(owner: string, option: string, text: string): { value: number; mask: number } {
  const [valueText, maskText, ...rest] = text.split('/');
  const value = parseNumber(valueText);
  const mask = maskText === undefined ? ALL_ONES : parseNumber(maskText);
  if (value !== undefined && mask !== undefined && rest.length === 0) return { value, mask };
  throw parameterProblem(`${owner}: bad integer value for option "--${option}", or out of range.\n`);
}

export function hexadecimal(number: number): string {
  return `0x${(number >>> 0).toString(16)}`;
}

/** `0x4000/0x4000`, without the mask when it is all ones. */
export function formatMark({ value, mask }: { value: number; mask: number }): string {
  return mask === ALL_ONES ? hexadecimal(value) : `${hexadecimal(value)}/${hexadecimal(mask)}`;
}

/**
 * A list of addresses, networks or names, `10.0.0.0/8,10.1.2.3`: addresses without the bits outside of their
 * masks.
 */
export function parseAddresses(text: string, hosts: ReadonlyMap<string, Ipv4Address>): AddressMatch[] {
  return text.split(',').map((item) => {
    const slash = item.indexOf('/');
    const mask = slash < 0 ? ALL_ONES : parseMask(item.slice(slash + 1));
    const name = slash < 0 ? item : item.slice(0, slash);
    const address = parseNetwork(name) ?? resolveHost(hosts, name);
    if (address === undefined) throw parameterProblem(`host/network \`${name}' not found`);
    return { address: (address & mask) >>> 0, mask };
  });
}

/** A dotted quad of which the end may be missing: `10` is 10.0.0.0. */
function parseNetwork(text: string): Ipv4Address | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(text)) return undefined;
  const missing = 4 - text.split('.').length;
  return parseIpv4(text + '.0'.repeat(missing));
}

/** A dotted quad of an option that libxtables reads; where there is no DNS, names are not found. */
export function hostOption(text: string, hosts: ReadonlyMap<string, Ipv4Address>): Ipv4Address {
  const address = resolveHost(hosts, text);
  if (address === undefined) throw parameterProblem('getaddrinfo: Temporary failure in name resolution\n');
  return address >>> 0;
}

export function parseMask(text: string): number {
  const length = parseNumber(text, 32);
  const mask = length === undefined ? parseIpv4(text) : maskOfLength(length);
  if (mask === undefined) throw parameterProblem(`invalid mask \`${text}' specified`);
  return mask >>> 0;
}

function maskOfLength(length: number): number {
  return length === 0 ? 0 : (ALL_ONES << (32 - length)) >>> 0;
}

/** `/24`, or `/255.0.255.0` for a mask that is no prefix; nothing for a single host. */
export function formatMask(mask: number): string {
  if (mask === ALL_ONES) return '';
  const length = Math.clz32(~mask);
  return `/${maskOfLength(length) === mask >>> 0 ? length : formatIpv4(mask)}`;
}

/** A port by its number or its name in services(5). */
export function parsePort(text: string, protocol: number | undefined): number {
  const port = parseNumber(text, 0xffff) ?? serviceNumber(text, protocol);
  if (port === undefined) throw parameterProblem(`invalid port/service \`${text}' specified`);
  return port;
}

/** `80`, `80:90`, `:90`, `80:`. */
export function parsePortRange(text: string, protocol: number | undefined): Range {
  const colon = text.indexOf(':');
  if (colon < 0) {
    const port = parsePort(text, protocol);
    return { first: port, last: port };
  }
  const [from, to] = [text.slice(0, colon), text.slice(colon + 1)];
  const first = from === '' ? 0 : parsePort(from, protocol);
  const last = to === '' ? 0xffff : parsePort(to, protocol);
  if (first > last) throw parameterProblem('invalid portrange (min > max)');
  return { first, last };
}

export function formatRange({ first, last }: Range, separator = ':'): string {
  return first === last ? String(first) : `${first}${separator}${last}`;
}

/** Strings as xtables_save_string quotes them, with a blank before. */
export function savedString(text: string): string {
  return /^[\w-]+$/.test(text) ? ` ${text}` : ` "${text.replace(/["\\']/g, '\\$&')}"`;
}
