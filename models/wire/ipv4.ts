import { readIpv4, readUint16, writeUint16, writeUint32 } from './big-endian.ts';
import { type ChecksumStatus, checksumStatus, internetChecksum } from './internet-checksum.ts';
import type { Ipv4Address } from './ipv4-address.ts';
import { ParseError } from './parse-error.ts';

/**
 * The IPv4 header (RFC 791, 3.1).
 *
 *     0      1     2              4    6              8     9          10         12       16            20
 *     | VIHL | TOS | total length | id | flags offset | TTL | protocol | checksum | source | destination |
 */

/** Bytes of the header without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Protocol numbers (IANA "Protocol Numbers"). */
export const IpProtocol = { icmp: 1, tcp: 6, udp: 17, esp: 50 } as const;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET_MASK = 0x1fff;
/** Where the checksum is in the header. */
export const IPV4_CHECKSUM_OFFSET = 10;

/**
 * What a sender decides. Field names carry `ip` where a record of a whole frame has something else of the
 * short name, so that such a record can be emitted as it is.
 */
export interface Ipv4Fields {
  ipSource: Ipv4Address;
  ipDestination: Ipv4Address;
  /** What follows the header: one of `IpProtocol`, or any other 8-bit value. */
  protocol: number;
  /** Time to live, hops. */
  ttl: number;
  /** Type of service: DSCP (RFC 2474) in the upper six bits, ECN (RFC 3168) in the lower two. */
  tos: number;
  /** Identification: fragments of one datagram share it. */
  ipId: number;
  dontFragment: boolean;
  moreFragments: boolean;
  /** Bytes, a multiple of 8. */
  fragmentOffset: number;
  /** The options as they stand, a multiple of four bytes and at most 40; null for none. */
  options: Uint8Array | null;
}

/** A header that was read. */
export interface Ipv4Header extends Ipv4Fields {
  /** Bytes of header and options. */
  headerLength: number;
  /** Bytes of the whole datagram as the header says. */
  totalLength: number;
  checksum: ChecksumStatus;
}

const TRUNCATED = new ParseError('truncated', 'IPv4 packet shorter than its header');
const BAD_VERSION = new ParseError('unsupported', 'IP version other than 4');
const BAD_HEADER_LENGTH = new ParseError('bad_header_length', 'IPv4 header length below 20 bytes');
const LENGTH_BELOW_HEADER = new ParseError('bad_length', 'IPv4 total length less than its header');
const LENGTH_BEYOND_END = new ParseError('bad_length', 'IPv4 total length beyond the end of the packet');

/** Bytes of the header with these fields. */
export function ipv4HeaderLength(fields: Ipv4Fields): number {
  return fields.options === null ? IPV4_HEADER_LENGTH : IPV4_HEADER_LENGTH + fields.options.length;
}

/**
 * Reads the header at `offset`. A wrong header checksum is no error but a field of the answer. Options are a
 * view of `bytes`.
 *
 * @param end - where the bytes that are there end
 * @param originalEnd - where they would end if nothing had been cut away; beyond `end` for an ICMP quote
 *   (`Number.POSITIVE_INFINITY` when it is not known) and for a capture with a snap length
 */
export function parseIpv4Header(
  bytes: Uint8Array,
  offset: number,
  end: number,
  originalEnd: number = end,
): Ipv4Header | ParseError {
  const available = Math.min(end, bytes.length) - offset;
  if (available < 1) return TRUNCATED;
  if (bytes[offset] >>> 4 !== 4) return BAD_VERSION;
  if (available < IPV4_HEADER_LENGTH) return TRUNCATED;
  const headerLength = (bytes[offset] & 15) * 4;
  if (headerLength < IPV4_HEADER_LENGTH) return BAD_HEADER_LENGTH;
  const totalLength = readUint16(bytes, offset + 2);
  if (totalLength < headerLength) return LENGTH_BELOW_HEADER;
  if (totalLength > originalEnd - offset) return LENGTH_BEYOND_END;
  if (headerLength > available) return TRUNCATED;

  const fragment = readUint16(bytes, offset + 6);
  const headerEnd = offset + headerLength;
  return {
    headerLength,
    tos: bytes[offset + 1],
    totalLength,
    ipId: readUint16(bytes, offset + 4),
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (fragment & FRAGMENT_OFFSET_MASK) * 8,
    ttl: bytes[offset + 8],
    protocol: bytes[offset + 9],
    checksum: checksumStatus(bytes, offset, headerEnd),
    ipSource: readIpv4(bytes, offset + 12),
    ipDestination: readIpv4(bytes, offset + 16),
    options:
      headerLength === IPV4_HEADER_LENGTH ? null : bytes.subarray(offset + IPV4_HEADER_LENGTH, headerEnd),
  };
}

/**
 * Writes a header with its checksum and returns its length.
 *
 * @param totalLength - bytes of header, options and everything behind them
 */
export function emitIpv4(bytes: Uint8Array, offset: number, fields: Ipv4Fields, totalLength: number): number {
  const headerLength = ipv4HeaderLength(fields);
  bytes[offset] = 0x40 | (headerLength >> 2);
  bytes[offset + 1] = fields.tos;
  writeUint16(bytes, offset + 2, totalLength);
  writeUint16(bytes, offset + 4, fields.ipId);
  const flags = (fields.dontFragment ? DONT_FRAGMENT : 0) | (fields.moreFragments ? MORE_FRAGMENTS : 0);
  writeUint16(bytes, offset + 6, flags | (fields.fragmentOffset >> 3));
  bytes[offset + 8] = fields.ttl;
  bytes[offset + 9] = fields.protocol;
  writeUint16(bytes, offset + IPV4_CHECKSUM_OFFSET, 0);
  writeUint32(bytes, offset + 12, fields.ipSource);
  writeUint32(bytes, offset + 16, fields.ipDestination);
  if (fields.options !== null) bytes.set(fields.options, offset + IPV4_HEADER_LENGTH);
  const checksum = internetChecksum(bytes, offset, offset + headerLength);
  writeUint16(bytes, offset + IPV4_CHECKSUM_OFFSET, checksum);
  return headerLength;
}

const ECN_NAMES = ['', ',ECT(1)', ',ECT(0)', ',CE'];

/** The header as `tcpdump -v` prints it in parentheses. */
export function printIpv4(header: Ipv4Header): string {
  const tos = `tos 0x${header.tos.toString(16)}${ECN_NAMES[header.tos & 3]}`;
  const ttl = header.ttl === 0 ? '' : `, ttl ${header.ttl}`;
  const place = `id ${header.ipId}, offset ${header.fragmentOffset}, flags [${printFlags(header)}]`;
  const protocol = `proto ${ipProtocolName(header.protocol)} (${header.protocol})`;
  const options = header.options === null ? '' : `, options (${header.options.length} bytes)`;
  const bad = header.checksum === 'incorrect' ? ', bad cksum!' : '';
  return `(${tos}${ttl}, ${place}, ${protocol}, length ${header.totalLength}${options}${bad})`;
}

function printFlags(header: Ipv4Header): string {
  if (header.moreFragments) return header.dontFragment ? '+, DF' : '+';
  return header.dontFragment ? 'DF' : 'none';
}

function ipProtocolName(protocol: number): string {
  switch (protocol) {
    case IpProtocol.icmp:
      return 'ICMP';
    case IpProtocol.tcp:
      return 'TCP';
    case IpProtocol.udp:
      return 'UDP';
    case IpProtocol.esp:
      return 'ESP';
    default:
      return 'unknown';
  }
}
