import type { MacTable } from '../../mac-table.ts';
import type { Packet } from '../../packet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { noteZeroUdp, ZERO_UDP_WORDS } from '../../wire/zero-udp-frame.ts';
import type { FrameChunk } from './frame-chunk.ts';

/**
 * Frames of which a record does not say all: their bytes, or a note, among the bytes of a chunk. Before each stands a
 * word with the bytes that it takes, this word included, a multiple of four.
 */
const HEADER = 4;
const NOTE_SIZE = HEADER + 4 * ZERO_UDP_WORDS;

/** Bytes that a frame takes at most. */
export function roomForFrame(length: number): number {
  return Math.max(HEADER + ((length + 3) & ~3), NOTE_SIZE);
}

/** Keeps the first bytes of a frame as it is now, for which there must be room; answers where. */
export function keepBytes(chunk: FrameChunk, packet: Packet, macs: MacTable, kept: number): number {
  const at = chunk.used;
  writeFrame(packet, macs, chunk.bytes, at + HEADER);
  return close(chunk, HEADER + ((kept + 3) & ~3));
}

/** Keeps the note of a frame of zeros (`noteZeroUdp`). */
export function keepNote(chunk: FrameChunk, packet: Packet): number {
  noteZeroUdp(packet, chunk.words, (chunk.used + HEADER) >>> 2);
  return close(chunk, NOTE_SIZE);
}

function close(chunk: FrameChunk, size: number): number {
  const at = chunk.used;
  chunk.words[at >>> 2] = size;
  chunk.used = at + size;
  return at;
}

/** Bytes that the frame at a place of `words` takes. */
export function sizeOfFrame(words: Int32Array, at: number): number {
  return words[at >>> 2];
}

/** Where its bytes begin, or in bytes its note. */
export function contentAt(at: number): number {
  return at + HEADER;
}
