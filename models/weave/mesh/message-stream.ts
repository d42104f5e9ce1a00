import type { JoinedPayload } from '../../transport/tcp/stream-data.ts';
import { type ByteStream, bytesOf } from './byte-stream.ts';
import { BytesContent, type Content } from './content.ts';
import { FramedMessage } from './message.ts';
import { LENGTH_PREFIX, MESSAGE_LENGTH_MAX } from './protocol.ts';
import { MessageCipher } from './session-key.ts';

/**
 * What a routine that reads from a connection waits for: so many bytes, or something that calls back. It is a
 * generator where the real router has a goroutine.
 */
export type Wait = number | ((resume: () => void) => void);
export type Routine<T> = Generator<Wait, T, JoinedPayload>;

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
  send(message: Content): string | null {
    const { sealer } = this;
    const body = sealer === null ? message : new BytesContent(sealer.seal(message.bytes()));
    if (body.length > MESSAGE_LENGTH_MAX) {
      return `outgoing message exceeds maximum size: ${body.length} > ${MESSAGE_LENGTH_MAX}`;
    }
    const framed = new FramedMessage(body);
    return this.bytes.writePayload(framed, framed.length);
  }

  /** The next message. @throws ConnectionError when it can't be one */
  *receive(): Routine<Content> {
    const prefix = bytesOf(yield LENGTH_PREFIX);
    const length = new DataView(prefix.buffer).getUint32(0);
    if (length > MESSAGE_LENGTH_MAX) {
      throw new ConnectionError(`incoming message exceeds maximum size: ${length} > ${MESSAGE_LENGTH_MAX}`);
    }
    const body = contentOf(yield length);
    if (this.opener === null) return body;
    const message = this.opener.open(body.bytes());
    if (message === null) throw new ConnectionError('Unable to decrypt TCP msg');
    return new BytesContent(message);
  }
}

/** A message that has come as it was sent is that message; of another one there are the bytes. */
function contentOf(body: JoinedPayload): Content {
  const { only } = body;
  const isWhole =
    only?.payload instanceof FramedMessage &&
    only.offset === LENGTH_PREFIX &&
    only.length === only.payload.message.length;
  return isWhole ? only.payload.message : new BytesContent(bytesOf(body));
}
