import { readMac, readUint16, writeMac, writeUint16 } from '../../wire/big-endian.ts';
import { ParseError } from '../../wire/parse-error.ts';
import { formatPeerName, type PeerName } from '../peer-name.ts';

/**
 * The payload of a sleeve datagram: UDP in which Weave's routers carry frames, several in one datagram.
 *
 *     | sending peer (6) | then for each frame: capturing peer (6) | destination peer (6) | length (2) | frame |
 *
 * What is encrypted (`sleeve-seal.ts`) has a header behind the sending peer, and the frames are sealed.
 */

/** The port that routers listen on for TCP and UDP, unless told otherwise. */
export const SLEEVE_PORT = 6783;

/** Bytes of the name in front of everything. */
export const SLEEVE_NAME_LENGTH = 6;

/** Bytes in front of each frame. */
export const SLEEVE_FRAME_HEADER_LENGTH = 14;

/** In front of a frame: who captured it, who is to inject it, and how long it is. */
export interface SleeveFrameHeader {
  source: PeerName;
  destination: PeerName;
  /** Bytes of the frame. */
  length: number;
}

const NO_NAME = new ParseError('truncated', 'sleeve datagram shorter than the name of its sender');
const NO_HEADER = new ParseError('truncated', 'sleeve frame header shorter than 14 bytes');
const TOO_LONG = new ParseError('bad_length', 'sleeve frame longer than the datagram');

/** Reads the name of the sending peer at `offset`. */
export function parseSleeveSender(bytes: Uint8Array, offset: number, end: number): PeerName | ParseError {
  if (Math.min(end, bytes.length) - offset < SLEEVE_NAME_LENGTH) return NO_NAME;
  return readMac(bytes, offset);
}

/** Reads what is in front of a frame at `offset`; the frame itself must be there up to `end`. */
export function parseSleeveFrame(
  bytes: Uint8Array,
  offset: number,
  end: number,
): SleeveFrameHeader | ParseError {
  const last = Math.min(end, bytes.length);
  if (last - offset < SLEEVE_FRAME_HEADER_LENGTH) return NO_HEADER;
  const length = readUint16(bytes, offset + 12);
  if (offset + SLEEVE_FRAME_HEADER_LENGTH + length > last) return TOO_LONG;
  return { source: readMac(bytes, offset), destination: readMac(bytes, offset + 6), length };
}

/** Writes the name of the sending peer and returns its length. */
export function emitSleeveSender(bytes: Uint8Array, offset: number, sender: PeerName): number {
  writeMac(bytes, offset, sender);
  return SLEEVE_NAME_LENGTH;
}

/** Writes what is in front of a frame and returns its length. */
export function emitSleeveFrame(bytes: Uint8Array, offset: number, header: SleeveFrameHeader): number {
  writeMac(bytes, offset, header.source);
  writeMac(bytes, offset + 6, header.destination);
  writeUint16(bytes, offset + 12, header.length);
  return SLEEVE_FRAME_HEADER_LENGTH;
}

/** One frame's header in the manner of tcpdump. */
export function printSleeveFrame({ source, destination, length }: SleeveFrameHeader): string {
  return `sleeve ${formatPeerName(source)} > ${formatPeerName(destination)}, frame ${length}`;
}
