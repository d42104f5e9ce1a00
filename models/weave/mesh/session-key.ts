import { hsalsa, secretbox } from '@noble/ciphers/salsa.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { RandomStream } from '../../../engine/random.ts';

export const KEY_LENGTH = 32;
const NONCE_LENGTH = 24;
/** Bits of a nonce's first byte: who opened the connection; that this is TCP, not an overlay. */
const NONCE_OUTBOUND = 0x80;
const NONCE_TCP = 0x40;
/** `expand 32-byte k`, what Salsa20 begins with. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A fresh pair for one connection. */
export function drawKeyPair(random: RandomStream): KeyPair {
  const privateKey = new Uint8Array(KEY_LENGTH);
  for (let i = 0; i < KEY_LENGTH; i++) privateKey[i] = random.integer(0, 0xff);
  return { publicKey: x25519.getPublicKey(privateKey), privateKey };
}

/** SHA-256 of what NaCl's `box` makes of the two keys, with the password behind it (mesh `formSessionKey`). */
export function sessionKeyOf(
  remotePublicKey: Uint8Array,
  privateKey: Uint8Array,
  password: string,
): Uint8Array {
  const secret = new TextEncoder().encode(password);
  const material = new Uint8Array(KEY_LENGTH + secret.length);
  material.set(sharedKey(remotePublicKey, privateKey));
  material.set(secret, KEY_LENGTH);
  return sha256(material);
}

/** NaCl `crypto_box_beforenm`: HSalsa20 over the Diffie-Hellman secret. */
function sharedKey(remotePublicKey: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const secret = x25519.getSharedSecret(privateKey, remotePublicKey);
  const shared = new Uint32Array(KEY_LENGTH / 4);
  hsalsa(SIGMA, wordsOf(secret), new Uint32Array(4), shared);
  const bytes = new Uint8Array(KEY_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of shared.entries()) view.setUint32(4 * i, word, true);
  return bytes;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/** Seals or opens the messages of one direction of a connection, in their order (NaCl `secretbox`). */
export class MessageCipher {
  private readonly nonce = new Uint8Array(NONCE_LENGTH);
  private sequence = 0;

  /** @param outbound whether the sender of these messages opened the connection */
  constructor(
    private readonly sessionKey: Uint8Array,
    outbound: boolean,
  ) {
    this.nonce[0] = NONCE_TCP | (outbound ? NONCE_OUTBOUND : 0);
  }

  seal(message: Uint8Array): Uint8Array {
    const sealed = secretbox(this.sessionKey, this.nonce).seal(message);
    this.advance();
    return sealed;
  }

  /** @returns null for one that was not sealed with this key and number */
  open(sealed: Uint8Array): Uint8Array | null {
    try {
      const message = secretbox(this.sessionKey, this.nonce).open(sealed);
      this.advance();
      return message;
    } catch {
      return null;
    }
  }

  private advance(): void {
    this.sequence++;
    new DataView(this.nonce.buffer).setBigUint64(NONCE_LENGTH - 8, BigInt(this.sequence));
  }
}
