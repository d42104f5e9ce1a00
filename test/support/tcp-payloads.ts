import { readCapture } from '../../engine/pcap-writer/index.ts';
import { formatIpv4 } from '../../models/wire/ipv4-address.ts';

/** A segment with data, of a frame that may have been cut off. */
export interface SegmentData {
  /** `10.0.0.1:6783>10.0.0.2:40000`. */
  readonly flow: string;
  readonly sequence: number;
  readonly length: number;
  readonly flags: number;
  /** As much of it as there is. */
  readonly bytes: Uint8Array;
}

const ETHERNET = 14;
const IPV4 = 0x0800;
const TCP = 6;

/** The TCP segment in an Ethernet frame; null where there is none. */
export function segmentOf(frame: Uint8Array): SegmentData | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) !== IPV4 || frame[ETHERNET + 9] !== TCP) return null;
  const tcp = ETHERNET + 4 * (frame[ETHERNET] & 0xf);
  const data = tcp + 4 * (frame[tcp + 12] >> 4);
  const end = ETHERNET + view.getUint16(ETHERNET + 2);
  const from = `${formatIpv4(view.getUint32(ETHERNET + 12))}:${view.getUint16(tcp)}`;
  const to = `${formatIpv4(view.getUint32(ETHERNET + 16))}:${view.getUint16(tcp + 2)}`;
  return {
    flow: `${from}>${to}`,
    sequence: view.getUint32(tcp + 4),
    length: end - data,
    flags: frame[tcp + 13],
    bytes: frame.subarray(data, Math.min(end, frame.length)),
  };
}

/** The data of each direction of each connection in the order of sending, without what is sent again. */
export function flowsOf(frames: readonly Uint8Array[]): Map<string, SegmentData[]> {
  const flows = new Map<string, SegmentData[]>();
  for (const frame of frames) {
    const segment = segmentOf(frame);
    if (segment === null || segment.length === 0) continue;
    const flow = flows.get(segment.flow) ?? [];
    flows.set(segment.flow, flow);
    if (!flow.some(({ sequence }) => sequence === segment.sequence)) flow.push(segment);
  }
  return flows;
}

/** The frames of a capture file. */
export function capturedBytes(file: Uint8Array): Uint8Array[] {
  return readCapture(file).packets.map(({ bytes }) => bytes);
}
