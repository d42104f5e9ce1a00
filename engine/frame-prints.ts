const TWO_32 = 2 ** 32;

/**
 * Two 64-bit hashes over every frame that crossed a link in a run, to see whether two runs were the same: `packets` of the
 * trajectories alone, `timed` of every delay as well. Each frame is hashed by itself and the hashes are added up, so the
 * prints do not depend on the order in which simultaneous frames are told, nor on how the work was split; a frame that
 * crosses twice is not the same as one that never did.
 *
 * Both hashes are computed in one go, as every packet-hop pays for them. All inputs are taken as int32. They guard against
 * accident, not against malice.
 */
export class FramePrints {
  private high = 0;
  private low = 0;
  private timedHigh = 0;
  private timedLow = 0;

  /** The print without times: 16 hexadecimal digits. */
  get packets(): string {
    return hexadecimal(this.high) + hexadecimal(this.low);
  }

  /** The print with times: 16 hexadecimal digits. */
  get timed(): string {
    return hexadecimal(this.timedHigh) + hexadecimal(this.timedLow);
  }

  /**
   * Counts in a frame on a link.
   * @param content the frame's own hash
   * @param moment when, see `momentOf`
   */
  add(linkId: number, content: number, moment: number): void {
    let high = Math.imul(linkId ^ 0x510e527f, 0x9e3779b1) ^ content;
    let low = Math.imul(linkId ^ 0x1f83d9ab, 0x85ebca77) ^ content;
    high ^= high >>> 16;
    low ^= low >>> 16;
    high = Math.imul(high, 0x7feb352d);
    low = Math.imul(low, 0x2c1b3c6d);
    this.high = (this.high + secondRound(high)) | 0;
    this.low = (this.low + secondRound(low)) | 0;
    this.timedHigh = (this.timedHigh + bothRounds(high ^ moment)) | 0;
    this.timedLow = (this.timedLow + bothRounds(low ^ Math.imul(moment, 0x85ebca6b))) | 0;
  }
}

/**
 * What the prints see of the time, nanoseconds.
 * @param clock asked for the time: as an argument it would be an object of its own
 */
export function momentOf(clock: { readonly now: number }): number {
  const time = clock.now;
  // the high word is small and mostly 0: spread out, it rides along with the low one
  return (time | 0) ^ Math.imul((time / TWO_32) | 0, 0x9e3779b1);
}

/** Spreads every bit over all 32: the constants are those of C. Wellons' prospected `lowbias32`. */
function bothRounds(hash: number): number {
  return secondRound(Math.imul(hash ^ (hash >>> 16), 0x7feb352d));
}

/** What follows the first multiplication of `lowbias32`. */
function secondRound(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
