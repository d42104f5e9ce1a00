import { hexText, ipv4Text, readUint16, readUint32 } from './bytes.ts';
import { decodeIpv4 } from './decode-ipv4.ts';
import type { DecodeState, IpContext } from './decode-state.ts';
import type { FieldList } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';
import { addTransportChecksum } from './transport-checksum.ts';

const HEADER_LENGTH = 8;
/** Messages that quote a packet: unreachable, source quench, redirect, time exceeded, parameter problem. */
const ERROR_TYPES = new Set([3, 4, 5, 11, 12]);
/** ping puts the time of sending (struct timeval) at the start of the data. */
const TIMEVAL_LENGTH = 16;

/** ICMP (RFC 792); `bytes` has at least 8. */
export function decodeIcmp(state: DecodeState, bytes: Uint8Array, context: IpContext, out: FieldList): void {
  const type = bytes[0];
  const code = bytes[1];
  out.add('icmp.type', type);
  out.add('icmp.code', code);
  if (context.whole !== undefined) {
    addTransportChecksum(context.protocol, context.addresses, context.whole, out);
  }
  if (type === 0 || type === 8) {
    decodeEcho(state, bytes, context, out);
  } else if (ERROR_TYPES.has(type) && bytes.length >= HEADER_LENGTH + 20) {
    addErrorWord(type, code, bytes, out);
    const quoted = bytes.subarray(HEADER_LENGTH);
    decodeIpv4(state, quoted, context.wireLength - HEADER_LENGTH, out.nested('quote.'), true);
  } else {
    out.add('icmp.rest', new OpaqueBytes(bytes.subarray(4), context.wireLength - 4));
  }
}

function decodeEcho(state: DecodeState, bytes: Uint8Array, context: IpContext, out: FieldList): void {
  out.add('icmp.id', state.normaliser.echoId(readUint16(bytes, 4)));
  out.add('icmp.seq', readUint16(bytes, 6));
  const wireLength = context.wireLength - HEADER_LENGTH;
  const data = Uint8Array.from(bytes.subarray(HEADER_LENGTH));
  if (wireLength >= TIMEVAL_LENGTH) data.fill(0, 0, TIMEVAL_LENGTH);
  out.add('icmp.data', new OpaqueBytes(data, wireLength));
}

/** The second word of the header of an error, whose meaning depends on the type. */
function addErrorWord(type: number, code: number, bytes: Uint8Array, out: FieldList): void {
  if (type === 3 && code === 4) {
    out.add('icmp.unused', hexText(readUint16(bytes, 4), 4));
    out.add('icmp.mtu', readUint16(bytes, 6));
  } else if (type === 5) {
    out.add('icmp.gateway', ipv4Text(bytes, 4));
  } else {
    out.add('icmp.unused', hexText(readUint32(bytes, 4), 8));
  }
}
