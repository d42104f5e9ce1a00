import { ZERO_UDP_WORDS } from '../../wire/zero-udp-frame.ts';

/**
 * A record is 64 bytes, one cache line:
 *
 *     doubles  0 time     1 order
 *     words    4 serial    5 interface, ahead, direction    6 file    7 place of its bytes    8-15 note of the frame
 *
 * The length of a frame stands where a note has it (`noteZeroUdp`), also of one that is no more than bytes. A record
 * begins at a multiple of its size, so that `|` finds what is in it: a sum would be checked for being too large.
 */
const DOUBLES_SHIFT = 3;
const WORDS_SHIFT = 4;
const TIME = 0;
const ORDER = 1;
const SERIAL = 4;
const INTERFACE = 5;
const FILE = 6;
const BYTES = 7;
const NOTE = 8;
const LENGTH = NOTE + 2;
/** In place of what else a note would say. */
const KEPT = NOTE;

const DIRECTION_MASK = 3;
const AHEAD = 4;
const INTERFACE_SHIFT = 3;

/** Bytes of a record. */
export const FRAME_RECORD_SIZE = 4 * (NOTE + ZERO_UDP_WORDS);
/** Bits by which a record's place is shifted to where its time is in `doubles`. */
export const TIME_SHIFT = DOUBLES_SHIFT;
/** In place of where its bytes are: the note of the frame says all. */
export const NOTED = -1;

/** Simulated time. */
interface Clock {
  readonly now: number;
}

/** What is kept of frames that were seen, as fixed-size records one behind the other. */
export class FrameRecords {
  count = 0;
  /** The records as words, for the notes of frames (`noteAt`). */
  readonly words: Int32Array;
  /** The same as doubles, for their times (`timeAt`). */
  readonly doubles: Float64Array;
  readonly capacity: number;

  /** @param memory begins with room for `capacity` records, of `FRAME_RECORD_SIZE` bytes each */
  constructor(memory: ArrayBufferLike, capacity: number) {
    this.words = new Int32Array(memory, 0, capacity << WORDS_SHIFT);
    this.doubles = new Float64Array(memory, 0, capacity << DOUBLES_SHIFT);
    this.capacity = capacity;
  }

  /**
   * Adds a record at the end, where there must be room, and answers its place; its note is the caller's to write, or its
   * length (`setLength`).
   * @param clock says when it is seen: a time as an argument might be garbage
   * @param ahead nanoseconds by which its time lies ahead of that
   */
  add(
    clock: Clock,
    ahead: number,
    order: number,
    serial: number,
    file: number,
    iface: number,
    direction: number,
    bytes: number,
  ): number {
    const place = this.count++;
    const { words, doubles } = this;
    const word = place << WORDS_SHIFT;
    const double = place << DOUBLES_SHIFT;
    doubles[double | TIME] = clock.now + ahead;
    doubles[double | ORDER] = order;
    words[word | SERIAL] = serial;
    words[word | INTERFACE] = (iface << INTERFACE_SHIFT) | (ahead > 0 ? AHEAD : 0) | direction;
    words[word | FILE] = file;
    words[word | BYTES] = bytes;
    return place;
  }

  /** Where in `words` a frame may be noted (`noteZeroUdp`). */
  noteAt(place: number): number {
    return (place << WORDS_SHIFT) | NOTE;
  }

  /** Where in `doubles` the time of a record is. */
  timeAt(place: number): number {
    return (place << DOUBLES_SHIFT) | TIME;
  }

  serialOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | SERIAL];
  }

  fileOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | FILE];
  }

  /** Of the interfaces in the file. */
  interfaceOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | INTERFACE] >>> INTERFACE_SHIFT;
  }

  directionOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | INTERFACE] & DIRECTION_MASK;
  }

  isAhead(place: number): boolean {
    return (this.words[(place << WORDS_SHIFT) | INTERFACE] & AHEAD) !== 0;
  }

  lengthOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | LENGTH];
  }

  /** Of one that is no more than bytes: its length, and how many of them are there. */
  setLength(place: number, length: number, kept: number): void {
    this.words[(place << WORDS_SHIFT) | LENGTH] = length;
    this.words[(place << WORDS_SHIFT) | KEPT] = kept;
  }

  /** How many bytes are there of one that is no more than bytes. */
  keptOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | KEPT];
  }

  bytesOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | BYTES];
  }

  setBytes(place: number, bytes: number): void {
    this.words[(place << WORDS_SHIFT) | BYTES] = bytes;
  }

  /** Whether a record comes before another: by time, and at one time by order. */
  precedes(place: number, other: number): boolean {
    const { doubles } = this;
    const mine = place << DOUBLES_SHIFT;
    const its = other << DOUBLES_SHIFT;
    const difference = doubles[mine | TIME] - doubles[its | TIME];
    return difference < 0 || (difference === 0 && doubles[mine | ORDER] < doubles[its | ORDER]);
  }

  /** Adds copies of all records of another list; there must be room. */
  append(other: FrameRecords): void {
    const words = other.words.subarray(0, other.count << WORDS_SHIFT);
    this.words.set(words, this.count << WORDS_SHIFT);
    this.count += other.count;
  }

  /** Moves a record to another place, over the one there. */
  move(from: number, to: number): void {
    this.words.copyWithin(to << WORDS_SHIFT, from << WORDS_SHIFT, (from + 1) << WORDS_SHIFT);
  }
}
