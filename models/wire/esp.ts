import { gcm } from '@noble/ciphers/aes.js';
import { readUint32, writeUint32 } from './big-endian.ts';
import { ParseError } from './parse-error.ts';

/**
 * Encapsulating Security Payload (RFC 4303) with AES in GCM mode (RFC 4106) and extended sequence numbers, of which the
 * lower half is on the wire.
 *
 *     | SPI (4) | sequence number (4) | IV (8) | data, padding, pad length (1), next header (1), encrypted | ICV (16) |
 */

const HEADER_LENGTH = 8;
const IV_LENGTH = 8;
const TRAILER_LENGTH = 2;
const ICV_LENGTH = 16;
/** What is encrypted is a multiple of so many bytes. */
const ALIGNMENT = 4;
/** The last bytes of the keying material are no key but part of every nonce (RFC 4106, 4). */
const SALT_LENGTH = 4;

/** Key of AES-256 and salt. */
export const ESP_KEY_LENGTH = 32 + SALT_LENGTH;

/** By what one packet is encrypted. */
export interface EspSeal {
  /** Security parameters index. */
  readonly spi: number;
  /** From 1. */
  readonly sequence: number;
  /** Key and salt, `ESP_KEY_LENGTH` bytes. */
  readonly key: Uint8Array;
  /** 8 bytes, never the same twice. */
  readonly iv: Uint8Array;
}

const TRUNCATED = new ParseError('truncated', 'ESP packet shorter than header, IV, trailer and ICV');

/** Bytes behind the IP header for so many bytes of data. */
export function espLength(dataLength: number): number {
  return HEADER_LENGTH + IV_LENGTH + alignedLength(dataLength) + ICV_LENGTH;
}

function alignedLength(dataLength: number): number {
  return Math.ceil((dataLength + TRAILER_LENGTH) / ALIGNMENT) * ALIGNMENT;
}

/** What stands in clear: the index, and the lower half of the sequence number. */
export function parseEspHeader(bytes: Uint8Array): { spi: number; sequence: number } | ParseError {
  if (bytes.length < espLength(0)) return TRUNCATED;
  return { spi: readUint32(bytes, 0), sequence: readUint32(bytes, 4) };
}

/** Encrypts data and makes everything that stands behind the IP header. */
export function sealEsp(seal: EspSeal, data: Uint8Array, nextHeader: number): Uint8Array {
  const plain = new Uint8Array(alignedLength(data.length));
  plain.set(data);
  const padding = plain.length - TRAILER_LENGTH - data.length;
  // RFC 4303, 2.4: 1, 2, 3 ...
  for (let i = 0; i < padding; i++) plain[data.length + i] = i + 1;
  plain[plain.length - 2] = padding;
  plain[plain.length - 1] = nextHeader;
  const bytes = new Uint8Array(espLength(data.length));
  writeUint32(bytes, 0, seal.spi);
  writeUint32(bytes, 4, seal.sequence % 2 ** 32);
  bytes.set(seal.iv, HEADER_LENGTH);
  bytes.set(cipherOf(seal).encrypt(plain), HEADER_LENGTH + IV_LENGTH);
  return bytes;
}

/**
 * Decrypts what stands behind the IP header.
 * @param key of the association that the index names
 * @param sequence the whole number
 * @returns null when it was not encrypted by this key, or is not what it was
 */
export function openEsp(
  bytes: Uint8Array,
  key: Uint8Array,
  sequence: number,
): { data: Uint8Array; nextHeader: number } | null {
  const header = parseEspHeader(bytes);
  if (header instanceof ParseError) return null;
  const iv = bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + IV_LENGTH);
  try {
    const cipher = cipherOf({ spi: header.spi, sequence, key, iv });
    const plain = cipher.decrypt(bytes.subarray(HEADER_LENGTH + IV_LENGTH));
    const end = plain.length - TRAILER_LENGTH - plain[plain.length - 2];
    return { data: plain.slice(0, end), nextHeader: plain[plain.length - 1] };
  } catch {
    return null;
  }
}

/** Index and whole sequence number are guarded, too (RFC 4106, 5). */
function cipherOf({ spi, sequence, key, iv }: EspSeal) {
  const nonce = new Uint8Array(SALT_LENGTH + IV_LENGTH);
  nonce.set(key.subarray(key.length - SALT_LENGTH));
  nonce.set(iv, SALT_LENGTH);
  const guarded = new Uint8Array(12);
  writeUint32(guarded, 0, spi);
  writeUint32(guarded, 4, Math.floor(sequence / 2 ** 32));
  writeUint32(guarded, 8, sequence % 2 ** 32);
  return gcm(key.subarray(0, key.length - SALT_LENGTH), nonce, guarded);
}

/** As tcpdump prints it. */
export function printEsp(header: { spi: number; sequence: number }): string {
  const spi = header.spi.toString(16).padStart(8, '0');
  return `ESP(spi=0x${spi},seq=0x${header.sequence.toString(16)})`;
}
