import { type SegmentData, segmentOf } from '../../support/tcp-payloads.ts';
import type { CapturedFrame } from '../compare/decode.ts';

/** Bytes in front of a message: its length. */
const PREFIX = 4;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
/** Messages of a handshake: header, encryption flag or key, features. */
const HANDSHAKE = 3;
/** Overlay control messages, plain and sealed: index and tag; the same with an MTU. */
const ACKNOWLEDGEMENTS = [7, 23];
const MEASURED = [9, 25];

/** What one router said to another over one TCP connection, as far as a capture shows it from the beginning. */
export interface Conversation {
  /** `192.168.77.12>192.168.77.11 (opener)`. */
  direction: string;
  /** Sizes of the three messages of a handshake. */
  handshake: number[];
  /** How many acknowledgements of heartbeats and of the test of fragmentation. */
  acknowledgements: number;
  /** How many of MTU tests. */
  measured: number;
  /** Sizes of all the others. */
  gossip: number[];
}

/**
 * The conversations of a capture between peers that came to speak, opener first. Of several connections between two
 * peers all but one are given up at once: the one over which most was said counts.
 */
export function conversationsOf(frames: readonly CapturedFrame[]): Conversation[] {
  const segments = frames.flatMap(({ bytes }) => segmentOf(bytes) ?? []);
  const openers = segments.filter(({ flags }) => (flags & (SYN | ACK)) === SYN).map(({ flow }) => flow);
  const pairs = new Map<string, Conversation[]>();
  for (const opener of openers) {
    const spoken = [opener, reverse(opener)].map((flow) => conversation(flow, segments, flow === opener));
    if (spoken.some(({ handshake }) => handshake.length < HANDSHAKE)) continue;
    const pair = opener.replaceAll(/:\d+/g, '').split('>').sort().join();
    const other = pairs.get(pair);
    if (other === undefined || said(other) < said(spoken)) pairs.set(pair, spoken);
  }
  return [...pairs.values()].flat();
}

function said(conversations: readonly Conversation[]): number {
  return conversations.reduce((sum, { gossip }) => sum + gossip.length, 0);
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
  const said = sizes.slice(HANDSHAKE);
  const count = (of: readonly number[]) => said.filter((size) => of.includes(size)).length;
  const gossip = said.filter((size) => !ACKNOWLEDGEMENTS.includes(size) && !MEASURED.includes(size));
  const direction = flow.replaceAll(/:\d+/g, '') + (opens ? ' (opener)' : '');
  return {
    ...{ direction, handshake: sizes.slice(0, HANDSHAKE), gossip },
    ...{ acknowledgements: count(ACKNOWLEDGEMENTS), measured: count(MEASURED) },
  };
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
