const TWO_32 = 2 ** 32;

/**
 * A 64-bit hash over everything that happened in a run, to see whether two runs were the same. Each happening
 * is hashed by itself and the hashes are added up, so the print does not depend on the order in which
 * simultaneous happenings are told, nor on how the work was split; happening twice is not the same as never.
 *
 * Frames without their times make a print of the trajectories alone, frames with their times one of every
 * delay: use one print for the one and another for the other. All inputs are taken as int32. It guards
 * against accident, not against malice.
 */
export class Fingerprint {
  private high = 0;
  private low = 0;

  /** The print so far: 16 hexadecimal digits. */
  get value(): string {
    return hexadecimal(this.high) + hexadecimal(this.low);
  }

  /** Counts in a frame on a link; `content` is the frame's own hash. */
  addFrame(linkId: number, content: number): void {
    this.add(linkId, content, 0);
  }

  /** Counts in a frame on a link now. @param clock asked for the time: as an argument it would be an object of its own */
  addTimedFrame(linkId: number, content: number, clock: { readonly now: number }): void {
    const time = clock.now;
    // The time's high word is small and mostly 0: spread out, it rides along with the link.
    this.add(linkId ^ Math.imul((time / TWO_32) | 0, 0x9e3779b1), content, time | 0);
  }

  /** Counts in a happening of three numbers, of which each has its own meaning. */
  add(a: number, b: number, c: number): void {
    let high = Math.imul(a ^ 0x510e527f, 0x9e3779b1) ^ b;
    let low = Math.imul(a ^ 0x1f83d9ab, 0x85ebca77) ^ b;
    high = Math.imul(high ^ (high >>> 15), 0xc2b2ae3d) ^ c;
    low = Math.imul(low ^ (low >>> 16), 0x27d4eb2f) ^ Math.imul(c, 0x85ebca6b);
    this.high = (this.high + finish(high)) | 0;
    this.low = (this.low + finish(low)) | 0;
  }
}

/** Spreads every bit over all 32: the constants are those of C. Wellons' prospected `lowbias32`. */
function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
