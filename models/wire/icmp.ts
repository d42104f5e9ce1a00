import { readIpv4, readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { type ChecksumStatus, checksumStatus, internetChecksum } from './internet-checksum.ts';
import type { Ipv4Address } from './ipv4-address.ts';
import { ParseError } from './parse-error.ts';

/**
 * Internet Control Message Protocol (RFC 792; RFC 1122, 3.2.2; RFC 1191 for the next-hop MTU; RFC 1812, 5.2.7
 * for the later codes).
 *
 *      0      1      2          4        8
 *      | type | code | checksum | word   | data
 *
 * The word is identifier and sequence number, next-hop MTU, gateway or pointer, depending on the type. An
 * error message carries the head of the datagram that it is about.
 */

/** Bytes before the data. */
export const ICMP_HEADER_LENGTH = 8;

export const IcmpType = {
  echoReply: 0,
  destinationUnreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
  timestamp: 13,
  timestampReply: 14,
} as const;

/** Codes of destination unreachable; RFC 1812, 5.2.7.1 has those from 6 on. */
export const UnreachableCode = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  /** Fragmentation needed and DF set. */
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  netUnknown: 6,
  hostUnknown: 7,
  sourceHostIsolated: 8,
  netProhibited: 9,
  hostProhibited: 10,
  netTypeOfService: 11,
  hostTypeOfService: 12,
  /** Communication administratively prohibited, by a filter. */
  communicationProhibited: 13,
  hostPrecedence: 14,
  precedenceCutoff: 15,
} as const;

export const RedirectCode = { net: 0, host: 1, netTypeOfService: 2, hostTypeOfService: 3 } as const;
export const TimeExceededCode = { transit: 0, reassembly: 1 } as const;

export type IcmpMessage =
  | IcmpEcho
  | IcmpUnreachable
  | IcmpTimeExceeded
  | IcmpRedirect
  | IcmpParameterProblem
  | IcmpTimestamp
  | IcmpOther;

/** Ping and its answer. */
export interface IcmpEcho {
  kind: 'echoRequest' | 'echoReply';
  identifier: number;
  sequence: number;
  data: Uint8Array;
}

export interface IcmpUnreachable {
  kind: 'destinationUnreachable';
  /** One of `UnreachableCode`, or any other 8-bit value. */
  code: number;
  /** Bytes; of use with `fragmentationNeeded`, 0 from routers older than RFC 1191. */
  nextHopMtu: number;
  /** The head of the datagram that could not be delivered. */
  datagram: Uint8Array;
}

export interface IcmpTimeExceeded {
  kind: 'timeExceeded';
  code: number;
  datagram: Uint8Array;
}

export interface IcmpRedirect {
  kind: 'redirect';
  code: number;
  /** The better gateway for the datagram's destination. */
  gateway: Ipv4Address;
  datagram: Uint8Array;
}

export interface IcmpParameterProblem {
  kind: 'parameterProblem';
  code: number;
  /** The octet of the datagram where the error was detected. */
  pointer: number;
  datagram: Uint8Array;
}

/** Times are milliseconds since midnight UTC; with the high bit set, in some other unit. */
export interface IcmpTimestamp {
  kind: 'timestamp' | 'timestampReply';
  identifier: number;
  sequence: number;
  originate: number;
  receive: number;
  transmit: number;
}

/** Any other type, kept as it is. */
export interface IcmpOther {
  kind: 'other';
  type: number;
  code: number;
  /** The four bytes behind the checksum, unsigned. */
  word: number;
  data: Uint8Array;
}

/** A message that was read. */
export type ReceivedIcmpMessage = IcmpMessage & { checksum: ChecksumStatus };

const TIMESTAMP_LENGTH = 20;

const TRUNCATED = new ParseError('truncated', 'ICMP message shorter than its header');
const TIMESTAMP_TRUNCATED = new ParseError('truncated', 'ICMP timestamp message shorter than 20 bytes');

/**
 * Reads the message that fills the bytes from `offset` to `end`. A wrong checksum is no error but a field of
 * the answer. Data and quoted datagrams are views of `bytes`.
 *
 * @param originalEnd - where the message would end if nothing had been cut away, as in `parseIpv4Header`
 */
