import type { SetEntrySpec, SetType, SetView } from '../../../models/netfilter/control-types.ts';
import { formatIpv4, type Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { failure, syntaxError } from './errors.ts';
import { formatPort, parsePorts } from './port.ts';
import { address, number } from './values.ts';

/** What a word after `ipset add` stands for. */
export interface ParsedEntry {
  /** Every element, for `add` and `del`. */
  elements: SetEntrySpec[];
  /** As ipset writes it back. */
  text: string;
}

interface AddressRange {
  first: number;
  last: number;
  /** What was given of a network; undefined for a single address and for `FROM-TO`. */
  network?: { base: number; length: number };
}

/** Larger ranges are refused, as the kernel refuses to hold so many elements. */
const MAXIMUM_RANGE = 2 ** 20;

/** Reads an element, a network or a range of them. */
export function parseEntry(
  { type, netmask }: Pick<SetView, 'type' | 'netmask'>,
  text: string,
  hosts: ReadonlyMap<string, Ipv4Address>,
): ParsedEntry {
  if (type === 'list:set') return { elements: [{ set: text }], text };
  const comma = text.indexOf(',');
  if (type !== 'hash:ip,port') {
    if (comma >= 0) {
      throw syntaxError(`Elem separator in ${text}, but settype ${type} supports none.`);
    }
    const range = parseRange(text, hosts);
    return type === 'hash:net' ? networks(range) : addresses(range, netmask ?? 32);
  }
  if (comma < 0) throw syntaxError(`Second element is missing from ${text}.`);
  return withPorts(parseRange(text.slice(0, comma), hosts), text.slice(comma + 1));
}

/** `10.0.0.1`, `10.0.0.0/24`, `10.0.0.1-10.0.0.9`. */
function parseRange(text: string, hosts: ReadonlyMap<string, Ipv4Address>): AddressRange {
  const slash = text.indexOf('/');
  if (slash >= 0) {
    const base = address(text.slice(0, slash), hosts);
    const length = number(text.slice(slash + 1), 0, 32);
    const size = 2 ** (32 - length);
    const first = Math.floor(base / size) * size;
    return { first, last: first + size - 1, network: { base, length } };
  }
  const dash = text.indexOf('-');
  if (dash < 0) {
    const single = address(text, hosts);
    return { first: single, last: single };
  }
  const [from, to] = [address(text.slice(0, dash), hosts), address(text.slice(dash + 1), hosts)];
  return { first: Math.min(from, to), last: Math.max(from, to) };
}

function checkSize({ first, last }: AddressRange): void {
  if (last - first >= MAXIMUM_RANGE) throw failure('Hash is full, cannot add more elements');
}

function addresses(range: AddressRange, netmask: number): ParsedEntry {
  checkSize(range);
  const size = 2 ** (32 - netmask);
  const elements: SetEntrySpec[] = [];
  for (let at = Math.floor(range.first / size) * size; at <= range.last; at += size) {
    elements.push({ address: at });
  }
  return { elements, text: rangeText(range) };
}

function rangeText({ first, last, network }: AddressRange): string {
  if (network !== undefined && network.length < 32) return `${formatIpv4(network.base)}/${network.length}`;
  return first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`;
}

/** The fewest networks that make up the range. */
function networks(range: AddressRange): ParsedEntry {
  if (range.network?.length === 0)
    throw failure('The value of the CIDR parameter of the IP address is invalid');
  const elements: SetEntrySpec[] = [];
  for (let at = range.first; at <= range.last; ) {
    let prefixLength = 32;
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 - 1 <= range.last && prefixLength > 1) {
      size *= 2;
      prefixLength--;
    }
    elements.push({ address: at, prefixLength });
    at += size;
  }
  return { elements, text: rangeText(range) };
}

function withPorts(range: AddressRange, text: string): ParsedEntry {
  checkSize(range);
  const { protocol, first, last } = parsePorts(text);
  const elements: SetEntrySpec[] = [];
  for (let at = range.first; at <= range.last; at++) {
    for (let port = first; port <= last; port++) elements.push({ address: at, protocol, port });
  }
  const end = first === last ? '' : `-${last}`;
  return { elements, text: `${rangeText(range)},${formatPort(protocol, first)}${end}` };
}

/** An element as `ipset list` shows it. */
export function formatElement(type: SetType, entry: SetEntrySpec): string {
  if (type === 'list:set') return entry.set!;
  const text = formatIpv4(entry.address!);
  if (type === 'hash:ip,port') return `${text},${formatPort(entry.protocol!, entry.port!)}`;
  const { prefixLength = 32 } = entry;
  return type === 'hash:ip' || prefixLength === 32 ? text : `${text}/${prefixLength}`;
}

/** By numbers, as `-sorted` sorts. */
export function compareEntries(a: SetEntrySpec, b: SetEntrySpec): number {
  return (
    (a.address ?? 0) - (b.address ?? 0) ||
    (b.prefixLength ?? 32) - (a.prefixLength ?? 32) ||
    (a.protocol ?? 0) - (b.protocol ?? 0) ||
    (a.port ?? 0) - (b.port ?? 0)
  );
}
