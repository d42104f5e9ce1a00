import type { Ipv4Address } from './ipv4-address.ts';

/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words, as used
 * by IPv4, ICMP, UDP and TCP.
 */

/** What a receiver finds out about a checksum. */
export type ChecksumStatus =
  | 'correct'
  | 'incorrect'
  /** The sender made none (UDP checksum 0). */
  | 'absent'
  /** Not all the bytes that it covers are there: a fragment, a quote in an ICMP error, a cut capture. */
  | 'unverifiable';

/** So many bytes add up to less than 2^31 on top of a folded sum: small integers all through. */
const BLOCK_LENGTH = 32_768;

/**
 * Sum of the 16-bit words from `start` to `end`, folded to 16 bits. An odd last byte counts as the high half
 * of a word. To sum several pieces, give each the sum of those before it; all but the last must have even
 * length.
 */
export function checksumSum(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  let offset = start;
  while (end - offset >= 2) {
    const blockEnd = Math.min(end - 1, offset + BLOCK_LENGTH);
    for (; offset < blockEnd; offset += 2) sum += (bytes[offset] << 8) | bytes[offset + 1];
    sum = foldSum(sum);
  }
  if (offset < end) sum += bytes[offset] << 8;
  return foldSum(sum);
}

/** Adds the carries of a sum below 2^32 back in until 16 bits remain. */
export function foldSum(sum: number): number {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** The checksum of the bytes from `start` to `end`; 0 when they hold their own correct checksum. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  return ~checksumSum(bytes, start, end, sum) & 0xffff;
}

/**
 * Sum of the pseudo header that UDP (RFC 768) and TCP (RFC 9293, 3.1) put before the segment.
 *
 * @param length - bytes of the segment, header and data
 */
export function pseudoHeaderSum(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  length: number,
): number {
  const addresses = (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
  return foldSum(addresses + protocol + length);
}

/**
 * The checksum after one 16-bit word of what it covers changed, without looking at the rest (RFC 1624, eqn.
 * 3): what a router does when it decrements the TTL, and NAT when it rewrites an address.
 */
export function updateChecksum(checksum: number, oldWord: number, newWord: number): number {
  return ~foldSum((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff;
}

/** The checksum after a 32-bit word, such as an address, changed. */
export function updateChecksum32(checksum: number, oldWord: number, newWord: number): number {
  const half = updateChecksum(checksum, oldWord >>> 16, newWord >>> 16);
  return updateChecksum(half, oldWord & 0xffff, newWord & 0xffff);
}

/** Tells whether the bytes from `start` to `end` hold their own correct checksum. */
export function checksumStatus(bytes: Uint8Array, start: number, end: number, sum = 0): ChecksumStatus {
  return internetChecksum(bytes, start, end, sum) === 0 ? 'correct' : 'incorrect';
}
