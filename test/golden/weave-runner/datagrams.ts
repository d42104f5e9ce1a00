import { readUint16 } from '../compare/bytes.ts';
import type { CapturedFrame } from '../compare/decode.ts';

/** Offsets in a frame of Ethernet and IPv4 without options. */
const ETHER_TYPE = 12;
const IP_FLAGS = 20;
const IP_PROTOCOL = 23;
const IP_SOURCE = 26;
const UDP = 34;
const SLEEVE = 42;
const SLEEVE_PORT = 6783;
const UDP_PROTOCOL = 17;
/** Names and length in front of each frame. */
const FRAME_HEADER = 14;
const SENDER = 6;
/** UDP payload of a heartbeat, plain and sealed. */
const HEARTBEATS = [42, 66];

/** A datagram of a router, or its first fragment. */
export interface Datagram {
  frame: CapturedFrame;
  /** `192.168.77.11>192.168.77.12`. */
  direction: string;
  /** UDP payload, bytes. */
  length: number;
  kind: 'heartbeat' | 'fragmentation-test' | 'mtu-test-or-frame' | 'frame';
}

/** Which of all frames of an underlay are a router's datagrams. */
export function isSleeve({ bytes }: CapturedFrame): boolean {
  return (
    readUint16(bytes, ETHER_TYPE) === 0x0800 && bytes[IP_PROTOCOL] === UDP_PROTOCOL && bytes.length > SLEEVE
  );
}

function isLaterFragment({ bytes }: CapturedFrame): boolean {
  return (readUint16(bytes, IP_FLAGS) & 0x1fff) !== 0;
}

export function isHeartbeat(frame: CapturedFrame): boolean {
  if (!isSleeve(frame) || isLaterFragment(frame)) return false;
  const isRouters = readUint16(frame.bytes, UDP) === SLEEVE_PORT;
  return isRouters && isDontFragment(frame) && HEARTBEATS.includes(readUint16(frame.bytes, UDP + 4) - 8);
}

function isDontFragment({ bytes }: CapturedFrame): boolean {
  return (bytes[IP_FLAGS] & 0x40) !== 0;
}

/** The datagrams of routers in a capture. */
export function datagramsOf(frames: readonly CapturedFrame[]): Datagram[] {
  return frames
    .filter((frame) => isSleeve(frame) && !isLaterFragment(frame))
    .map((frame) => {
      const { bytes } = frame;
      const [from, to] = [0, 4].map((at) =>
        [...bytes.subarray(IP_SOURCE + at, IP_SOURCE + at + 4)].join('.'),
      );
      const length = readUint16(bytes, UDP + 4) - 8;
      return { frame, direction: `${from}>${to}`, length, kind: kindOf(frame) };
    });
}

function kindOf(frame: CapturedFrame): Datagram['kind'] {
  if (isHeartbeat(frame)) return 'heartbeat';
  if (isDontFragment(frame)) return 'mtu-test-or-frame';
  return (frame.bytes[IP_FLAGS] & 0x20) !== 0 ? 'fragmentation-test' : 'frame';
}

/**
 * Each frame in a datagram of its own, heartbeats left out: which of the frames that come close together travel together
 * is a matter of scheduling. A datagram in fragments, or sealed, stays as it is.
 */
export function unbundled(frames: readonly CapturedFrame[]): CapturedFrame[] {
  return frames.filter((frame) => isSleeve(frame) && !isHeartbeat(frame)).flatMap(split);
}

function split(frame: CapturedFrame): CapturedFrame[] {
  const { bytes } = frame;
  const isFragment = (readUint16(bytes, IP_FLAGS) & 0x3fff) !== 0;
  if (isFragment) return [frame];
  const parts: Uint8Array[] = [];
  let at = SLEEVE + SENDER;
  while (at + FRAME_HEADER <= bytes.length) {
    const length = FRAME_HEADER + readUint16(bytes, at + FRAME_HEADER - 2);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length || parts.length < 2) return [frame];
  return parts.map((part) => alone(frame, part));
}

/** The datagram as it would be with one frame only; its checksums are not made anew but taken for not computed. */
function alone({ time, bytes }: CapturedFrame, part: Uint8Array): CapturedFrame {
  const head = bytes.slice(0, SLEEVE + SENDER);
  const whole = new Uint8Array(head.length + part.length);
  whole.set(head);
  whole.set(part, head.length);
  const view = new DataView(whole.buffer);
  view.setUint16(16, whole.length - 14);
  view.setUint16(24, 0);
  view.setUint16(24, headerChecksum(view));
  view.setUint16(UDP + 4, whole.length - UDP);
  view.setUint16(UDP + 6, 0);
  return { time, bytes: whole, originalLength: whole.length };
}

function headerChecksum(view: DataView): number {
  let sum = 0;
  for (let at = 14; at < UDP; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
