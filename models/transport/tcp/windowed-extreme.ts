/**
 * The largest, or smallest, value of a sliding window, from three samples: the best of the window, of what came after
 * it, and of what came after that (Kathleen Nichols' algorithm; Linux lib/win_minmax.c). Time is whatever the window
 * is given in.
 */
abstract class WindowedExtreme {
  private readonly window: number;
  private readonly values: [best: number, second: number, third: number];
  private readonly times: [best: number, second: number, third: number] = [0, 0, 0];

  protected constructor(window: number, initial: number) {
    this.window = window;
    this.values = [initial, initial, initial];
  }

  /** Whether `a` is at least as good as `b`. */
  protected abstract isBetter(a: number, b: number): boolean;

  get value(): number {
    return this.values[0];
  }

  add(value: number, time: number): void {
    const { values, times, window } = this;
    if (this.isBetter(value, values[0]) || time - times[2] > window) {
      this.reset(value, time);
      return;
    }
    if (this.isBetter(value, values[1])) this.put(1, value, time);
    else if (this.isBetter(value, values[2])) this.put(2, value, time);
    this.letPass(value, time);
  }

  /** Only this value counts. */
  reset(value: number, time: number): void {
    for (const place of [0, 1, 2] as const) this.put(place, value, time);
  }

  private put(place: 0 | 1 | 2, value: number, time: number): void {
    this.values[place] = value;
    this.times[place] = time;
    if (place === 1) this.put(2, value, time);
  }

  /** The best one may have become too old; the others are to be from later parts of the window. */
  private letPass(value: number, time: number): void {
    const { times, window } = this;
    const age = time - times[0];
    if (age > window) {
      this.shift(value, time);
      if (time - times[0] > window) this.shift(value, time);
    } else if (times[1] === times[0] && age > window / 4) this.put(1, value, time);
    else if (times[2] === times[1] && age > window / 2) this.put(2, value, time);
  }

  private shift(value: number, time: number): void {
    const { values, times } = this;
    values[0] = values[1];
    times[0] = times[1];
    values[1] = values[2];
    times[1] = times[2];
    values[2] = value;
    times[2] = time;
  }
}

/** The smallest value of a window; infinity before the first. */
export class WindowedMinimum extends WindowedExtreme {
  constructor(window: number) {
    super(window, Number.POSITIVE_INFINITY);
  }

  protected override isBetter(a: number, b: number): boolean {
    return a <= b;
  }
}

/** The largest value of a window; 0 before the first. */
export class WindowedMaximum extends WindowedExtreme {
  constructor(window: number) {
    super(window, 0);
  }

  protected override isBetter(a: number, b: number): boolean {
    return a >= b;
  }
}