export function parseIcmp(
  bytes: Uint8Array,
  offset: number,
  end: number,
  originalEnd: number = end,
): ReceivedIcmpMessage | ParseError {
  end = Math.min(end, bytes.length);
  if (end - offset < ICMP_HEADER_LENGTH) return TRUNCATED;
  const type = bytes[offset];
  const code = bytes[offset + 1];
  const checksum: ChecksumStatus = end < originalEnd ? 'unverifiable' : checksumStatus(bytes, offset, end);
  const data = bytes.subarray(offset + ICMP_HEADER_LENGTH, end);
  switch (type) {
    case IcmpType.echoRequest:
    case IcmpType.echoReply: {
      const kind = type === IcmpType.echoRequest ? 'echoRequest' : 'echoReply';
      const identifier = readUint16(bytes, offset + 4);
      return { kind, identifier, sequence: readUint16(bytes, offset + 6), data, checksum };
    }
    case IcmpType.destinationUnreachable: {
      const nextHopMtu = readUint16(bytes, offset + 6);
      return { kind: 'destinationUnreachable', code, nextHopMtu, datagram: data, checksum };
    }
    case IcmpType.timeExceeded:
      return { kind: 'timeExceeded', code, datagram: data, checksum };
    case IcmpType.redirect:
      return { kind: 'redirect', code, gateway: readIpv4(bytes, offset + 4), datagram: data, checksum };
    case IcmpType.parameterProblem:
      return { kind: 'parameterProblem', code, pointer: bytes[offset + 4], datagram: data, checksum };
    case IcmpType.timestamp:
    case IcmpType.timestampReply:
      if (end - offset < TIMESTAMP_LENGTH) return TIMESTAMP_TRUNCATED;
      return parseTimestamp(bytes, offset, type, checksum);
    default:
      return { kind: 'other', type, code, word: readUint32(bytes, offset + 4), data, checksum };
  }
}

function parseTimestamp(
  bytes: Uint8Array,
  offset: number,
  type: number,
  checksum: ChecksumStatus,
): ReceivedIcmpMessage {
  return {
    kind: type === IcmpType.timestamp ? 'timestamp' : 'timestampReply',
    identifier: readUint16(bytes, offset + 4),
    sequence: readUint16(bytes, offset + 6),
    originate: readUint32(bytes, offset + 8),
    receive: readUint32(bytes, offset + 12),
    transmit: readUint32(bytes, offset + 16),
    checksum,
  };
}

/**
 * Writes a header with checksum 0 and returns its length; `finishIcmpChecksum` fills the checksum in when the
 * data stand behind it.
 *
 * @param word - the four bytes behind the checksum, signed or unsigned
 */
export function emitIcmp(
  bytes: Uint8Array,
  offset: number,
  type: number,
  code: number,
  word: number,
): number {
  bytes[offset] = type;
  bytes[offset + 1] = code;
  writeUint16(bytes, offset + 2, 0);
  writeUint32(bytes, offset + 4, word);
  return ICMP_HEADER_LENGTH;
}

/** Writes the checksum of the message of `length` bytes at `offset`, all of them there. */
export function finishIcmpChecksum(bytes: Uint8Array, offset: number, length: number): void {
  writeUint16(bytes, offset + 2, 0);
  writeUint16(bytes, offset + 2, internetChecksum(bytes, offset, offset + length));
}

/** Writes a whole message with its checksum and returns its length. */
export function emitIcmpMessage(bytes: Uint8Array, offset: number, message: IcmpMessage): number {
  const [type, code, word] = headerOf(message);
  emitIcmp(bytes, offset, type, code, word);
  let length = ICMP_HEADER_LENGTH;
  if ('originate' in message) {
    writeUint32(bytes, offset + 8, message.originate);
    writeUint32(bytes, offset + 12, message.receive);
    writeUint32(bytes, offset + 16, message.transmit);
    length = TIMESTAMP_LENGTH;
  } else {
    const data = 'data' in message ? message.data : message.datagram;
    bytes.set(data, offset + ICMP_HEADER_LENGTH);
    length += data.length;
  }
  finishIcmpChecksum(bytes, offset, length);
  return length;
}

function headerOf(message: IcmpMessage): [type: number, code: number, word: number] {
  switch (message.kind) {
    case 'other':
      return [message.type, message.code, message.word];
    case 'destinationUnreachable':
      return [IcmpType.destinationUnreachable, message.code, message.nextHopMtu];
    case 'timeExceeded':
      return [IcmpType.timeExceeded, message.code, 0];
    case 'redirect':
      return [IcmpType.redirect, message.code, message.gateway];
    case 'parameterProblem':
      return [IcmpType.parameterProblem, message.code, message.pointer << 24];
    default:
      return [IcmpType[message.kind], 0, (message.identifier << 16) | message.sequence];
  }
}
