/** Bytes that every Ethernet frame takes on the wire beside itself: preamble 8, FCS 4, gap 12 (IEEE 802.3). */
export const ETHERNET_OVERHEAD = 24;
/** Shortest frame without its FCS; shorter ones are padded on the wire. */
const ETHERNET_MINIMUM = 60;

/**
 * When a wire of a given rate is free again. Times are integer nanoseconds; a rate that does not divide evenly
 * carries its remainder from frame to frame (a byte at 100 Gbit/s is 0.08 ns), so that a busy wire carries
 * exactly its rate.
 */
export class TransmissionClock {
  readonly rate: number;
  /** The wire is taken until then. */
  busyUntil = 0;
  private readonly overhead: number;
  private readonly minimum: number;
  /** Nanoseconds per byte when that is a whole number, else 0. */
  private readonly wholePerByte: number;
  /** What is owed to the wire, in 1/rate nanoseconds. */
  private remainder = 0;

  /**
   * @param rate bits per second, or Infinity
   * @param overhead bytes on the wire beside each frame; 0 also switches the padding of short frames off
   */
  constructor(rate: number, overhead: number) {
    this.rate = rate;
    this.overhead = overhead;
    this.minimum = overhead > 0 ? ETHERNET_MINIMUM : 0;
    const perByte = 8e9 / rate;
    this.wholePerByte = Number.isInteger(perByte) ? perByte : 0;
  }

  /** Takes the wire for a frame as soon as it is free; answers when its last bit has left. */
  transmit(now: number, length: number): number {
    if (this.busyUntil < now) {
      this.busyUntil = now;
      this.remainder = 0;
    }
    const bytes = Math.max(length, this.minimum) + this.overhead;
    if (this.wholePerByte !== 0) {
      this.busyUntil += bytes * this.wholePerByte;
    } else if (this.rate !== Number.POSITIVE_INFINITY) {
      const owed = bytes * 8e9 + this.remainder;
      const whole = Math.floor(owed / this.rate);
      this.remainder = owed - whole * this.rate;
      this.busyUntil += whole;
    }
    return this.busyUntil;
  }

  /** Frees the wire at once. */
  reset(now: number): void {
    this.busyUntil = now;
    this.remainder = 0;
  }
}
