import type { RandomStream } from '../../../engine/random.ts';
import { type ByteStream, bytesOf } from './byte-stream.ts';
import { BytesContent } from './content.ts';
import { decodeFeatures, encodeFeatures } from './feature-codec.ts';
import { ConnectionError, MessageStream, type Routine } from './message-stream.ts';
import type { Features } from './overlay.ts';
import {
  PROTOCOL_HEADER_LENGTH,
  PROTOCOL_NAME,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
} from './protocol.ts';
import { drawKeyPair, KEY_LENGTH, type KeyPair, sessionKeyOf } from './session-key.ts';

export interface HandshakeOptions {
  readonly features: Features;
  /** Null for a connection that is not encrypted. */
  readonly password: string | null;
  readonly outbound: boolean;
  /** What key pairs are drawn from. */
  readonly random: RandomStream;
  /** The headers have been exchanged: the time limit is another one from now on. */
  readonly headerDone: () => void;
}

export interface HandshakeResult {
  readonly version: number;
  /** What the other side says of itself. */
  readonly features: Features;
  readonly messages: MessageStream;
  readonly sessionKey: Uint8Array | null;
}

const EXPECTED_CRYPTO = 'password specified, but peer requested an unencrypted connection';
const EXPECTED_NO_CRYPTO = 'no password specificed, but peer requested an encrypted connection';

/**
 * Both sides do the same (mesh `doIntro`): header, key, features, each sent without waiting for the other's.
 * @throws ConnectionError when they do not get on
 */
export function* handshake(bytes: ByteStream, options: HandshakeOptions): Routine<HandshakeResult> {
  const { features, password, outbound, random, headerDone } = options;
  const version = yield* exchangeHeaders(bytes);
  headerDone();
  const keys = password === null ? null : drawKeyPair(random);
  const remoteKey = yield* exchangeKeys(bytes, keys);
  const sessionKey =
    keys === null || remoteKey === null ? null : sessionKeyOf(remoteKey, keys.privateKey, password!);
  const messages = new MessageStream(bytes, sessionKey, outbound);
  check(messages.send(new BytesContent(encodeFeatures(features))));
  const answer = yield* messages.receive();
  return { version, features: decodeFeatures(answer.bytes()), messages, sessionKey };
}

function* exchangeHeaders(bytes: ByteStream): Routine<number> {
  const name = new TextEncoder().encode(PROTOCOL_NAME);
  check(bytes.write(Uint8Array.of(...name, PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX)));
  const header = yield* readHeader(bytes);
  const theirs = header.subarray(0, name.length);
  if (!theirs.every((byte, i) => byte === name[i])) {
    throw new ConnectionError(`remote protocol header not recognised: ${listOf(theirs)}`);
  }
  const [min, max] = header.subarray(name.length);
  const version = Math.min(max, PROTOCOL_VERSION_MAX);
  // version 1 is another protocol, which no peer of a simulation would choose
  if (Math.max(min, PROTOCOL_VERSION_MIN) > version || version < PROTOCOL_VERSION_MAX) {
    const ours = `[${PROTOCOL_VERSION_MIN},${PROTOCOL_VERSION_MAX}]`;
    throw new ConnectionError(`remote version range [${min},${max}] is incompatible with ours ${ours}`);
  }
  return version;
}

function* readHeader(bytes: ByteStream): Routine<Uint8Array> {
  try {
    return bytesOf(yield PROTOCOL_HEADER_LENGTH);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const { incomplete } = bytes;
    if (incomplete.length === 0)
      throw new ConnectionError(`failed to receive remote protocol header: ${text}`);
    throw new ConnectionError(
      `received incomplete remote protocol header (${incomplete.length} octets instead of ` +
        `${PROTOCOL_HEADER_LENGTH}): ${listOf(incomplete)}; error: ${text}`,
    );
  }
}

/** @returns the other's public key; null when nothing is to be encrypted */
function* exchangeKeys(bytes: ByteStream, keys: KeyPair | null): Routine<Uint8Array | null> {
  check(bytes.write(keys === null ? Uint8Array.of(0) : Uint8Array.of(1, ...keys.publicKey)));
  const [flag] = bytesOf(yield 1);
  switch (flag) {
    case 0:
      if (keys !== null) throw new ConnectionError(EXPECTED_CRYPTO);
      return null;
    case 1:
      if (keys === null) throw new ConnectionError(EXPECTED_NO_CRYPTO);
      return bytesOf(yield KEY_LENGTH);
    default:
      throw new ConnectionError(`Bad encryption flag ${flag}`);
  }
}

/** Bytes as Go prints them. */
function listOf(bytes: Uint8Array): string {
  return `[${[...bytes].join(' ')}]`;
}

function check(error: string | null): void {
  if (error !== null) throw new ConnectionError(error);
}
