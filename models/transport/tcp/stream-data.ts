import type { Payload } from '../../payload.ts';

interface Part {
  payload: Payload;
  offset: number;
  length: number;
}

/** Several stretches of data, one behind the other. */
export class JoinedPayload implements Payload {
  length = 0;
  private readonly parts: Part[] = [];

  /** What is joined itself is taken apart, so that what was sent as one can be seen to be one. */
  add(payload: Payload, offset: number, length: number): void {
    if (payload instanceof JoinedPayload) {
      payload.forEach(offset, length, (part, from, count) => this.add(part, from, count));
      return;
    }
    this.length += length;
    const last = this.parts.at(-1);
    if (last !== undefined && last.payload === payload && last.offset + last.length === offset) {
      last.length += length;
    } else this.parts.push({ payload, offset, length });
  }

  /** Where it is one stretch of one payload: that, and where in it the stretch begins. */
  get only(): Readonly<Part> | null {
    return this.parts.length === 1 ? this.parts[0] : null;
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    this.forEach(from, length, (payload, at, count) => {
      payload.writeTo(bytes, offset, at, count);
      offset += count;
    });
  }

  /** The parts of `from` .. `from + length`. */
  private forEach(
    from: number,
    length: number,
    action: (payload: Payload, offset: number, length: number) => void,
  ): void {
    for (const part of this.parts) {
      if (length === 0) return;
      if (from >= part.length) {
        from -= part.length;
        continue;
      }
      const take = Math.min(length, part.length - from);
      action(part.payload, part.offset + from, take);
      length -= take;
      from = 0;
    }
  }
}

/** Data received in order that the application has not read, or data received ahead of order. */
export interface ReceivedData {
  sequence: number;
  end: number;
  payload: Payload;
  /** Of the byte with number `sequence` in `payload`. */
  offset: number;
  /** Memory charged for it. */
  truesize: number;
  /** A FIN follows it; set only on what came ahead of order. */
  fin: boolean;
  next: ReceivedData | null;
}
