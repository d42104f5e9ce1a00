import type { Payload } from '../../payload.ts';

/** Several stretches of data, one behind the other. */
export class JoinedPayload implements Payload {
  private readonly parts: { payload: Payload; offset: number; length: number }[] = [];

  add(payload: Payload, offset: number, length: number): void {
    const last = this.parts.at(-1);
    if (last !== undefined && last.payload === payload && last.offset + last.length === offset) {
      last.length += length;
    } else this.parts.push({ payload, offset, length });
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    for (const part of this.parts) {
      if (length === 0) return;
      if (from >= part.length) {
        from -= part.length;
        continue;
      }
      const take = Math.min(length, part.length - from);
      part.payload.writeTo(bytes, offset, part.offset + from, take);
      offset += take;
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
