/**
 * Mean over time of a value that stays until it changes, such as the length of a queue. Times in nanoseconds.
 */
export class TimeWeightedMean {
  /** Largest value since the start. */
  max: number;
  /** The value now. */
  value: number;

  private start: number;
  private changed: number;
  private area = 0;

  constructor(start = 0, value = 0) {
    this.start = start;
    this.changed = start;
    this.value = value;
    this.max = value;
  }

  /** From `now` on the value is this one. */
  update(now: number, value: number): void {
    this.area += (now - this.changed) * this.value;
    this.changed = now;
    this.value = value;
    if (value > this.max) this.max = value;
  }

  /** Mean from the start to `now`; at the very start the value itself. */
  mean(now: number): number {
    if (now === this.start) return this.value;
    return (this.area + (now - this.changed) * this.value) / (now - this.start);
  }

  /** Begins anew with the value of now: the end of a warm-up. */
  restart(now: number): void {
    this.start = now;
    this.changed = now;
    this.area = 0;
    this.max = this.value;
  }
}
