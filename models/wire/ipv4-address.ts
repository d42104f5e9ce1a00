/**
 * IPv4 addresses are signed 32-bit integers inside podwire (`10.0.0.1` is 0x0a000001, addresses from
 * 128.0.0.0 up are negative): such integers need no allocation in V8. Compare order with `>>> 0`.
 */
export type Ipv4Address = number;

/** Parses dotted-quad text; undefined when it is not four decimal numbers from 0 to 255. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (let part = 1; part <= 4; part++) {
    const octet = Number(match[part]);
    if (octet > 255) return undefined;
    value = (value << 8) | octet;
  }
  return value | 0;
}

/** Dotted-quad text of an address. */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The netmask of a prefix length from 0 to 32. */
export function prefixMask(length: number): number {
  return length === 0 ? 0 : (-1 << (32 - length)) | 0;
}

/** An address with its prefix length, as in `10.244.1.0/24`. */
export interface Ipv4Prefix {
  address: Ipv4Address;
  length: number;
}

/** Parses `a.b.c.d/n`, or `a.b.c.d` as a /32; undefined when it is neither. Host bits are kept. */
export function parsePrefix(text: string): Ipv4Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { address, length: 32 };
  const lengthText = text.slice(slash + 1);
  if (!/^\d{1,2}$/.test(lengthText) || Number(lengthText) > 32) return undefined;
  return { address, length: Number(lengthText) };
}

export function formatPrefix(prefix: Ipv4Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}

export function isMulticast(address: Ipv4Address): boolean {
  return address >>> 28 === 0xe;
}

export function isLoopback(address: Ipv4Address): boolean {
  return address >>> 24 === 127;
}
