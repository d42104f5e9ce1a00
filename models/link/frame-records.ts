import { ZERO_UDP_WORDS } from '../wire/zero-udp-frame.ts';
import { sortByTime } from './sort-by-time.ts';

/**
 * A record is 64 bytes, one cache line:
 *
 *     doubles  0 time     1 order
 *     words    4 serial    5 interface and direction    6 length    7 place of its bytes    8-15 note of the frame
 */
const DOUBLES_SHIFT = 3;
const WORDS_SHIFT = 4;
const TIME = 0;
const ORDER = 1;
const SERIAL = 4;
const INTERFACE = 5;
const LENGTH = 6;
const BYTES = 7;
const NOTE = 8;
const WORDS = NOTE + ZERO_UDP_WORDS;

const CAPACITY_START = 8;

/** Frames that were seen and wait to be written, in a list of fixed-size records. */
export class FrameRecords {
  count = 0;
  /** The records as words, for the notes of frames (`noteAt`). */
  words: Int32Array;
  /** The same as doubles, for their times (`timeAt`). */
  doubles: Float64Array;
  /** Places of those that are due; see `sortDue`. */
  private due = new Int32Array(0);
  private spare = new Int32Array(0);

  constructor() {
    this.words = new Int32Array(CAPACITY_START << WORDS_SHIFT);
    this.doubles = new Float64Array(this.words.buffer);
  }

  /** Adds a record at the end and answers its place. `times[at]` is its time: as an argument it might be garbage. */
  add(times: Float64Array, at: number, order: number): number {
    if (this.count << WORDS_SHIFT === this.words.length) this.grow();
    const place = this.count++;
    this.doubles[(place << DOUBLES_SHIFT) + TIME] = times[at];
    this.doubles[(place << DOUBLES_SHIFT) + ORDER] = order;
    return place;
  }

  /** The same for a record that may belong before some that are there, all of them in the order of (time, order). */
  insert(times: Float64Array, at: number, order: number): number {
    const last = this.add(times, at, order);
    let place = last;
    while (place > 0 && this.precedes(last, this, place - 1)) place--;
    if (place < last) this.moveUp(place, times[at], order);
    return place;
  }

  /** Whether a record of that time and order may stand at the end. */
  fits(times: Float64Array, at: number, order: number): boolean {
    if (this.count === 0) return true;
    const last = (this.count - 1) << DOUBLES_SHIFT;
    const time = this.doubles[last + TIME];
    return time < times[at] || (time === times[at] && this.doubles[last + ORDER] <= order);
  }

  /** @param bytes place of the frame's bytes, or a negative number when its note says all */
  fill(place: number, serial: number, interfaceAndDirection: number, length: number, bytes: number): void {
    const at = place << WORDS_SHIFT;
    this.words[at + SERIAL] = serial;
    this.words[at + INTERFACE] = interfaceAndDirection;
    this.words[at + LENGTH] = length;
    this.words[at + BYTES] = bytes;
  }

  /** Where in `words` a frame may be noted (`noteZeroUdp`). */
  noteAt(place: number): number {
    return (place << WORDS_SHIFT) + NOTE;
  }

  /** Where in `doubles` the time of a record is. */
  timeAt(place: number): number {
    return (place << DOUBLES_SHIFT) + TIME;
  }

  serialOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) + SERIAL];
  }

  interfaceAndDirectionOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) + INTERFACE];
  }

  lengthOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) + LENGTH];
  }

  bytesOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) + BYTES];
  }

  /** Whether a record comes before one of another list: by time, and at one time by order. */
  precedes(place: number, other: FrameRecords, otherPlace: number): boolean {
    const mine = place << DOUBLES_SHIFT;
    const its = otherPlace << DOUBLES_SHIFT;
    const difference = this.doubles[mine + TIME] - other.doubles[its + TIME];
    return difference < 0 || (difference === 0 && this.doubles[mine + ORDER] < other.doubles[its + ORDER]);
  }

  clear(): void {
    this.count = 0;
  }

  /**
   * Finds the records of before `times[at]`, or up to and with it, of a list whose records have come in their order;
   * answers how many, and `dueAt` which: sorted by time, those of one time as they came.
   */
  sortDue(times: Float64Array, at: number, inclusive: boolean): number {
    if (this.due.length < this.count) {
      this.due = new Int32Array(this.words.length >> WORDS_SHIFT);
      this.spare = new Int32Array(this.due.length);
    }
    let count = 0;
    for (let place = 0; place < this.count; place++) {
      if (this.isDue(place, times, at, inclusive)) this.due[count++] = place;
    }
    const sorted = sortByTime(this.due, this.spare, count, this.doubles, DOUBLES_SHIFT);
    if (sorted !== this.due) [this.due, this.spare] = [this.spare, this.due];
    return count;
  }

  dueAt(i: number): number {
    return this.due[i];
  }

  /** Takes the records away that `sortDue` found. */
  dropDue(times: Float64Array, at: number, inclusive: boolean): void {
    let kept = 0;
    for (let place = 0; place < this.count; place++) {
      if (this.isDue(place, times, at, inclusive)) continue;
      if (kept < place)
        this.words.copyWithin(kept << WORDS_SHIFT, place << WORDS_SHIFT, (place + 1) << WORDS_SHIFT);
      kept++;
    }
    this.count = kept;
  }

  private isDue(place: number, times: Float64Array, at: number, inclusive: boolean): boolean {
    const time = this.doubles[(place << DOUBLES_SHIFT) + TIME];
    return time < times[at] || (inclusive && time === times[at]);
  }

  /** Moves the records from a place on up by one, but for the last, whose time and order go there. */
  private moveUp(place: number, time: number, order: number): void {
    const { words, doubles, count } = this;
    words.copyWithin((place + 1) << WORDS_SHIFT, place << WORDS_SHIFT, (count - 1) << WORDS_SHIFT);
    doubles[(place << DOUBLES_SHIFT) + TIME] = time;
    doubles[(place << DOUBLES_SHIFT) + ORDER] = order;
  }

  private grow(): void {
    const words = new Int32Array(this.count * 2 * WORDS);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }
}
