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
const CELLS = 4;
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
   * Where the pairs of (bucket, count) stand, and how many numbers they are: open addressing; a count of 0 marks a
   * free cell.
   */
  private cells: number;
  private cellsLength = FIRST_CELLS;
  private used = 0;

  /** @param store where its numbers are to live; many histograms may share one */
  constructor(store: NumberStore = new NumberStore(NUMBERS_PER_HISTOGRAM)) {
    this.store = store;
    this.place = store.reserve(NUMBERS_PER_HISTOGRAM);
    this.cells = this.place + CELLS;
    store.values[this.place + MIN] = Number.POSITIVE_INFINITY;
    store.values[this.place + MAX] = Number.NEGATIVE_INFINITY;
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
    const bucket = bucketOf(value);
    const { values } = this.store;
    const { place } = this;
    values[place + COUNT]++;
    values[place + SUM] += value;
    if (value < values[place + MIN]) values[place + MIN] = value;
    if (value > values[place + MAX]) values[place + MAX] = value;
    const cell = this.findCell(bucket);
    if (values[cell + 1] === 0) this.addBucket(bucket, 1);
    else values[cell + 1]++;
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
    other.forEachCell((bucket, count) => {
      const cell = this.findCell(bucket);
      if (this.store.values[cell + 1] === 0) this.addBucket(bucket, count);
      else this.store.values[cell + 1] += count;
    });
  }

  private forEachCell(visit: (bucket: number, count: number) => void): void {
    const { store, cells, cellsLength } = this;
    for (let cell = cells; cell < cells + cellsLength; cell += 2) {
      const count = store.values[cell + 1];
      if (count > 0) visit(store.values[cell], count);
    }
  }

  private addBucket(bucket: number, count: number): void {
    if (++this.used * 4 > this.cellsLength) this.grow();
    const cell = this.findCell(bucket);
    const { values } = this.store;
    values[cell] = bucket;
    values[cell + 1] = count;
  }

  /** Doubles the table; never more than half of it is in use. */
  private grow(): void {
    const { store, cells, cellsLength } = this;
    this.cells = store.reserve(2 * cellsLength);
    this.cellsLength = 2 * cellsLength;
    const { values } = store;
    for (let cell = cells; cell < cells + cellsLength; cell += 2) {
      if (values[cell + 1] === 0) continue;
      const moved = this.findCell(values[cell]);
      values[moved] = values[cell];
      values[moved + 1] = values[cell + 1];
    }
  }

  /** Where a bucket is, or the free cell where it belongs. */
  private findCell(bucket: number): number {
    const { cells } = this;
    const { values } = this.store;
    const mask = this.cellsLength - 1;
    let offset = (bucket << 1) & mask;
    while (values[cells + offset] !== bucket && values[cells + offset + 1] !== 0)
      offset = (offset + 2) & mask;
    return cells + offset;
  }
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
