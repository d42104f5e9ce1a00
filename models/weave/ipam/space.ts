import { type AddressRange, biggestAlignedBlock, rangeSize } from './address-range.ts';
import { AddressSet } from './address-set.ts';

/** The addresses of the ranges that this peer owns: used and free ones (Weave: `ipam/space`). */
export class Space {
  private readonly used = new AddressSet();
  private readonly free = new AddressSet();

  /** Takes the lowest free address of a range. */
  allocate(range: AddressRange): number | undefined {
    const [chunk] = this.free.rangesWithin(range);
    if (chunk === undefined) return undefined;
    this.take(chunk.start);
    return chunk.start;
  }

  /** Takes this very address. @returns false when it is not free here */
  claim(address: number): boolean {
    if (!this.free.has(address)) return false;
    this.take(address);
    return true;
  }

  /** Gives an address back; nothing happens to one that is not in use here. */
  release(address: number): void {
    if (!this.used.has(address)) return;
    this.used.remove(only(address));
    this.free.add(only(address));
  }

  /**
   * Gives free addresses of a range away: the largest aligned block among them (the last of equals), or the
   * upper half of it where that is more than half of what is free.
   * @returns undefined when nothing is free
   */
  donate(range: AddressRange): AddressRange | undefined {
    let block: AddressRange | undefined;
    let free = 0;
    for (const chunk of this.free.rangesWithin(range)) {
      free += rangeSize(chunk);
      const candidate = biggestAlignedBlock(chunk);
      if (block === undefined || rangeSize(candidate) >= rangeSize(block)) block = candidate;
    }
    if (block === undefined) return undefined;
    if (rangeSize(block) > Math.floor(free / 2)) {
      block = { start: block.start + Math.floor(rangeSize(block) / 2), end: block.end };
    }
    this.free.remove(block);
    return block;
  }

  /**
   * Makes the ranges that the peer owns of these: what is new is free. Free addresses of others go; used ones
   * stay, whoever owns them.
   */
  updateRanges(ranges: readonly AddressRange[]): void {
    const free = new AddressSet();
    for (const range of ranges) free.add(range);
    for (const range of this.used.ranges()) free.remove(range);
    this.free.clear();
    for (const range of free.ranges()) this.free.add(range);
  }

  clear(): void {
    this.used.clear();
    this.free.clear();
  }

  get numUsed(): number {
    return this.used.size;
  }

  get numFree(): number {
    return this.free.size;
  }

  numFreeWithin(range: AddressRange): number {
    return this.free.countWithin(range);
  }

  private take(address: number): void {
    this.free.remove(only(address));
    this.used.add(only(address));
  }
}

function only(address: number): AddressRange {
  return { start: address, end: address + 1 };
}
