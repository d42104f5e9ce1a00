import { formatIpv4, formatPrefix, type Ipv4Address, type Ipv4Prefix } from '../../wire/ipv4-address.ts';

/**
 * Addresses from `start` up to `end`, without that one. Both are unsigned: 2^32 is the end of all addresses,
 * and differences are sizes.
 */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** As ranges have it. */
export function unsigned(address: Ipv4Address): number {
  return address >>> 0;
}

/** As podwire keeps addresses. */
export function signed(address: number): Ipv4Address {
  return address | 0;
}

/** All addresses of a subnet. */
export function subnetRange({ address, length }: Ipv4Prefix): AddressRange {
  const start = unsigned(address);
  return { start, end: start + 2 ** (32 - length) };
}

/** Those of a subnet that hosts may have: all but the first and the last (RFC 1122, 3.2.1.3). */
export function hostRange(subnet: Ipv4Prefix): AddressRange {
  const { start, end } = subnetRange(subnet);
  return { start: start + 1, end: Math.max(start + 1, end - 1) };
}

export function rangeSize({ start, end }: AddressRange): number {
  return end - start;
}

export function rangeContains({ start, end }: AddressRange, address: number): boolean {
  return start <= address && address < end;
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.start < b.end && b.start < a.end;
}

/** `10.32.0.0-10.47.255.255`. */
export function formatRange({ start, end }: AddressRange): string {
  return `${formatIpv4(signed(start))}-${formatIpv4(signed(end - 1))}`;
}

/** `10.32.0.0/12` where the size is a power of two, else as `formatRange` (Weave: `AsCIDRString`). */
export function formatAsSubnet(range: AddressRange): string {
  const bits = Math.log2(rangeSize(range));
  if (!Number.isInteger(bits)) return formatRange(range);
  return formatPrefix({ address: signed(range.start), length: 32 - bits });
}

/**
 * The largest aligned block of a power of two in a range that isn't empty; of two, the lower one (Weave:
 * `BiggestCIDRRange`).
 */
export function biggestAlignedBlock({ start, end }: AddressRange): AddressRange {
  let size = 2 ** Math.floor(Math.log2(end - start));
  // A block of half that size always fits: a range of at least twice its size can't miss all of its
  // boundaries.
  if (alignUp(start, size) + size > end) size /= 2;
  const aligned = alignUp(start, size);
  return { start: aligned, end: aligned + size };
}

function alignUp(address: number, size: number): number {
  return Math.ceil(address / size) * size;
}

/** The fewest subnets that make up a range, in ascending order (Weave: `CIDRs`). */
export function subnetsOf({ start, end }: AddressRange): Ipv4Prefix[] {
  const subnets: Ipv4Prefix[] = [];
  for (let at = start; at < end; ) {
    let size = 1;
    while (size < 2 ** 32 && at % (2 * size) === 0 && at + 2 * size <= end) size *= 2;
    subnets.push({ address: signed(at), length: 32 - Math.log2(size) });
    at += size;
  }
  return subnets;
}
