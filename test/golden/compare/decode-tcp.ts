import { readUint16, readUint32 } from './bytes.ts';
import type { DecodeState, IpContext } from './decode-state.ts';
import type { FieldList } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';
import { tcpOptionsText } from './tcp-options.ts';
import { addTransportChecksum } from './transport-checksum.ts';

const SYN = 0x02;
const ACK = 0x10;
/** One letter per flag, from bit 0: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR. */
const FLAG_LETTERS = 'FSRPAUEC';

/** TCP (RFC 9293); `bytes` has at least 20, inside an ICMP error at least 8. */
export function decodeTcp(state: DecodeState, bytes: Uint8Array, context: IpContext, out: FieldList): void {
  const sourcePort = readUint16(bytes, 0);
  const destinationPort = readUint16(bytes, 2);
  const sequence = readUint32(bytes, 4);
  out.add('tcp.sport', state.normaliser.port(sourcePort));
  out.add('tcp.dport', state.normaliser.port(destinationPort));
  const source = `${context.source}:${sourcePort}`;
  const destination = `${context.destination}:${destinationPort}`;
  const flow = `${source}>${destination}`;
  const reverse = `${destination}>${source}`;
  if (bytes.length < 20) {
    out.add('tcp.seq', state.tcp.relative(flow, sequence, sequence));
    out.add('tcp.rest', new OpaqueBytes(new Uint8Array(0), context.wireLength - 8));
    return;
  }
  const acknowledgement = readUint32(bytes, 8);
  const headerLength = (bytes[12] >> 4) * 4;
  const flags = bytes[13];
  if ((flags & SYN) !== 0 && !context.quoted) state.tcp.syn(flow, sequence);
  state.tcp.assumeInitial(flow, sequence);
  out.add('tcp.seq', state.tcp.relative(flow, sequence, sequence));
  out.add('tcp.ack', relativeAck(state, reverse, flags, acknowledgement));
  out.add('tcp.hlen', headerLength);
  out.add('tcp.flags', flagLetters(flags));
  out.add('tcp.window', readUint16(bytes, 14));
  out.add('tcp.urgptr', readUint16(bytes, 18));
  if (context.whole !== undefined) {
    addTransportChecksum(context.protocol, context.addresses, context.whole, out);
  }
  const options = bytes.subarray(20, Math.max(20, headerLength));
  out.add('tcp.options', tcpOptionsText(state.tcp, options, flow, reverse, context.quoted));
  out.add('tcp.payload', new OpaqueBytes(bytes.subarray(headerLength), context.wireLength - headerLength));
}

function relativeAck(state: DecodeState, reverse: string, flags: number, ack: number): number | string {
  if ((flags & ACK) === 0) return ack === 0 ? 'zero' : 'nonzero';
  state.tcp.assumeInitial(reverse, (ack + 0xffffffff) % 2 ** 32);
  return state.tcp.relative(reverse, ack, 0);
}

function flagLetters(flags: number): string {
  return [...FLAG_LETTERS].filter((_, bit) => (flags & (1 << bit)) !== 0).join('') || '-';
}
