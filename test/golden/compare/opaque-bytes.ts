/** Bytes that the comparator does not interpret, perhaps cut short by the snap length of the capture. */
export class OpaqueBytes {
  readonly bytes: Uint8Array;
  /** How many there were on the wire. */
  readonly wireLength: number;

  constructor(bytes: Uint8Array, wireLength: number) {
    this.bytes = bytes;
    this.wireLength = wireLength;
  }

  /** Equal when as many were on the wire and all that both captures kept are the same. */
  equals(other: OpaqueBytes): boolean {
    if (this.wireLength !== other.wireLength) return false;
    const common = Math.min(this.bytes.length, other.bytes.length);
    for (let i = 0; i < common; i++) if (this.bytes[i] !== other.bytes[i]) return false;
    return true;
  }

  /** `46 bytes 73746570312d756e..`: the length and the first 16 bytes. */
  toString(): string {
    const start = Buffer.from(this.bytes.subarray(0, 16)).toString('hex');
    return `${this.wireLength} bytes${start === '' ? '' : ` ${start}`}${this.wireLength > 16 ? '..' : ''}`;
  }
}
