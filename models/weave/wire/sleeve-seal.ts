import { secretbox } from '@noble/ciphers/salsa.js';
import { readUint32, writeUint32 } from '../../wire/big-endian.ts';

/**
 * The header of an encrypted sleeve datagram, behind the sending peer's name, and NaCl's secretbox (XSalsa20 and
 * Poly1305, https://nacl.cr.yp.to/secretbox.html) around its frames.
 *
 *     | DF path (bit 63), sequence number (8) | tag (16) | frames, encrypted |
 */

const SEQUENCE_LENGTH = 8;
const TAG_LENGTH = 16;
const NONCE_LENGTH = 24;
const DF_BIT = 0x80000000;
/** In the first byte of the nonce: the side that encrypts has opened the connection. */
const OPENER_BIT = 0x80;

/** What encryption adds to a datagram, bytes. */
export const SLEEVE_SEAL_LENGTH = SEQUENCE_LENGTH + TAG_LENGTH;

/** By what one datagram is encrypted. */
export interface SleeveSeal {
  /** 32 bytes: the session key of the connection. */
  readonly key: Uint8Array;
  /** The side that encrypts has opened the TCP connection. */
  readonly byOpener: boolean;
  /** Sent by the DF path, which counts by itself. */
  readonly df: boolean;
  /** From 0. */
  readonly sequence: number;
}

/** Writes header, tag and ciphertext; returns their length. */
export function emitSealed(bytes: Uint8Array, offset: number, seal: SleeveSeal, plain: Uint8Array): number {
  writeSequence(bytes, offset, seal);
  const sealed = secretbox(seal.key, nonceOf(seal)).seal(plain);
  bytes.set(sealed, offset + SEQUENCE_LENGTH);
  return SEQUENCE_LENGTH + sealed.length;
}

/** What stands in clear in front of the tag; null when it is not all there. */
export function parseSealHeader(bytes: Uint8Array): { df: boolean; sequence: number } | null {
  if (bytes.length < SEQUENCE_LENGTH) return null;
  const high = readUint32(bytes, 0);
  return { df: high >= DF_BIT, sequence: (high % DF_BIT) * 2 ** 32 + readUint32(bytes, 4) };
}

/**
 * Decrypts what stands behind the sending peer's name.
 * @param seal by what it should have been encrypted
 * @returns the frames with their headers; null when the tag says that it was not
 */
export function openSealed(bytes: Uint8Array, seal: SleeveSeal): Uint8Array | null {
  if (bytes.length < SLEEVE_SEAL_LENGTH) return null;
  try {
    return secretbox(seal.key, nonceOf(seal)).open(bytes.subarray(SEQUENCE_LENGTH));
  } catch {
    return null;
  }
}

function nonceOf(seal: SleeveSeal): Uint8Array {
  const nonce = new Uint8Array(NONCE_LENGTH);
  if (seal.byOpener) nonce[0] = OPENER_BIT;
  writeSequence(nonce, NONCE_LENGTH - SEQUENCE_LENGTH, seal);
  return nonce;
}

function writeSequence(bytes: Uint8Array, offset: number, { df, sequence }: SleeveSeal): void {
  writeUint32(bytes, offset, Math.floor(sequence / 2 ** 32) + (df ? DF_BIT : 0));
  writeUint32(bytes, offset + 4, sequence % 2 ** 32);
}
