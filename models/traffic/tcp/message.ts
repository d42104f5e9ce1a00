import type { Payload } from '../../payload.ts';

/**
 * What traffic over TCP sends: messages. The first bytes of each say how long it is, how long an answer it wants and
 * of which flow it is, so that a server needs to know nothing else. All numbers in network order:
 *
 *     0      4        8           14                    20
 *     | flow | number | its bytes | bytes of the answer | zeros ...
 */
export interface Message {
  flow: number;
  /** Its own in the flow. */
  number: number;
  /** Bytes, these first ones counted; `ENDLESS` for as many as come. */
  length: number;
  /** Bytes of the answer; 0 for none. */
  answer: number;
}

/** No message is shorter. */
export const MESSAGE_HEADER_LENGTH = 20;
/** The length of a message that ends with its connection. */
export const ENDLESS = 2 ** 48 - 1;

/** The bytes of a message: its head and zeros. */
export class MessagePayload implements Payload {
  private readonly head = new Uint8Array(MESSAGE_HEADER_LENGTH);

  constructor({ flow, number, length, answer }: Message) {
    const view = new DataView(this.head.buffer);
    view.setUint32(0, flow);
    view.setUint32(4, number);
    setUint48(view, 8, length);
    setUint48(view, 14, answer);
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    bytes.fill(0, offset, offset + length);
    if (from < MESSAGE_HEADER_LENGTH) bytes.set(this.head.subarray(from, from + length), offset);
  }
}

/** Reads the head of a message. */
export function parseMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    flow: view.getUint32(0),
    number: view.getUint32(4),
    length: getUint48(view, 8),
    answer: getUint48(view, 14),
  };
}

function setUint48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, Math.floor(value / 2 ** 32));
  view.setUint32(offset + 2, value >>> 0);
}

function getUint48(view: DataView, offset: number): number {
  return view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2);
}
