import type { EventHandle } from './event-queue.ts';

/** No record: the end of a list. */
export const NONE = -1;

/** Values of a record's `PLACE` that are not a slot of the wheel. */
export const IN_DUE = -1;
export const CANCELLED = -2;
const FREE = -3;

/** A record is one cache line: 8 doubles, or 16 words, of which these are used. */
export const DOUBLES_SHIFT = 3;
export const WORDS_SHIFT = 4;
export const TIME = 0; // double
export const SEQUENCE = 1; // double: passes 2^31 in a long run
export const OWNER = 4;
export const KIND = 5;
export const ARGUMENT = 6;
export const NEXT = 7;
export const PREVIOUS = 8;
export const PLACE = 9;
const GENERATION = 10;

const INITIAL_CAPACITY = 256;

/** A handle is a record's generation above these bits and its index in them: 53 bits altogether. */
const INDEX_BITS = 25;
const CAPACITY_MAX = 2 ** INDEX_BITS;
const GENERATION_UNIT = 2 ** INDEX_BITS;
const GENERATION_MAX = 2 ** (53 - INDEX_BITS) - 1;

/**
 * The pending events themselves: fixed-size records in one buffer, named by index, with a free list. Users index
 * `words` and `doubles` directly, and read the two anew after every `take`, which may have moved them.
 */
export class EventRecords {
  doubles: Float64Array;
  words: Int32Array;
  private capacity = INITIAL_CAPACITY;
  private free = NONE;

  constructor() {
    const buffer = new ArrayBuffer(INITIAL_CAPACITY << (DOUBLES_SHIFT + 3));
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    this.chainFree(0);
  }

  /** A record off the free list, its fields still to be filled in. */
  take(): number {
    if (this.free === NONE) this.grow();
    const record = this.free;
    this.free = this.words[(record << WORDS_SHIFT) + NEXT];
    return record;
  }

  /** Gives a record back; its handle is stale from now on. */
  release(record: number): void {
    const words = this.words;
    const base = record << WORDS_SHIFT;
    words[base + PLACE] = FREE;
    const generation = ++words[base + GENERATION];
    // A record that has used up its generations is retired, so no handle ever comes back to life.
    if (generation > GENERATION_MAX) return;
    words[base + NEXT] = this.free;
    this.free = record;
  }

  handleOf(record: number): EventHandle {
    return this.words[(record << WORDS_SHIFT) + GENERATION] * GENERATION_UNIT + record;
  }

  /** The pending record that a handle names; `NONE` for a handle that is stale or was never given out. */
  find(handle: EventHandle): number {
    const record = handle & (CAPACITY_MAX - 1);
    if (record >= this.capacity || this.handleOf(record) !== handle) return NONE;
    return this.words[(record << WORDS_SHIFT) + PLACE] > CANCELLED ? record : NONE;
  }

  /** Whether `a` fires before `b`, for records that are due at the same time. */
  outranks(a: number, b: number): boolean {
    const words = this.words;
    const difference = words[(a << WORDS_SHIFT) + OWNER] - words[(b << WORDS_SHIFT) + OWNER];
    if (difference !== 0) return difference < 0;
    const doubles = this.doubles;
    return doubles[(a << DOUBLES_SHIFT) + SEQUENCE] < doubles[(b << DOUBLES_SHIFT) + SEQUENCE];
  }

  /** Whether `a` fires before `b`: order of (time, owner, sequence). */
  precedes(a: number, b: number): boolean {
    const difference = this.doubles[(a << DOUBLES_SHIFT) + TIME] - this.doubles[(b << DOUBLES_SHIFT) + TIME];
    return difference !== 0 ? difference < 0 : this.outranks(a, b);
  }

  private grow(): void {
    const old = this.capacity;
    if (old >= CAPACITY_MAX) throw new RangeError(`more than ${CAPACITY_MAX} events are pending`);
    const words = this.words;
    const buffer = new ArrayBuffer((old * 2) << (DOUBLES_SHIFT + 3));
    this.capacity = old * 2;
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    this.words.set(words);
    this.chainFree(old);
  }

  /** Puts the records from `first` to the last on the free list, the lowest to be taken first. */
  private chainFree(first: number): void {
    const words = this.words;
    for (let record = first; record < this.capacity; record++) {
      const base = record << WORDS_SHIFT;
      words[base + PLACE] = FREE;
      words[base + NEXT] = record + 1;
    }
    words[((this.capacity - 1) << WORDS_SHIFT) + NEXT] = this.free;
    this.free = first;
  }
}
