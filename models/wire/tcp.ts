import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import {
  type ChecksumStatus,
  checksumStatus,
  internetChecksum,
  pseudoHeaderSum,
} from './internet-checksum.ts';
import { IpProtocol } from './ipv4.ts';
import { formatIpv4, type Ipv4Address } from './ipv4-address.ts';
import { isParseError, ParseError } from './parse-error.ts';
import { parseTcpOptions, printTcpOptions } from './tcp-options.ts';

/** The TCP header (RFC 9293, 3.1). */

/** Bytes of the header without options. */
export const TCP_HEADER_LENGTH = 20;

/** Control bits. */
export const TcpFlag = {
  fin: 0x001,
  syn: 0x002,
  rst: 0x004,
  psh: 0x008,
  ack: 0x010,
  urg: 0x020,
  /** ECN-Echo and Congestion Window Reduced (RFC 3168). */
  ece: 0x040,
  cwr: 0x080,
  /** Accurate ECN (RFC 9768); once the nonce sum. */
  ae: 0x100,
} as const;

const FLAGS_MASK = 0x1ff;
const CHECKSUM_OFFSET = 16;

/** What a sender decides, ports apart. */
export interface TcpFields {
  /** Sequence number of the first byte of data, or of the SYN; 32 bits. */
  sequence: number;
  /** Acknowledgement number; of use with the ACK flag. */
  acknowledgement: number;
  /** Sum of `TcpFlag` bits. */
  flags: number;
  /** As on the wire, not scaled. */
  window: number;
  /** @defaultValue 0 */
  urgentPointer?: number;
  /** The options as they stand, a multiple of four bytes and at most 40; see `parseTcpOptions`. */
  options: Uint8Array;
}

/** A header that was read. */
export interface TcpHeader extends TcpFields {
  sourcePort: number;
  destinationPort: number;
  urgentPointer: number;
  /** Bytes of header and options. */
  headerLength: number;
  checksum: ChecksumStatus;
}

const TRUNCATED = new ParseError('truncated', 'TCP segment shorter than its header');
const BAD_DATA_OFFSET = new ParseError('bad_header_length', 'TCP header length below 20 bytes');

/**
 * Reads the header of the segment that fills the bytes from `offset` to `end`. A wrong checksum is no error
 * but a field of the answer. Options are a view of `bytes`.
 *
 * @param source - of the IPv4 header, as `destination`, for the pseudo header
 * @param originalEnd - where the segment would end if nothing had been cut away, as in `parseIpv4Header`
 */
export function parseTcp(
  bytes: Uint8Array,
  offset: number,
  end: number,
  source: Ipv4Address,
  destination: Ipv4Address,
  originalEnd: number = end,
): TcpHeader | ParseError {
  end = Math.min(end, bytes.length);
  if (end - offset < TCP_HEADER_LENGTH) return TRUNCATED;
  const headerLength = (bytes[offset + 12] >>> 4) * 4;
  if (headerLength < TCP_HEADER_LENGTH) return BAD_DATA_OFFSET;
  if (end - offset < headerLength) return TRUNCATED;
  let checksum: ChecksumStatus = 'unverifiable';
  if (end >= originalEnd) {
    const sum = pseudoHeaderSum(source, destination, IpProtocol.tcp, end - offset);
    checksum = checksumStatus(bytes, offset, end, sum);
  }
  return {
    sourcePort: readUint16(bytes, offset),
    destinationPort: readUint16(bytes, offset + 2),
    sequence: readUint32(bytes, offset + 4),
    acknowledgement: readUint32(bytes, offset + 8),
    headerLength,
    flags: readUint16(bytes, offset + 12) & FLAGS_MASK,
    window: readUint16(bytes, offset + 14),
    checksum,
    urgentPointer: readUint16(bytes, offset + 18),
    options: bytes.subarray(offset + TCP_HEADER_LENGTH, offset + headerLength),
  };
}

