/**
 * What a datagram carries after its last header. A payload is described, not stored: bytes are made only when
 * someone looks (a capture, a checksum, a fragment). Implementations are immutable and may be shared.
 */
export interface Payload {
  /** Writes payload bytes `from` .. `from + length` to `bytes` at `offset`. */
  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void;
}

/** All bytes zero. */
export const ZERO_PAYLOAD: Payload = {
  writeTo(bytes, offset, _from, length) {
    bytes.fill(0, offset, offset + length);
  },
};

/** Byte i is `first + i` modulo `modulus`: the pattern of ping (256) and of many traffic tools. */
export class CountingPayload implements Payload {
  constructor(
    private readonly modulus: number,
    private readonly first = 0,
  ) {}

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    for (let i = 0; i < length; i++) bytes[offset + i] = (this.first + from + i) % this.modulus;
  }
}

/** The same few bytes over and over. */
export class RepeatingPayload implements Payload {
  constructor(private readonly pattern: Uint8Array) {}

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    for (let i = 0; i < length; i++) bytes[offset + i] = this.pattern[(from + i) % this.pattern.length];
  }
}

/** Bytes given as they are. */
export class BytesPayload implements Payload {
  constructor(readonly bytes: Uint8Array) {}

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    bytes.set(this.bytes.subarray(from, from + length), offset);
  }
}
