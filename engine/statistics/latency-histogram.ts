import { NumberStore } from './number-store.ts';

/** Values of one bucket: from `low`, up to but without `high`. */
export interface HistogramBucket {
  low: number;
  high: number;
  count: number;
}

/** Buckets per octave, as a power of two: 128 put a bucket's middle within 0.4 % of all its values. */
const OCTAVE_BITS = 7;
const OCTAVE_SHIFT = 31 - OCTAVE_BITS;
const TWO_31 = 2 ** 31;
const TWO_21 = 2 ** 21;

/** Places of a histogram's figures in its store; the first cells follow them. */
const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;
/** Where the cells are now, and how many buckets they hold. */
const TABLE = 4;
const USED = 5;
const CELLS = 6;
/** Numbers of the cells that a histogram has room for at first: two values, of which each takes a pair. */
const FIRST_CELLS = 8;
/** Numbers that a histogram takes in its store at first. */
export const NUMBERS_PER_HISTOGRAM = CELLS + FIRST_CELLS;

/**
 * Distribution of integer values from 0 to 2^53 - 1, nanoseconds mostly, with a relative error of at most 0.4
 * %: a log-linear histogram, as HdrHistogram is. Below 256 each value has its own bucket; above, each octave
 * is cut into 128 equal ones. Count, mean, min and max are exact.
 *
 * Buckets live in a small hash table that holds those in use only: there may be one histogram per flow, and
 * most flows see a few latencies only. Neighbouring buckets hash to neighbouring cells, so collisions are
 * rare.
 */
export class LatencyHistogram {
  private readonly store: NumberStore;
  private readonly place: number;

  /**
   * @param store where its numbers are to live; many histograms may share one
   * @param place of a histogram that is there already, see `beginHistogram`
   */
  constructor(store: NumberStore = new NumberStore(NUMBERS_PER_HISTOGRAM), place = newPlace(store)) {
    this.store = store;
    this.place = place;
  }

  get count(): number {
    return this.store.values[this.place + COUNT];
  }

  /** `Infinity` while there is no value. */
  get min(): number {
    return this.store.values[this.place + MIN];
  }

  /** `-Infinity` while there is no value. */
  get max(): number {
    return this.store.values[this.place + MAX];
  }

  /**
   * Counts in a value; fractions are cut off.
   * @throws RangeError for a value that is negative, not a number, or above 2^53 - 1
   */
  record(value: number): void {
    recordValue(this.store, this.place, value);
  }

  get sum(): number {
    return this.store.values[this.place + SUM];
  }

  /** Mean of the values themselves; NaN while there is none. */
  get mean(): number {
    return this.store.values[this.place + SUM] / this.count;
  }

  /**
   * The value that p percent of the values do not exceed (nearest rank), as the middle of its bucket; 0 and
   * 100 give the exact min and max. NaN while there is no value.
   * @param p from 0 to 100
   */
  percentile(p: number): number {
    if (!(p >= 0 && p <= 100)) throw new RangeError(`percentile ${p} is not between 0 and 100`);
    if (this.count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil((p / 100) * this.count));
    if (p === 0 || p === 100) return p === 0 ? this.min : this.max;
    let seen = 0;
    for (const { low, high, count } of this.buckets()) {
      seen += count;
      if (seen >= rank) return Math.min(Math.max(low + Math.floor((high - low) / 2), this.min), this.max);
    }
    return this.max;
  }

  /** The buckets in use, lowest first: running sums of their counts make the distribution function. */
  buckets(): HistogramBucket[] {
    const buckets: HistogramBucket[] = [];
    this.forEachCell((bucket, count) => {
      buckets.push({ low: lowOf(bucket), high: lowOf(bucket + 1), count });
    });
    return buckets.sort((a, b) => a.low - b.low);
  }

  /** Counts in all values of another histogram. */
  merge(other: LatencyHistogram): void {
    const from = other.store.values;
    const { place } = this;
    const own = this.store.values;
    own[place + COUNT] += other.count;
    own[place + SUM] += from[other.place + SUM];
    own[place + MIN] = Math.min(this.min, other.min);
    own[place + MAX] = Math.max(this.max, other.max);
    other.forEachCell((bucket, count) => addToBucket(this.store, place, bucket, count));
  }

