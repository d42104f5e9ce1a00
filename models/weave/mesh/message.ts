import type { Payload } from '../../payload.ts';
import { BytesContent, type Content } from './content.ts';
import { LENGTH_PREFIX } from './protocol.ts';

/** What is sent over a connection once the handshake is over: a tag, and what it is about. */
export class Message implements Content {
  constructor(
    readonly tag: number,
    readonly content: Content,
  ) {}

  /** What has been received, which is not empty. */
  static of(received: Content): Message {
    if (received instanceof Message) return received;
    const bytes = received.bytes();
    return new Message(bytes[0], new BytesContent(bytes.subarray(1)));
  }

  get length(): number {
    return 1 + this.content.length;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    bytes[0] = this.tag;
    bytes.set(this.content.bytes(), 1);
    return bytes;
  }
}

/** A message on its way, with its length in front. */
export class FramedMessage implements Payload {
  private bytes: Uint8Array | null = null;

  constructor(readonly message: Content) {}

  get length(): number {
    return LENGTH_PREFIX + this.message.length;
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    // who reads how long it is has not looked at it
    const framed = from + length <= LENGTH_PREFIX ? this.prefix() : this.framed();
    bytes.set(framed.subarray(from, from + length), offset);
  }

  private framed(): Uint8Array {
    if (this.bytes === null) {
      this.bytes = new Uint8Array(this.length);
      this.bytes.set(this.prefix());
      this.bytes.set(this.message.bytes(), LENGTH_PREFIX);
    }
    return this.bytes;
  }

  private prefix(): Uint8Array {
    const prefix = new Uint8Array(LENGTH_PREFIX);
    new DataView(prefix.buffer).setUint32(0, this.message.length);
    return prefix;
  }
}
