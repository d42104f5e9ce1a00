/**
 * Bytes that one router sends another, described: they are made when someone looks (a capture, a cipher, a receiver
 * that gets them in pieces). A receiver to whom they come as they were sent is given the description.
 */
export interface Content {
  readonly length: number;
  bytes(): Uint8Array;
}

/** Bytes that are there. */
export class BytesContent implements Content {
  constructor(private readonly given: Uint8Array) {}

  get length(): number {
    return this.given.length;
  }

  bytes(): Uint8Array {
    return this.given;
  }
}
