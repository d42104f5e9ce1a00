/** Time that bytes take at a rate, as the kernel computes it (`psched_ratecfg_precompute`, `psched_l2t_ns`). */
export class RateTable {
  private readonly multiplier: number;
  private readonly divisor: number;

  /** @param rate bytes per second */
  constructor(rate: number) {
    let factor = 1_000_000_000n;
    let shift = 0;
    let multiplier = factor / BigInt(rate);
    while ((multiplier & (1n << 31n)) === 0n && (factor & (1n << 63n)) === 0n) {
      factor <<= 1n;
      shift++;
      multiplier = factor / BigInt(rate);
    }
    this.multiplier = Number(multiplier);
    this.divisor = 2 ** shift;
  }

  /** Nanoseconds. */
  time(bytes: number): number {
    return Math.floor((bytes * this.multiplier) / this.divisor);
  }
}
