import { GobError } from './gob.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Takes the bytes of a gob apart. Every method throws a GobError where the bytes end too early. */
export class GobReader {
  private readonly bytes: Uint8Array;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** An unsigned number of up to 53 bits. */
  uint(): number {
    const value = this.uint64();
    if (value > Number.MAX_SAFE_INTEGER) throw new GobError(`number ${value} out of range`);
    return Number(value);
  }

  uint64(): bigint {
    const first = this.byte();
    if (first < 128) return BigInt(first);
    const count = 256 - first;
    if (count > 8) throw new GobError('encoded unsigned integer out of range');
    let value = 0n;
    for (let i = 0; i < count; i++) value = (value << 8n) | BigInt(this.byte());
    return value;
  }

  /** A number with a sign, of up to 53 bits. */
  int(): number {
    const coded = this.uint64();
    const value = (coded & 1n) === 0n ? coded >> 1n : -(coded >> 1n) - 1n;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new GobError(`number ${value} out of range`);
    return number;
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  string(): string {
    return decoder.decode(this.take(this.count()));
  }

  /** Bytes that stand behind their number: a copy. */
  counted(): Uint8Array {
    return this.take(this.count()).slice();
  }

  /** How many follow of what takes a byte at least. */
  count(): number {
    const count = this.uint();
    if (count > this.remaining) throw new GobError('unexpected end of gob');
    return count;
  }

  /** What is in the next message. */
  message(): GobReader {
    return new GobReader(this.take(this.count()));
  }

  private take(length: number): Uint8Array {
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  private byte(): number {
    if (this.position >= this.bytes.length) throw new GobError('unexpected end of gob');
    return this.bytes[this.position++]!;
  }
}
