import { type SegmentData, segmentOf } from '../../support/tcp-payloads.ts';
import type { CapturedFrame } from '../compare/decode.ts';

/** Bytes in front of a message: its length. */
const PREFIX = 4;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
/** Messages of a handshake: header, encryption flag or key, features. */
const HANDSHAKE = 3;
/** Largest overlay control message: index, tag, two bytes; with what seals it. */
const CONTROL_SIZES = [7, 9, 23, 25];

/** What one router said to another over one TCP connection, as far as a capture shows it from the beginning. */
export interface Conversation {
  /** `192.168.77.12>192.168.77.11 (opener)`. */
  direction: string;
  /** Sizes of the three messages of a handshake. */
  handshake: number[];
  /** How many overlay control messages of each size. */
  control: Map<number, number>;
  /** Sizes of all the others. */
  gossip: number[];
}

/** The conversations of a capture between peers that came to speak, opener first; those cut short are left out. */
export function conversationsOf(frames: readonly CapturedFrame[]): Conversation[] {
  const segments = frames.flatMap(({ bytes }) => segmentOf(bytes) ?? []);
  const openers = segments.filter(({ flags }) => (flags & (SYN | ACK)) === SYN).map(({ flow }) => flow);
  return openers.flatMap((opener) => {
    const answer = opener.split('>').reverse().join('>');
    const spoken = [opener, answer].map((flow) => conversation(flow, segments, flow === opener));
    return spoken.every(({ handshake }) => handshake.length === HANDSHAKE) ? spoken : [];
  });
}

/** Frames that open the connections of these conversations. */
export function openings(frames: readonly CapturedFrame[]): CapturedFrame[] {
  const refused = new Set(
    frames.flatMap(({ bytes }) => {
      const segment = segmentOf(bytes);
      return segment !== null && (segment.flags & RST) !== 0 ? [segment.flow, reverse(segment.flow)] : [];
    }),
  );
  return frames.filter(({ bytes }) => {
    const segment = segmentOf(bytes);
    return segment !== null && (segment.flags & SYN) !== 0 && !refused.has(segment.flow);
  });
}

function reverse(flow: string): string {
  return flow.split('>').reverse().join('>');
}

function conversation(flow: string, segments: readonly SegmentData[], opens: boolean): Conversation {
  const sizes = messageSizes(segments.filter((segment) => segment.flow === flow && segment.length > 0));
  const control = new Map(CONTROL_SIZES.map((size) => [size, 0]));
  const gossip: number[] = [];
  for (const size of sizes.slice(HANDSHAKE)) {
    const count = control.get(size);
    if (count === undefined) gossip.push(size);
    else control.set(size, count + 1);
  }
  const direction = flow.replaceAll(/:\d+/g, '') + (opens ? ' (opener)' : '');
  return { direction, handshake: sizes.slice(0, HANDSHAKE), control, gossip };
}

/**
 * A router writes message by message, and each write is a segment or, when writes come close together, a part of one.
 * Where a segment's bytes were cut off before the second message in it, what is left counts as one.
 */
function messageSizes(segments: readonly SegmentData[]): number[] {
  const seen = new Set<number>();
  const sizes: number[] = [];
  for (const { sequence, length, bytes } of segments) {
    if (seen.has(sequence)) continue;
    seen.add(sequence);
    if (sizes.length < HANDSHAKE - 1) {
      sizes.push(length);
      continue;
    }
    let at = 0;
    while (at < length) {
      const whole = at + PREFIX <= bytes.length ? PREFIX + uint32(bytes, at) : length - at;
      const size = Math.min(whole, length - at);
      sizes.push(size);
      at += size;
    }
  }
  return sizes;
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);
}
