import type { AddressRange } from './address-range.ts';

/**
 * A set of addresses, as the boundaries of its ranges: those at even places are in it, those at odd places
 * are the first ones behind. Ranges that touch are one.
 */
export class AddressSet {
  private boundaries: number[] = [];

  add(range: AddressRange): void {
    this.change(range, 0);
  }

  remove(range: AddressRange): void {
    this.change(range, 1);
  }

  clear(): void {
    this.boundaries = [];
  }

  has(address: number): boolean {
    return (this.firstAbove(address) & 1) === 1;
  }

  /** Its ranges, in ascending order. */
  ranges(): AddressRange[] {
    const ranges: AddressRange[] = [];
    for (let i = 0; i < this.boundaries.length; i += 2) {
      ranges.push({ start: this.boundaries[i]!, end: this.boundaries[i + 1]! });
    }
    return ranges;
  }

  /** What of it is in `range`, in ascending order. */
  rangesWithin({ start, end }: AddressRange): AddressRange[] {
    const ranges: AddressRange[] = [];
    for (let i = this.firstAbove(start) & ~1; i < this.boundaries.length; i += 2) {
      const from = Math.max(start, this.boundaries[i]!);
      const to = Math.min(end, this.boundaries[i + 1]!);
      if (from >= end) break;
      if (from < to) ranges.push({ start: from, end: to });
    }
    return ranges;
  }

  /** How many addresses it has in `range`. */
  countWithin(range: AddressRange): number {
    return sizeOf(this.rangesWithin(range));
  }

  /** How many addresses it has. */
  get size(): number {
    return sizeOf(this.ranges());
  }

  /** @param inside 0 to add the range, 1 to remove it: on which side of old boundaries new ones are needed */
  private change({ start, end }: AddressRange, inside: 0 | 1): void {
    if (start >= end) return;
    const from = this.firstAbove(start - 1);
    const to = this.firstAbove(end);
    const replaced: number[] = [];
    if ((from & 1) === inside) replaced.push(start);
    if ((to & 1) === inside) replaced.push(end);
    this.boundaries.splice(from, to - from, ...replaced);
  }

  /** The place of the first boundary above an address. */
  private firstAbove(address: number): number {
    let low = 0;
    let high = this.boundaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.boundaries[middle]! > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function sizeOf(ranges: readonly AddressRange[]): number {
  let size = 0;
  for (const { start, end } of ranges) size += end - start;
  return size;
}
