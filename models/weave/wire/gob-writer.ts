import { GobError } from './gob.ts';

const encoder = new TextEncoder();

/** Bytes of a gob as they are put together. */
export class GobWriter {
  private buffer = new Uint8Array(64);
  private written = 0;

  get length(): number {
    return this.written;
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.written);
  }

  /** Below 128 one byte; else how many bytes there are, complemented, then those, big-endian. */
  uint(value: number | bigint): void {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new GobError(`${value} is no integer`);
    if (value < 0 || value > 0xffff_ffff_ffff_ffffn) throw new GobError(`${value} is no unsigned integer`);
    if (value < 128) {
      this.byte(Number(value));
      return;
    }
    const digits = value.toString(16);
    const count = (digits.length + 1) >> 1;
    this.byte(256 - count);
    if (value <= 0xffff_ffff) {
      for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) this.byte((Number(value) >>> shift) & 0xff);
      return;
    }
    const padded = digits.padStart(2 * count, '0');
    for (let i = 0; i < count; i++) this.byte(Number.parseInt(padded.slice(2 * i, 2 * i + 2), 16));
  }

  /** The sign in the lowest bit; the others complemented if it is negative. */
  int(value: number): void {
    const wide = BigInt(value);
    this.uint(wide < 0n ? ((-wide - 1n) << 1n) | 1n : wide << 1n);
  }

  string(text: string): void {
    this.counted(encoder.encode(text));
  }

  /** Bytes, and before them how many. */
  counted(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.append(bytes);
  }

  /** A message, and before it its length. */
  message(message: GobWriter): void {
    this.counted(message.buffer.subarray(0, message.written));
  }

  private byte(value: number): void {
    this.reserve(1);
    this.buffer[this.written++] = value;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.written);
    this.written += bytes.length;
  }

  private reserve(more: number): void {
    if (this.written + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.written + more));
    larger.set(this.buffer.subarray(0, this.written));
    this.buffer = larger;
  }
}