  private forEachCell(visit: (bucket: number, count: number) => void): void {
    const { values } = this.store;
    const cells = values[this.place + TABLE];
    const end = cells + tableLength(values[this.place + USED]);
    for (let cell = cells; cell < end; cell += 2) {
      if (values[cell + 1] > 0) visit(values[cell], values[cell + 1]);
    }
  }
}

function newPlace(store: NumberStore): number {
  const place = store.reserve(NUMBERS_PER_HISTOGRAM);
  beginHistogram(store, place);
  return place;
}

/**
 * Makes an empty histogram of the `NUMBERS_PER_HISTOGRAM` numbers from `place` on, which are 0. Whoever has many of them
 * records by `recordValue`, and makes the object that reads one when it is needed.
 */
export function beginHistogram({ values }: NumberStore, place: number): void {
  values[place + MIN] = Number.POSITIVE_INFINITY;
  values[place + MAX] = Number.NEGATIVE_INFINITY;
  values[place + TABLE] = place + CELLS;
}

/** `LatencyHistogram.record` for the histogram at `place`. */
export function recordValue(store: NumberStore, place: number, value: number): void {
  const bucket = bucketOf(value);
  const { values } = store;
  values[place + COUNT]++;
  values[place + SUM] += value;
  if (value < values[place + MIN]) values[place + MIN] = value;
  if (value > values[place + MAX]) values[place + MAX] = value;
  addToBucket(store, place, bucket, 1);
}

function addToBucket(store: NumberStore, place: number, bucket: number, count: number): void {
  const cell = findCell(store.values, place, bucket);
  if (store.values[cell + 1] === 0) addBucket(store, place, bucket, count);
  else store.values[cell + 1] += count;
}

function addBucket(store: NumberStore, place: number, bucket: number, count: number): void {
  const used = store.values[place + USED];
  if (tableLength(used + 1) === tableLength(used)) store.values[place + USED] = used + 1;
  else grow(store, place);
  const { values } = store;
  const cell = findCell(values, place, bucket);
  values[cell] = bucket;
  values[cell + 1] = count;
}

/** Makes room for one more bucket than the table has had until now. */
function grow(store: NumberStore, place: number): void {
  const used = store.values[place + USED];
  const cells = store.values[place + TABLE];
  const end = cells + tableLength(used);
  const table = store.reserve(tableLength(used + 1));
  const { values } = store;
  values[place + TABLE] = table;
  values[place + USED] = used + 1;
  for (let cell = cells; cell < end; cell += 2) {
    if (values[cell + 1] === 0) continue;
    const moved = findCell(values, place, values[cell]);
    values[moved] = values[cell];
    values[moved + 1] = values[cell + 1];
  }
}

/**
 * How many numbers the table takes that holds so many buckets, as pairs of (bucket, count): a power of two, and never
 * more than half of it in use.
 */
function tableLength(used: number): number {
  return used * 4 <= FIRST_CELLS ? FIRST_CELLS : 1 << (32 - Math.clz32(used * 4 - 1));
}

/** Where a bucket is, or the free cell where it belongs: open addressing; a count of 0 marks a free cell. */
function findCell(values: Float64Array, place: number, bucket: number): number {
  // as a whole number: code that is not compiled yet allocates every place that is reckoned from a double
  const cells = values[place + TABLE] | 0;
  const mask = tableLength(values[place + USED]) - 1;
  let offset = (bucket << 1) & mask;
  while (values[cells + offset] !== bucket && values[cells + offset + 1] !== 0) offset = (offset + 2) & mask;
  return cells + offset;
}

/** Octaves above the first times their length, and the leading 8 bits of the value. */
function bucketOf(value: number): number {
  if (value >= 0 && value < TWO_31) {
    const octave = Math.max(0, OCTAVE_SHIFT - Math.clz32(value));
    return (octave << OCTAVE_BITS) + (value >>> octave);
  }
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`value ${value} is not between 0 and ${Number.MAX_SAFE_INTEGER}`);
  }
  const leading = Math.floor(value / TWO_21);
  const octave = OCTAVE_SHIFT - Math.clz32(leading);
  return ((octave + 21) << OCTAVE_BITS) + (leading >>> octave);
}

/** Smallest value of a bucket. */
function lowOf(bucket: number): number {
  const octave = Math.max(0, (bucket >> OCTAVE_BITS) - 1);
  return (bucket - (octave << OCTAVE_BITS)) * 2 ** octave;
}
