/** Sequence numbers that one window covers (weave `WindowSize`). */
const WINDOW = 2 ** 20;
const WORD_BITS = 32;

/**
 * Which datagrams of one direction have come already: the window with the highest number and the one before. What is
 * older is taken for a replay, too (weave `NaClDecryptor`).
 */
export class ReplayWindow {
  /** Number of the current window. */
  private current = 0;
  private seen = new Uint32Array(0);
  private seenBefore = new Uint32Array(0);

  /** Whether a number is new; it is not from then on. */
  admit(sequence: number): boolean {
    const window = Math.floor(sequence / WINDOW);
    if (window > this.current) this.advance(window);
    if (window < this.current - 1) return false;
    const bit = sequence % WINDOW;
    const bits = this.bitsFor(window === this.current, bit >> 5);
    const mask = 1 << (bit % WORD_BITS);
    if ((bits[bit >> 5] & mask) !== 0) return false;
    bits[bit >> 5] |= mask;
    return true;
  }

  private advance(window: number): void {
    this.seenBefore = window === this.current + 1 ? this.seen : new Uint32Array(0);
    this.seen = new Uint32Array(0);
    this.current = window;
  }

  /** The bits of a window, which grow with what has come: hardly any connection fills one. */
  private bitsFor(isCurrent: boolean, word: number): Uint32Array {
    const bits = isCurrent ? this.seen : this.seenBefore;
    if (word < bits.length) return bits;
    const grown = new Uint32Array(Math.min(WINDOW / WORD_BITS, Math.max(64, 2 * (word + 1))));
    grown.set(bits);
    if (isCurrent) this.seen = grown;
    else this.seenBefore = grown;
    return grown;
  }
}
