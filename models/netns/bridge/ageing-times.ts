const CAPACITY_START = 256;

/**
 * When the addresses in the forwarding databases of a network were last seen, and how long each database remembers them:
 * nanoseconds side by side in one array, a block for each database. A frame whose path is known looks at two blocks for
 * each bridge; by way of interface, bridge and database that would be ten dependent reads.
 *
 * A block is the ageing time, and behind it as many times as the database has places. Whoever holds on to `times` must
 * fetch it anew after every `reserve`.
 */
export class AgeingTimes {
  times = new Float64Array(CAPACITY_START);
  private used = 0;
  /** Blocks given back, by their number of places. */
  private readonly free = new Map<number, number[]>();

  /** A block of so many places, all zeros; answers where it starts. */
  reserve(places: number): number {
    const again = this.free.get(places)?.pop();
    if (again !== undefined) return again;
    const start = this.used;
    this.used += 1 + places;
    if (this.used > this.times.length) {
      const times = new Float64Array(Math.max(this.used, 2 * this.times.length));
      times.set(this.times);
      this.times = times;
    }
    return start;
  }

  /** Gives a block back. */
  release(start: number, places: number): void {
    this.times.fill(0, start, start + 1 + places);
    const others = this.free.get(places);
    if (others === undefined) this.free.set(places, [start]);
    else others.push(start);
  }
}
