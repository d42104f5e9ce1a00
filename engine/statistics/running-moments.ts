/**
 * Mean and variance of numbers seen one by one, without loss of precision (Welford, Technometrics 4(3),
 * 1962).
 */
export class RunningMoments {
  count = 0;
  /** NaN while there is none. */
  mean = Number.NaN;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  /** Sum of the squared differences from the mean. */
  private squares = 0;

  add(value: number): void {
    this.count++;
    if (this.count === 1) {
      this.mean = value;
    } else {
      const difference = value - this.mean;
      this.mean += difference / this.count;
      this.squares += difference * (value - this.mean);
    }
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Variance of the population that the numbers are a sample of (n - 1); NaN for fewer than two. */
  get variance(): number {
    return this.count < 2 ? Number.NaN : this.squares / (this.count - 1);
  }

  /** Square root of the variance. */
  get deviation(): number {
    return Math.sqrt(this.variance);
  }

  /** Counts in all that another has seen (Chan, Golub and LeVeque, 1979). */
  merge(other: RunningMoments): void {
    if (other.count === 0) return;
    const count = this.count + other.count;
    if (this.count === 0) {
      this.mean = other.mean;
      this.squares = other.squares;
    } else {
      const difference = other.mean - this.mean;
      this.mean += (difference * other.count) / count;
      this.squares += other.squares + (difference * difference * this.count * other.count) / count;
    }
    this.count = count;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }
}
