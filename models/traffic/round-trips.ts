/** What ping keeps of the round-trip times, in whole microseconds as it does (`gather_statistics`, `finish`). */
export class RoundTrips {
  /** Answers timed, duplicates among them. */
  count = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = 0;
  private sum = 0;
  private sumOfSquares = 0;
  /** Exponentially weighted mean, times 8. */
  private smoothed = 0;

  add(microseconds: number): void {
    this.count++;
    this.minimum = Math.min(this.minimum, microseconds);
    this.maximum = Math.max(this.maximum, microseconds);
    this.sum += microseconds;
    this.sumOfSquares += microseconds * microseconds;
    if (this.smoothed === 0) this.smoothed = 8 * microseconds;
    else this.smoothed += microseconds - Math.trunc(this.smoothed / 8);
  }

  get mean(): number {
    return Math.floor(this.sum / this.count);
  }

  get movingAverage(): number {
    return Math.floor(this.smoothed / 8);
  }

  get deviation(): number {
    const { sum, sumOfSquares, count } = this;
    const variance = Math.floor((sumOfSquares - Math.floor((sum * sum) / count)) / count);
    return Math.floor(Math.sqrt(Math.max(0, variance)));
  }
}

/** Milliseconds with three decimals. */
export function printMilliseconds(microseconds: number): string {
  return (microseconds / 1000).toFixed(3);
}
