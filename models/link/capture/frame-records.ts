import { ZERO_UDP_WORDS } from '../../wire/zero-udp-frame.ts';

/**
 * A record is 64 bytes, one cache line:
 *
 *     doubles  0 time     1 order
 *     words    4 serial    5 view, whether noted, whether ahead, direction    6 second view    8-15 note of the frame
 *
 * A frame seen at two interfaces in a row, as it is, has one record: the second view is -1 in others.
 *
 * In place of a note stand the bytes that are kept of any other frame: 8 how many, 9 where they begin. The length of a
 * frame is word 10, where a note has it (`noteZeroUdp`). A record begins at a multiple of its size, so that `|` finds
 * what is in it: a sum would be checked for being too large, each time.
 */
const DOUBLES_SHIFT = 3;
const WORDS_SHIFT = 4;
const TIME = 0;
const ORDER = 1;
const SERIAL = 4;
const VIEW = 5;
const SECOND_VIEW = 6;
const NOTE = 8;
const KEPT = NOTE;
const BYTES = NOTE + 1;
const LENGTH = NOTE + 2;

const DIRECTION_MASK = 3;
const AHEAD = 4;
const NOTED = 8;
const VIEW_SHIFT = 4;

/** Bytes of a record. */
export const FRAME_RECORD_SIZE = 4 * (NOTE + ZERO_UDP_WORDS);
/** Bits by which a record's place is shifted to where its time is in `doubles`. */
export const TIME_SHIFT = DOUBLES_SHIFT;

/** Simulated time: a time as an argument would be garbage. */
interface Clock {
  readonly now: number;
}

/**
 * What is kept of frames that were seen, as fixed-size records one behind the other. Each was seen from a view: an
 * interface, for a file.
 */
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
   * Adds a record of a frame of which a note says all, where there must be room, and answers where in `words` to write
   * the note.
   * @param ahead nanoseconds by which the time of the frame lies ahead of now
   * @param second where it was seen next, at once; -1 for nowhere
   */
  addNoted(
    clock: Clock,
    ahead: number,
    order: number,
    serial: number,
    view: number,
    second: number,
    direction: number,
  ): number {
    const place = this.count;
    this.count = place + 1;
    const { words, doubles } = this;
    const double = place << DOUBLES_SHIFT;
    doubles[double | TIME] = clock.now + ahead;
    doubles[double | ORDER] = order;
    const word = place << WORDS_SHIFT;
    words[word | SERIAL] = serial;
    words[word | VIEW] = (view << VIEW_SHIFT) | NOTED | (ahead > 0 ? AHEAD : 0) | direction;
    words[word | SECOND_VIEW] = second;
    return word | NOTE;
  }

  /** The same for any other frame: `kept` bytes of it begin at `bytes`. */
  addBytes(
    clock: Clock,
    ahead: number,
    order: number,
    serial: number,
    view: number,
    second: number,
    direction: number,
    length: number,
    bytes: number,
    kept: number,
  ): void {
    const word = this.addNoted(clock, ahead, order, serial, view, second, direction) ^ NOTE;
    const { words } = this;
    words[word | VIEW] ^= NOTED;
    words[word | KEPT] = kept;
    words[word | BYTES] = bytes;
    words[word | LENGTH] = length;
  }

  /** Where in `words` a frame is noted (`noteZeroUdp`). */
  noteAt(place: number): number {
    return (place << WORDS_SHIFT) | NOTE;
  }

  isNoted(place: number): boolean {
    return (this.words[(place << WORDS_SHIFT) | VIEW] & NOTED) !== 0;
  }

  /** Where in `doubles` the time of a record is. */
  timeAt(place: number): number {
    return (place << DOUBLES_SHIFT) | TIME;
  }

  serialOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | SERIAL];
  }

  viewOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | VIEW] >>> VIEW_SHIFT;
  }

  /** Where it was seen next, at once; -1 for nowhere. */
  secondViewOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | SECOND_VIEW];
  }

  directionOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | VIEW] & DIRECTION_MASK;
  }

  isAhead(place: number): boolean {
    return (this.words[(place << WORDS_SHIFT) | VIEW] & AHEAD) !== 0;
  }

  lengthOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | LENGTH];
  }

  /** Of a frame that is not noted: how many bytes of it are kept. */
  keptOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | KEPT];
  }

  /** And where they begin. */
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
