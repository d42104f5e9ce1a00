import type { RecordBuffer } from './record-buffer.ts';
import { WordMemory } from './word-memory.ts';

/** Bytes of an image: how many its block has, the length that it is of, and the block. */
const IMAGE_SIZE = 192;
const SIZE = 0;
const LENGTH = 1;
const HEAD = 8;
/** What is larger is not kept: to make it anew takes hardly longer then. */
const BLOCK_MAX = IMAGE_SIZE - HEAD;
/** A copy may write so many bytes behind its end. */
const SLACK = 8;

/**
 * Blocks of packets as they were written last, each under a number, for more of their kind to be copied from. They
 * stand in one memory with the buffer of a writer.
 */
export class PacketImages {
  private readonly out: RecordBuffer;
  private readonly buffer: Int32Array;
  private readonly memory: WordMemory;
  private readonly words: Int32Array;
  /** Where the first one begins. */
  private readonly start: number;
  private readonly capacity: number;

  private constructor(out: RecordBuffer, memory: WordMemory, start: number, capacity: number) {
    this.out = out;
    this.buffer = out.words;
    this.memory = memory;
    this.words = new Int32Array(memory.buffer);
    this.start = start;
    this.capacity = capacity;
  }

  /** Room for `capacity` images of what stands in the buffer, which moves; null when there is no memory for them. */
  static create(out: RecordBuffer, capacity: number): PacketImages | null {
    const start = (out.bytes.length + SLACK + 63) & ~63;
    const memory = WordMemory.create(start + capacity * IMAGE_SIZE);
    if (memory === null) return null;
    out.moveTo(memory.buffer);
    return new PacketImages(out, memory, start, capacity);
  }

  /** Bytes of the block under a number, if it is of a packet of that length; else 0. */
  sizeOf(number: number, length: number): number {
    if (number >= this.capacity || !this.isBesideBuffer) return 0;
    const word = (this.start + number * IMAGE_SIZE) >>> 2;
    return this.words[word + LENGTH] === length ? this.words[word + SIZE] : 0;
  }

  /** Copies the block under a number to where it is wanted in the buffer. */
  copyTo(number: number, to: number, size: number): void {
    this.memory.copy(to, this.start + number * IMAGE_SIZE + HEAD, size);
  }

  /** Keeps a block of the buffer. */
  keep(number: number, length: number, from: number, size: number): void {
    if (size > BLOCK_MAX || number >= this.capacity || !this.isBesideBuffer) return;
    const at = this.start + number * IMAGE_SIZE;
    this.words[(at >>> 2) + SIZE] = size;
    this.words[(at >>> 2) + LENGTH] = length;
    for (let i = 0; i < size; i += 4) this.words[(at + HEAD + i) >>> 2] = this.words[(from + i) >>> 2];
  }

  /** Not any more once the writer has had a block for which it needed a larger buffer. */
  private get isBesideBuffer(): boolean {
    return this.out.words === this.buffer;
  }
}
