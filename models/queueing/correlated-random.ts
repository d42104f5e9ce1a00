import type { RandomStream } from '../../engine/random.ts';

/** Probabilities are compared with numbers of 32 bits, as in the kernel and in tc. */
export const CERTAIN = 2 ** 32 - 1;

/** A probability in units of 2^-32, as tc rounds it. */
export function share(probability: number): number {
  return Math.round(probability * CERTAIN);
}

/**
 * Random numbers of which each resembles the one before (Linux net/sched/sch_netem.c, `get_crandom`): a weighted mean
 * of a new number and the last result. With a correlation the results crowd around the middle, so that small
 * probabilities come true less often than they say; that is how netem is.
 */
export class CorrelatedRandom {
  private readonly draws: RandomStream;
  private readonly weight: bigint;
  private last: bigint;

  /** @param correlation from 0 to 1 */
  constructor(draws: RandomStream, correlation: number) {
    this.draws = draws;
    this.weight = correlation === 0 ? 0n : BigInt(share(correlation)) + 1n;
    this.last = this.weight === 0n ? 0n : BigInt(this.draw());
  }

  /** A number of 32 bits. */
  next(): number {
    const value = this.draw();
    if (this.weight === 0n) return value;
    const rest = (1n << 32n) - this.weight;
    this.last = (BigInt(value) * rest + this.last * this.weight) >> 32n;
    return Number(this.last);
  }

  private draw(): number {
    return this.draws.int32() >>> 0;
  }
}
