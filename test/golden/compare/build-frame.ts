import { onesComplementSum } from './bytes.ts';
import type { CapturedFrame } from './decode.ts';

/** Frames for the comparator's tests, made by hand apart from the models' codecs. */

export interface Ipv4Fields {
  id?: number;
  ttl?: number;
  protocol: number;
  dontFragment?: boolean;
  moreFragments?: boolean;
  /** In bytes. */
  offset?: number;
  source?: string;
  destination?: string;
}

export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));
}

export function captured(time: number, bytes: Uint8Array, originalLength = bytes.length): CapturedFrame {
  return { time: BigInt(time), bytes, originalLength };
}

/** An Ethernet frame with an IPv4 packet, header checksum filled in. */
export function ipv4Frame(fields: Ipv4Fields, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(34 + payload.length);
  const view = new DataView(frame.buffer);
  frame.set(hexBytes('0a580af40102 0a580af40101 0800 45'), 0);
  view.setUint16(16, 20 + payload.length);
  view.setUint16(18, fields.id ?? 0);
  const flags = (fields.dontFragment ? 0x4000 : 0) | (fields.moreFragments ? 0x2000 : 0);
  view.setUint16(20, flags | ((fields.offset ?? 0) / 8));
  frame[22] = fields.ttl ?? 64;
  frame[23] = fields.protocol;
  frame.set((fields.source ?? '10.0.0.1').split('.').map(Number), 26);
  frame.set((fields.destination ?? '10.0.0.2').split('.').map(Number), 30);
  view.setUint16(24, 0xffff - onesComplementSum(frame.subarray(14, 34)));
  frame.set(payload, 34);
  return frame;
}

/** An ICMP echo message, checksum filled in. */
export function echo(type: 0 | 8, id: number, sequence: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(8 + data.length);
  const view = new DataView(message.buffer);
  message[0] = type;
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  message.set(data, 8);
  view.setUint16(2, 0xffff - onesComplementSum(message));
  return message;
}

/** A UDP datagram; checksum 0, "not computed". */
export function udp(sourcePort: number, destinationPort: number, data: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(8 + data.length);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint16(4, datagram.length);
  datagram.set(data, 8);
  return datagram;
}
