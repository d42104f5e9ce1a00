/**
 * A record is 32 bytes, half a cache line:
 *
 *     doubles  0 time     1 order
 *     words    4 serial    5 view, kind, whether ahead, direction    6, 7 what it looks like, by its kind
 *
 * Of bytes and notes (`FrameKind`) 6 says where they begin, and 7 is the length of the frame. What is like others has in
 * 6 the length of its IP packet and its identification, and 7 says which ones (`FrameTemplates`). A record begins at a
 * multiple of its size, so that `|` finds what is in it: a sum would be checked for being too large, each time.
 */
const DOUBLES_SHIFT = 2;
const WORDS_SHIFT = 3;
const TIME = 0;
const ORDER = 1;
const SERIAL = 4;
const VIEW = 5;
const LOOKS = 6;
const MORE = 7;

/** What is known of how a frame looks: its bytes; the note of a frame of zeros (`noteZeroUdp`); that it is like others. */
export const FrameKind = { bytes: 0, note: 1 << 3, like: 2 << 3 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

const DIRECTION_MASK = 3;
const AHEAD = 1 << 2;
const KIND_MASK = 3 << 3;
const VIEW_SHIFT = 5;

/** Bytes of a record. */
export const FRAME_RECORD_SIZE = 1 << (WORDS_SHIFT + 2);
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
  /** The records as doubles, for their times (`timeAt`). */
  readonly doubles: Float64Array;
  readonly capacity: number;
  private readonly words: Int32Array;

  /** @param memory begins with room for `capacity` records, of `FRAME_RECORD_SIZE` bytes each */
  constructor(memory: ArrayBufferLike, capacity: number) {
    this.words = new Int32Array(memory, 0, capacity << WORDS_SHIFT);
    this.doubles = new Float64Array(memory, 0, capacity << DOUBLES_SHIFT);
    this.capacity = capacity;
  }

  /**
   * Adds a record, for which there must be room.
   * @param ahead nanoseconds by which the time of the frame lies ahead of now
   * @param what the kind and the direction
   * @param looks by the kind, and `more`
   */
  add(
    clock: Clock,
    ahead: number,
    order: number,
    serial: number,
    view: number,
    what: number,
    looks: number,
    more: number,
  ): void {
    const place = this.count;
    this.count = place + 1;
    const { words, doubles } = this;
    const double = place << DOUBLES_SHIFT;
    doubles[double | TIME] = clock.now + ahead;
    doubles[double | ORDER] = order;
    const word = place << WORDS_SHIFT;
    words[word | SERIAL] = serial;
    words[word | VIEW] = (view << VIEW_SHIFT) | (ahead > 0 ? AHEAD : 0) | what;
    words[word | LOOKS] = looks;
    words[word | MORE] = more;
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

  kindOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | VIEW] & KIND_MASK;
  }

  directionOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | VIEW] & DIRECTION_MASK;
  }

  isAhead(place: number): boolean {
    return (this.words[(place << WORDS_SHIFT) | VIEW] & AHEAD) !== 0;
  }

  /** Of bytes and notes: where they begin. */
  bytesOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | LOOKS];
  }

  setBytes(place: number, bytes: number): void {
    this.words[(place << WORDS_SHIFT) | LOOKS] = bytes;
  }

  /** Of bytes and notes: the length of the frame. */
  lengthOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | MORE];
  }

  /** Of a frame like others: the length of its IP packet (16 bits) and its identification. */
  lengthAndIdOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | LOOKS];
  }

  /** Of a frame like others: which ones. */
  templateOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) | MORE];
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
