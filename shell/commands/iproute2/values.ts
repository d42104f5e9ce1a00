import {
  type Ipv4Address,
  type Ipv4Prefix,
  parseIpv4,
  prefixMask,
} from '../../../models/wire/ipv4-address.ts';
import type { MacAddress } from '../../../models/wire/mac-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { garbageArgument, invalidArgument } from './arguments.ts';

/** What a word has to be an address of; `any` as long as no other argument has said. */
export type Family = 'any' | 'inet';

/**
 * strtol(3) with base 0: decimal, `0x` hexadecimal, leading-zero octal; undefined when anything else is in
 * the word.
 */
export function parseInteger(word: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(word);
  if (match === null) return undefined;
  const digits = match[2];
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return match[1] === '-' ? -value : value;
}

/** An integer from `minimum` to `maximum`; the reason is part of the error. */
export function integer(word: string, reason: string, minimum = 0, maximum = 0xffffffff): number {
  const value = parseInteger(word);
  if (value === undefined || value < minimum || value > maximum) throw invalidArgument(reason, word);
  return value;
}

/** `a.b.c.d` or the beginning of it (`10.2` is 10.2.0.0); undefined for anything else. */
function partialIpv4(word: string): Ipv4Address | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(word)) return undefined;
  const missing = 3 - (word.match(/\./g)?.length ?? 0);
  return parseIpv4(word + '.0'.repeat(missing));
}

/** An IPv4 prefix, with `default`, `any` and `all` for 0/0 and netmasks as well as lengths. */
export function prefix(word: string, family: Family = 'any'): Ipv4Prefix {
  if (word === 'default' || word === 'any' || word === 'all') return { address: 0, length: 0 };
  refuseIpv6(word);
  const [addressText, lengthText, ...more] = word.split('/');
  const address = partialIpv4(addressText);
  const length = lengthText === undefined ? 32 : prefixLength(lengthText);
  if (address === undefined || length === undefined || more.length > 0) {
    const kind = family === 'any' ? 'any valid' : family;
    throw new CommandFailure(`Error: ${kind} prefix is expected rather than "${word}".\n`, 1);
  }
  return { address, length };
}

function prefixLength(text: string): number | undefined {
  const length = parseInteger(text);
  if (length !== undefined) return length >= 0 && length <= 32 ? length : undefined;
  const mask = parseIpv4(text);
  if (mask === undefined) return undefined;
  const ones = Math.clz32(~mask);
  return prefixMask(ones) === mask ? ones : undefined;
}

export function address(word: string, family: Family = 'any'): Ipv4Address {
  refuseIpv6(word);
  const value = partialIpv4(word);
  if (value === undefined) {
    const kind = family === 'any' ? 'any valid' : family;
    throw new CommandFailure(`Error: ${kind} address is expected rather than "${word}".\n`, 1);
  }
  return value;
}

function refuseIpv6(word: string): void {
  if (/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(\/\d+)?$/.test(word) && word.split(':').length > 2) {
    throw new NotSupported('ip', 'IPv6');
  }
}

/**
 * The bytes of a link-layer address as iproute2 reads them: hexadecimal, with what follows a number ignored.
 */
function linkLayerBytes(word: string): number[] {
  return word.split(':').map((part) => {
    const digits = /^(?:0[xX])?([0-9a-fA-F]+)/.exec(part)?.[1];
    const value = Number.parseInt(digits ?? '', 16);
    if (digits === undefined || value > 255) throw new CommandFailure(`"${part}" is invalid lladdr.\n`, 1);
    return value;
  });
}

/** An Ethernet address; `wrongLength` is thrown when the word has more or fewer than six bytes. */
export function macAddress(word: string, wrongLength: (length: number) => Error): MacAddress {
  const bytes = linkLayerBytes(word);
  if (bytes.length !== 6) throw wrongLength(bytes.length);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export function onOff(key: string, word: string): boolean {
  if (word === 'on') return true;
  if (word === 'off') return false;
  // iproute2 returns -EINVAL from main, which the shell sees as 256 - 22
  throw new CommandFailure(`Error: argument of "${key}" must be one of "off", "on", not "${word}"\n`, 234);
}

/** Refuses a second value for a key. */
export function once<T>(present: T | undefined, key: string, word: string): void {
  if (present !== undefined) throw garbageArgument(key, word);
}

/** TOS or DSCP: a number from 0 to 255, hexadecimal with or without prefix (iproute2's `rtnl_dsfield_a2n`). */
export function dsfield(word: string): number {
  const value = /^(0[xX])?[0-9a-fA-F]+$/.test(word) ? Number.parseInt(word, 16) : undefined;
  if (value === undefined || value > 255) throw invalidArgument('TOS value is invalid\n', word);
  return value;
}

/** Protocols of /etc/protocols that have been seen in rules. */
const IP_PROTOCOLS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    icmp: 1,
    igmp: 2,
    ipip: 4,
    tcp: 6,
    udp: 17,
    gre: 47,
    esp: 50,
    ah: 51,
    ospf: 89,
    sctp: 132,
  }),
);

/** An IP protocol by name or number. */
export function ipProtocol(word: string): number {
  const value = IP_PROTOCOLS.get(word) ?? parseInteger(word);
  if (value === undefined || value < 0 || value > 255) {
    throw invalidArgument('Invalid "ipproto" value\n', word);
  }
  return value;
}

/** Its name, or `ipproto-N`. */
export function ipProtocolName(number: number): string {
  for (const [name, value] of IP_PROTOCOLS) if (value === number) return name;
  return `ipproto-${number}`;
}
