import type { ByteStream } from './byte-stream.ts';
import { LENGTH_PREFIX, MESSAGE_LENGTH_MAX } from './protocol.ts';
import { MessageCipher } from './session-key.ts';

/**
 * What a routine that reads from a connection waits for: so many bytes, or something that calls back. It is a
 * generator where the real router has a goroutine.
 */
export type Wait = number | ((resume: () => void) => void);
export type Routine<T> = Generator<Wait, T, Uint8Array>;

/** Something that ends the connection; its message is what `weave status connections` shows. */
export class ConnectionError extends Error {
  /** @param kind whether the address leads to this very process, or to another one of the same name */
  constructor(
    message: string,
    readonly kind: 'ordinary' | 'self' | 'collision' = 'ordinary',
  ) {
    super(message);
  }
}

/** Messages with their length in front, sealed where there is a key (mesh `lengthPrefixTCPSender` and its kin). */
export class MessageStream {
  private readonly bytes: ByteStream;
  private readonly sealer: MessageCipher | null = null;
  private readonly opener: MessageCipher | null = null;

  /** @param outbound whether this side has opened the connection */
  constructor(bytes: ByteStream, sessionKey: Uint8Array | null, outbound: boolean) {
    this.bytes = bytes;
    if (sessionKey === null) return;
    this.sealer = new MessageCipher(sessionKey, outbound);
    this.opener = new MessageCipher(sessionKey, !outbound);
  }

  get congested(): boolean {
    return this.bytes.congested;
  }

  /** Sends it in one write. @returns an error text, or null */
  send(message: Uint8Array): string | null {
    const body = this.sealer === null ? message : this.sealer.seal(message);
    if (body.length > MESSAGE_LENGTH_MAX) {
      return `outgoing message exceeds maximum size: ${body.length} > ${MESSAGE_LENGTH_MAX}`;
    }
    const framed = new Uint8Array(LENGTH_PREFIX + body.length);
    new DataView(framed.buffer).setUint32(0, body.length);
    framed.set(body, LENGTH_PREFIX);
    return this.bytes.write(framed);
  }

  /** The next message. @throws ConnectionError when it can't be one */
  *receive(): Routine<Uint8Array> {
    const prefix = yield LENGTH_PREFIX;
    const length = new DataView(prefix.buffer).getUint32(0);
    if (length > MESSAGE_LENGTH_MAX) {
      throw new ConnectionError(`incoming message exceeds maximum size: ${length} > ${MESSAGE_LENGTH_MAX}`);
    }
    const body = yield length;
    const message = this.opener === null ? body : this.opener.open(body);
    if (message === null) throw new ConnectionError('Unable to decrypt TCP msg');
    return message;
  }
}
