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

/** What a histogram without values holds: shared, so that an idle flow costs nothing. */
const NO_CELLS: number[] = [0, 0];
const FIRST_CELLS = 4;

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
  count = 0;
  /** `Infinity` and `-Infinity` while there is no value. */
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  private sum = 0;
  /**
   * Pairs of (bucket, count), open addressing; a count of 0 marks a free cell. Plain: typed arrays weigh
   * more.
   */
  private cells: number[] = NO_CELLS;
  private used = 0;

  /**
   * Counts in a value; fractions are cut off.
   * @throws RangeError for a value that is negative, not a number, or above 2^53 - 1
   */
  record(value: number): void {
    const bucket = bucketOf(value);
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const cells = this.cells;
    const cell = findCell(cells, bucket);
    if (cells[cell + 1] === 0) this.addBucket(bucket, 1);
    else cells[cell + 1]++;
  }

  /** Mean of the values themselves; NaN while there is none. */
  get mean(): number {
    return this.sum / this.count;
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
    const cells = this.cells;
    const buckets: HistogramBucket[] = [];
    for (let cell = 0; cell < cells.length; cell += 2) {
      if (cells[cell + 1] === 0) continue;
      const low = lowOf(cells[cell]);
      buckets.push({ low, high: lowOf(cells[cell] + 1), count: cells[cell + 1] });
    }
    return buckets.sort((a, b) => a.low - b.low);
  }

  /** Counts in all values of another histogram. */
  merge(other: LatencyHistogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    const cells = other.cells;
    for (let cell = 0; cell < cells.length; cell += 2) {
      if (cells[cell + 1] === 0) continue;
      const own = findCell(this.cells, cells[cell]);
      if (this.cells[own + 1] === 0) this.addBucket(cells[cell], cells[cell + 1]);
      else this.cells[own + 1] += cells[cell + 1];
    }
  }

  private addBucket(bucket: number, count: number): void {
    if (++this.used * 4 > this.cells.length) this.grow();
    const cell = findCell(this.cells, bucket);
    this.cells[cell] = bucket;
    this.cells[cell + 1] = count;
  }

  /** Doubles the table; never more than half of it is in use. */
  private grow(): void {
    const old = this.cells;
    this.cells = new Array(Math.max(FIRST_CELLS, old.length) * 2).fill(0);
    for (let cell = 0; cell < old.length; cell += 2) {
      if (old[cell + 1] === 0) continue;
      const moved = findCell(this.cells, old[cell]);
      this.cells[moved] = old[cell];
      this.cells[moved + 1] = old[cell + 1];
    }
  }
}

/** Where a bucket is, or the free cell where it belongs. */
function findCell(cells: number[], bucket: number): number {
  const mask = cells.length - 1;
  let cell = (bucket << 1) & mask;
  while (cells[cell] !== bucket && cells[cell + 1] !== 0) cell = (cell + 2) & mask;
  return cell;
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
