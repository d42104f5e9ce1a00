/**
 * Room for the numbers of many small objects side by side in one typed array. A flow's figures are touched with every
 * packet; as fields of objects each double would be an object of its own, somewhere in memory, and with ten thousand
 * flows each of them a wait for it.
 *
 * Whoever holds on to `values` must fetch it anew after every `reserve`, which may have replaced it by a larger one.
 */
export class NumberStore {
  values: Float64Array;
  private used = 0;
  /** Room given back, by how many numbers it is for. */
  private free: Map<number, number[]> | null = null;

  /** @param capacity numbers that there is room for at first */
  constructor(capacity = 16) {
    this.values = new Float64Array(capacity);
  }

  /** There will be so many numbers, beside those that there are. */
  expect(count: number): void {
    if (this.used + count > this.values.length) this.grow(this.used + count);
  }

  /** Takes room for `count` numbers, all 0; answers the place of the first. */
  reserve(count: number): number {
    const again = this.free?.get(count)?.pop();
    if (again !== undefined) return again;
    const place = this.used;
    this.used += count;
    if (this.used > this.values.length) this.grow(Math.max(this.used, 2 * this.values.length));
    return place;
  }

  private grow(capacity: number): void {
    const grown = new Float64Array(capacity);
    grown.set(this.values);
    this.values = grown;
  }

  /** Gives room back that was taken for `count` numbers. */
  release(place: number, count: number): void {
    this.values.fill(0, place, place + count);
    this.free ??= new Map();
    const others = this.free.get(count);
    if (others === undefined) this.free.set(count, [place]);
    else others.push(place);
  }
}
