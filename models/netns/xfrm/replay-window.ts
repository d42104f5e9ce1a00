/** Sequence numbers of an association that have come, as far back as the window goes (RFC 4303, 3.4.3). */
export class EspReplayWindow {
  /** Highest that has come. */
  private highest = 0;
  /** By number modulo the size: the last that came. */
  private readonly seen: Float64Array;

  /** @param size numbers that it covers */
  constructor(size: number) {
    this.seen = new Float64Array(size);
  }

  /** The whole number of which the lower 32 bits came: the one that is nearest to what came before (RFC 4303, A2). */
  extend(low: number): number {
    const high = Math.round((this.highest - low) / 2 ** 32);
    return Math.max(0, high) * 2 ** 32 + low;
  }

  /** Whether a number is new, and not too old to tell. */
  isNew(sequence: number): boolean {
    const size = this.seen.length;
    return sequence > this.highest - size && sequence > 0 && this.seen[sequence % size] !== sequence;
  }

  /** The packet with this number was authentic. */
  note(sequence: number): void {
    this.seen[sequence % this.seen.length] = sequence;
    this.highest = Math.max(this.highest, sequence);
  }
}
