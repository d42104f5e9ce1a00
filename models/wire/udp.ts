import { readUint16, writeUint16 } from './big-endian.ts';
import {
  type ChecksumStatus,
  checksumStatus,
  internetChecksum,
  pseudoHeaderSum,
} from './internet-checksum.ts';
import { IpProtocol } from './ipv4.ts';
import { formatIpv4, type Ipv4Address } from './ipv4-address.ts';
import { ParseError } from './parse-error.ts';

/** The UDP header (RFC 768; RFC 1122, 4.1). */

/** Bytes of the header. */
export const UDP_HEADER_LENGTH = 8;

const CHECKSUM_OFFSET = 6;

export interface UdpHeader {
  sourcePort: number;
  destinationPort: number;
  /** Bytes of header and data. */
  length: number;
  checksum: ChecksumStatus;
}

const TRUNCATED = new ParseError('truncated', 'UDP datagram shorter than its header');
const LENGTH_BELOW_HEADER = new ParseError('bad_length', 'UDP length less than its header');
const LENGTH_BEYOND_END = new ParseError('bad_length', 'UDP length beyond the end of the packet');

/**
 * Reads the header at `offset`. A wrong checksum is no error but a field of the answer; it is not verified
 * when bytes that it covers are missing.
 *
 * @param end - where the bytes that are there end
 * @param source - of the IPv4 header, as `destination`, for the pseudo header
 * @param originalEnd - where they would end if nothing had been cut away, as in `parseIpv4Header`; the end of
 *   the whole datagram for a first fragment
 */
export function parseUdp(
  bytes: Uint8Array,
  offset: number,
  end: number,
  source: Ipv4Address,
  destination: Ipv4Address,
  originalEnd: number = end,
): UdpHeader | ParseError {
  const available = Math.min(end, bytes.length) - offset;
  if (available < UDP_HEADER_LENGTH) return TRUNCATED;
  const length = readUint16(bytes, offset + 4);
  if (length < UDP_HEADER_LENGTH) return LENGTH_BELOW_HEADER;
  if (length > originalEnd - offset) return LENGTH_BEYOND_END;
  let checksum: ChecksumStatus;
  if (readUint16(bytes, offset + CHECKSUM_OFFSET) === 0) checksum = 'absent';
  else if (length > available) checksum = 'unverifiable';
  else {
    const sum = pseudoHeaderSum(source, destination, IpProtocol.udp, length);
    checksum = checksumStatus(bytes, offset, offset + length, sum);
  }
  const sourcePort = readUint16(bytes, offset);
  return { sourcePort, destinationPort: readUint16(bytes, offset + 2), length, checksum };
}

/**
 * Writes a header with no checksum (0) and returns its length; `finishUdpChecksum` fills the checksum in when
 * the data stand behind it.
 *
 * @param length - bytes of header and data
 */
export function emitUdp(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): number {
  writeUint16(bytes, offset, sourcePort);
  writeUint16(bytes, offset + 2, destinationPort);
  writeUint16(bytes, offset + 4, length);
  writeUint16(bytes, offset + CHECKSUM_OFFSET, 0);
  return UDP_HEADER_LENGTH;
}

/**
 * Writes the checksum of the datagram at `offset`. A sum that comes out 0 is sent as 0xffff, because 0 says
 * that there is none.
 *
 * @param length - bytes of header and data, all of them there
 */
export function finishUdpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  source: Ipv4Address,
  destination: Ipv4Address,
): void {
  writeUint16(bytes, offset + CHECKSUM_OFFSET, 0);
  const sum = pseudoHeaderSum(source, destination, IpProtocol.udp, length);
  const checksum = internetChecksum(bytes, offset, offset + length, sum);
  writeUint16(bytes, offset + CHECKSUM_OFFSET, checksum === 0 ? 0xffff : checksum);
}

/** The datagram as tcpdump prints it, addresses first; `verbose` adds what it says of the checksum. */
export function printUdp(
  header: UdpHeader,
  source: Ipv4Address,
  destination: Ipv4Address,
  verbose = false,
): string {
  const from = `${formatIpv4(source)}.${header.sourcePort}`;
  const to = `${formatIpv4(destination)}.${header.destinationPort}`;
  const checksum = verbose ? CHECKSUM_TEXT[header.checksum] : '';
  return `${from} > ${to}: ${checksum}UDP, length ${header.length - UDP_HEADER_LENGTH}`;
}

const CHECKSUM_TEXT: Record<ChecksumStatus, string> = {
  correct: '[udp sum ok] ',
  incorrect: '[bad udp cksum!] ',
  absent: '[no cksum] ',
  unverifiable: '',
};
