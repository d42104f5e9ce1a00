/** Bytes that every Ethernet frame takes on the wire beside itself: preamble 8, FCS 4, gap 12 (IEEE 802.3). */
export const ETHERNET_OVERHEAD = 24;
/** Shortest frame without its FCS; shorter ones are padded on the wire. */
const ETHERNET_MINIMUM = 60;

/** Places in `TransmissionClock.times`. */
const STARTED = 0;
const BUSY = 1;
const REMAINDER = 2;

/**
 * When a wire of a given rate is free again. Times are integer nanoseconds; a rate that does not divide evenly
 * carries its remainder from frame to frame (a byte at 100 Gbit/s is 0.08 ns), so that a busy wire carries
 * exactly its rate.
 */
export class TransmissionClock {
  readonly rate: number;
  private readonly overhead: number;
  private readonly minimum: number;
  /** Nanoseconds per byte when that is a whole number, else 0. */
  private readonly wholePerByte: number;
  /**
   * When the wire was last taken and until when, and what is owed to it in 1/rate nanoseconds. In a typed array,
   * because V8 allocates anew for a number with a fraction, or past 2^31, in a field that holds small ones as well.
   */
  private readonly times = new Float64Array(3);
  private readonly simulation: { readonly now: number };

  /**
   * @param simulation asked for the time: as an argument of each call it would be an object of its own
   * @param rate bits per second, or Infinity
   * @param overhead bytes on the wire beside each frame; 0 also switches the padding of short frames off
   */
  constructor(simulation: { readonly now: number }, rate: number, overhead: number) {
    this.simulation = simulation;
    this.rate = rate;
    this.overhead = overhead;
    this.minimum = overhead > 0 ? ETHERNET_MINIMUM : 0;
    const perByte = 8e9 / rate;
    this.wholePerByte = Number.isInteger(perByte) ? perByte : 0;
  }

  /** The first bit of the frame sent last left then. */
  get startedAt(): number {
    return this.times[STARTED];
  }

  /** The wire is taken until then: the last bit of the frame sent last has left. */
  get busyUntil(): number {
    return this.times[BUSY];
  }

  /** Takes the wire for a frame as soon as it is free. */
  transmit(length: number): void {
    const { times } = this;
    const now = this.simulation.now;
    let start = times[BUSY];
    if (start < now) {
      start = now;
      times[REMAINDER] = 0;
    }
    times[STARTED] = start;
    const bytes = Math.max(length, this.minimum) + this.overhead;
    if (this.wholePerByte !== 0) {
      times[BUSY] = start + bytes * this.wholePerByte;
    } else if (this.rate !== Number.POSITIVE_INFINITY) {
      const owed = bytes * 8e9 + times[REMAINDER];
      const whole = Math.floor(owed / this.rate);
      times[REMAINDER] = owed - whole * this.rate;
      times[BUSY] = start + whole;
    } else {
      times[BUSY] = start;
    }
  }

  /** The wire is taken until then by something else. */
  takeUntil(time: number): void {
    this.times[BUSY] = time;
    this.times[REMAINDER] = 0;
  }

  /** Frees the wire at once. */
  reset(): void {
    this.times[BUSY] = this.simulation.now;
    this.times[REMAINDER] = 0;
  }
}
