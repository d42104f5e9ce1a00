import type { EventHandle } from './event-queue.ts';

/** No record: the end of a list. */
export const NONE = -1;
/** In place of a due record's `next`: it has been cancelled, and waits to be dropped. */
export const CANCELLED = -2;

const INITIAL_CAPACITY = 256;
const RECORD_BYTES = 32;

/** A handle is a record's index in 25 bits, and above these its generation in 28. */
const CAPACITY_MAX = 2 ** 25;

/**
 * The pending events themselves: fixed-size records in one buffer, named by index, with a free list. A record
 * is 32 bytes, so that two share a cache line:
 *
 *     doubles  0 time     1 sequence (a double, for it passes 2^31 in a long run)
 *     words    4 owner    5 kind    6 argument    7 generation
 *
 * The places of the fields stand as literals in the methods below and nowhere else: a constant of the module
 * would be fetched from memory each time, which cost a tenth of an event.
 *
 * The links of lists are arrays of their own: a walk along a list waits for the small links only, and the
 * reads of the records that it meets overlap. Whoever holds on to `next` or `previous` must fetch them anew
 * after every `add`, which may have replaced them by larger ones.
 */
export class EventRecords {
  next: Int32Array;
  previous: Int32Array;
  private doubles: Float64Array;
  private words: Int32Array;
  private free = NONE;

  constructor() {
    const buffer = new ArrayBuffer(INITIAL_CAPACITY * RECORD_BYTES);
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    this.next = new Int32Array(INITIAL_CAPACITY);
    this.previous = new Int32Array(INITIAL_CAPACITY);
    this.prepare(0);
  }

  /** Number of records, in use or free. */
  get capacity(): number {
    return this.next.length;
  }

  /** Fills in a record off the free list. */
  add(time: number, owner: number, sequence: number, kind: number, argument: number): number {
    if (this.free < 0) this.grow();
    const record = this.free;
    this.free = this.next[record];
    const { doubles, words } = this;
    doubles[record << 2] = time;
    doubles[(record << 2) + 1] = sequence;
    words[(record << 3) + 4] = owner;
    words[(record << 3) + 5] = kind;
    words[(record << 3) + 6] = argument;
    return record;
  }

  timeOf(record: number): number {
    return this.doubles[record << 2];
  }

  ownerOf(record: number): number {
    return this.words[(record << 3) + 4];
  }

  kindOf(record: number): number {
    return this.words[(record << 3) + 5];
  }

  argumentOf(record: number): number {
    return this.words[(record << 3) + 6];
  }

  /** Whether `a` fires before `b`, for records that are due at the same time. */
  outranks(a: number, b: number): boolean {
    const difference = this.ownerOf(a) - this.ownerOf(b);
    return difference !== 0 ? difference < 0 : this.doubles[(a << 2) + 1] < this.doubles[(b << 2) + 1];
  }

  /** Whether `a` fires before `b`: order of (time, owner, sequence). */
  precedes(a: number, b: number): boolean {
    const difference = this.timeOf(a) - this.timeOf(b);
    return difference !== 0 ? difference < 0 : this.outranks(a, b);
  }

  /** The handle of a record in use: never 0, nor any other number below 2^25. */
  handleOf(record: number): EventHandle {
    return this.words[(record << 3) + 7] * 2 ** 25 + record;
  }

  /** The record that a handle names; `NONE` for a handle that is stale or was never given out. */
  find(handle: EventHandle): number {
    const record = handle & (CAPACITY_MAX - 1);
    return record < this.capacity && this.handleOf(record) === handle ? record : NONE;
  }

  /** Makes a record's handle stale while the record is still in use. */
  disown(record: number): void {
    this.words[(record << 3) + 7]++;
  }

  /** Gives a record back; its handle is stale from now on. */
  release(record: number): void {
    // A record that has used up its generations is retired, so no handle ever comes back to life.
    if (++this.words[(record << 3) + 7] > 2 ** 28 - 1) return;
    this.next[record] = this.free;
    this.free = record;
  }

  private grow(): void {
    const { words, next, previous } = this;
    const old = next.length;
    if (old >= CAPACITY_MAX) throw new RangeError(`more than ${CAPACITY_MAX} events are pending`);
    const buffer = new ArrayBuffer(2 * old * RECORD_BYTES);
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    this.next = new Int32Array(2 * old);
    this.previous = new Int32Array(2 * old);
    this.words.set(words);
    this.next.set(next);
    this.previous.set(previous);
    this.prepare(old);
  }

  /** Puts the records from `first` on the empty free list, the lowest to be used first. */
  private prepare(first: number): void {
    const { words, next } = this;
    for (let record = first; record < next.length; record++) {
      words[(record << 3) + 7] = 1;
      next[record] = record + 1;
    }
    next[next.length - 1] = NONE;
    this.free = first;
  }
}
