/**
 * Takes the next bytes of a file. They are a view of a buffer that is used again as soon as the sink returns:
 * a sink that does not write them at once must copy them. What a sink throws comes out of the call that
 * flushed; those bytes then count as handed over, so that they never reach a file twice.
 */
export type ByteSink = (bytes: Uint8Array) => void;

/** Collected bytes before the sink is called, unless the caller says otherwise. */
export const DEFAULT_BUFFER_SIZE = 256 * 1024;

/**
 * Collects whole records in one reusable buffer. Every chunk that the sink gets ends where a record ends, so
 * a file that is cut off between two calls of the sink is a valid file.
 *
 * @internal
 */
export class RecordBuffer {
  bytes: Uint8Array;
  /** The same memory; made once per buffer, because one per record would cost more than the record. */
  view: DataView;
  /** The same memory as aligned words in the machine's byte order. */
  words: Int32Array;
  /** Bytes of the records collected since the last flush. */
  private used = 0;
  /** Where the last one starts. */
  last = 0;
  private readonly sink: ByteSink;

  constructor(sink: ByteSink, size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`buffer size of ${size} bytes`);
    this.sink = sink;
    const memory = allocate(size);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.words = new Int32Array(memory);
  }

  /** Makes room for one record of `size` bytes and returns where it starts; the caller writes all of it. */
  reserve(size: number): number {
    if (this.used + size > this.bytes.length) this.makeRoom(size);
    const start = this.used;
    this.used = start + size;
    this.last = start;
    return start;
  }

  /** Where the last one ends. */
  get end(): number {
    return this.used;
  }

  /** Goes on in a memory that begins with as many bytes for it. */
  moveTo(memory: ArrayBuffer): void {
    this.flush();
    const { length } = this.bytes;
    this.bytes = new Uint8Array(memory, 0, length);
    this.view = new DataView(memory, 0, length);
    this.words = new Int32Array(memory, 0, length >>> 2);
  }

  /** Hands everything collected to the sink. */
  flush(): void {
    if (this.used === 0) return;
    const chunk = this.bytes.subarray(0, this.used);
    this.used = 0;
    this.sink(chunk);
  }

  private makeRoom(size: number): void {
    this.flush();
    if (size <= this.bytes.length) return;
    const memory = allocate(size);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.words = new Int32Array(memory);
  }
}

/** Memory of at least `size` bytes that is whole words. */
function allocate(size: number): ArrayBuffer {
  return new ArrayBuffer((size + 3) & ~3);
}

/**
 * Copies the first `length` bytes of `from`. A loop over single bytes is slower from about 40 bytes on.
 *
 * @internal
 */
export function copyBytes(from: Uint8Array, length: number, to: Uint8Array, offset: number): void {
  to.set(length === from.length ? from : from.subarray(0, length), offset);
}