/**
 * Writes a header with checksum 0 and returns its length; `finishTcpChecksum` fills the checksum in when the
 * data stand behind it.
 */
export function emitTcp(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  fields: TcpFields,
): number {
  const headerLength = TCP_HEADER_LENGTH + fields.options.length;
  writeUint16(bytes, offset, sourcePort);
  writeUint16(bytes, offset + 2, destinationPort);
  writeUint32(bytes, offset + 4, fields.sequence);
  writeUint32(bytes, offset + 8, fields.acknowledgement);
  writeUint16(bytes, offset + 12, (headerLength << 10) | (fields.flags & FLAGS_MASK));
  writeUint16(bytes, offset + 14, fields.window);
  writeUint16(bytes, offset + CHECKSUM_OFFSET, 0);
  writeUint16(bytes, offset + 18, fields.urgentPointer ?? 0);
  if (fields.options.length > 0) bytes.set(fields.options, offset + TCP_HEADER_LENGTH);
  return headerLength;
}

/**
 * Writes the checksum of the segment at `offset`.
 *
 * @param length - bytes of header and data, all of them there
 */
export function finishTcpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  source: Ipv4Address,
  destination: Ipv4Address,
): void {
  writeUint16(bytes, offset + CHECKSUM_OFFSET, 0);
  const sum = pseudoHeaderSum(source, destination, IpProtocol.tcp, length);
  writeUint16(bytes, offset + CHECKSUM_OFFSET, internetChecksum(bytes, offset, offset + length, sum));
}

/** In the order in which tcpdump prints them. */
const FLAG_LETTERS: [flag: number, letter: string][] = [
  [TcpFlag.fin, 'F'],
  [TcpFlag.syn, 'S'],
  [TcpFlag.rst, 'R'],
  [TcpFlag.psh, 'P'],
  [TcpFlag.ack, '.'],
  [TcpFlag.urg, 'U'],
  [TcpFlag.ece, 'E'],
  [TcpFlag.cwr, 'W'],
  [TcpFlag.ae, 'e'],
];

/** Flags as tcpdump prints them, as in `S.`, or `none`. */
export function printTcpFlags(flags: number): string {
  const letters = FLAG_LETTERS.filter(([flag]) => (flags & flag) !== 0).map(([, letter]) => letter);
  return letters.length === 0 ? 'none' : letters.join('');
}

/**
 * The segment as `tcpdump -S` prints it (sequence numbers as they are), addresses first; `verbose` adds what
 * it says of the checksum.
 *
 * @param dataLength - bytes behind the header
 */
export function printTcp(
  header: TcpHeader,
  source: Ipv4Address,
  destination: Ipv4Address,
  dataLength: number,
  verbose = false,
): string {
  const { flags, sequence } = header;
  const from = `${formatIpv4(source)}.${header.sourcePort}`;
  const parts = [
    `${from} > ${formatIpv4(destination)}.${header.destinationPort}: Flags [${printTcpFlags(flags)}]`,
  ];
  if (verbose && header.checksum !== 'unverifiable') parts.push(`cksum ${header.checksum}`);
  if (dataLength > 0) parts.push(`seq ${sequence}:${(sequence + dataLength) >>> 0}`);
  else if ((flags & (TcpFlag.syn | TcpFlag.fin | TcpFlag.rst)) !== 0) parts.push(`seq ${sequence}`);
  if ((flags & TcpFlag.ack) !== 0) parts.push(`ack ${header.acknowledgement}`);
  parts.push(`win ${header.window}`);
  if ((flags & TcpFlag.urg) !== 0) parts.push(`urg ${header.urgentPointer}`);
  if (header.options.length > 0) parts.push(`options [${printOptions(header.options)}]`);
  parts.push(`length ${dataLength}`);
  return parts.join(', ');
}

function printOptions(bytes: Uint8Array): string {
  const options = parseTcpOptions(bytes);
  return isParseError(options) ? 'bad opt' : printTcpOptions(options);
}
