import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { AddressSet } from '../../../../models/weave/ipam/address-set.ts';
import { Space } from '../../../../models/weave/ipam/space.ts';

const END = 64;
const range = fc
  .tuple(fc.nat(END), fc.nat(END))
  .map(([start, size]) => ({ start, end: Math.min(END, start + size) }));

/** The numbers of a range that are in a set. */
function membersOf(set: AddressSet): number[] {
  return Array.from({ length: END }, (_, address) => address).filter((address) => set.has(address));
}

test.prop([fc.array(fc.record({ add: fc.boolean(), range })), range])(
  'a set has what was put into it',
  (steps, part) => {
    const set = new AddressSet();
    const model = new Set<number>();
    for (const { add, range } of steps) {
      if (add) set.add(range);
      else set.remove(range);
      for (let address = range.start; address < range.end; address++) {
        if (add) model.add(address);
        else model.delete(address);
      }
    }
    const members = [...model].sort((a, b) => a - b);
    expect(membersOf(set)).toEqual(members);
    expect(set.size).toBe(members.length);
    expect(set.countWithin(part)).toBe(members.filter((a) => part.start <= a && a < part.end).length);
    // Ranges are apart: ones that touch are one.
    const ranges = set.ranges();
    ranges.slice(1).forEach((next, index) => {
      expect(next.start).toBeGreaterThan(ranges[index]!.end);
    });
  },
);

/** Free addresses of a space that has all of 0 to 63 and uses some. */
function spaceWith(used: readonly number[]): Space {
  const space = new Space();
  space.updateRanges([{ start: 0, end: END }]);
  for (const address of used) space.claim(address);
  return space;
}

/** Addresses that are free, one by one. */
function freeOf(space: Space): number[] {
  return Array.from({ length: END }, (_, a) => a).filter(
    (a) => space.numFreeWithin({ start: a, end: a + 1 }) === 1,
  );
}

/** What a donor gives, found by looking at every aligned block (weave.md 5.4). */
function donationByTrying(free: readonly number[], { start, end }: { start: number; end: number }) {
  const within = new Set(free.filter((address) => start <= address && address < end));
  let best: { start: number; end: number } | undefined;
  // Of each unbroken chunk the lowest of its largest blocks; of chunks with equal ones the last.
  for (let from = start; from < end; from++) {
    if (!within.has(from) || within.has(from - 1)) continue;
    let to = from;
    while (within.has(to)) to++;
    let block: { start: number; end: number } | undefined;
    for (let size = END; block === undefined; size /= 2) {
      for (let at = from; at + size <= to && block === undefined; at++) {
        if (at % size === 0) block = { start: at, end: at + size };
      }
    }
    if (best === undefined || block.end - block.start >= best.end - best.start) best = block;
  }
  if (best === undefined) return undefined;
  const size = best.end - best.start;
  return size > Math.floor(within.size / 2)
    ? { start: best.start + Math.floor(size / 2), end: best.end }
    : best;
}

describe('a donation', () => {
  test.prop([fc.uniqueArray(fc.nat(END - 1)), range])('is what trying all blocks finds', (used, range) => {
    const space = spaceWith(used);
    const free = freeOf(space);
    const donated = space.donate(range);
    expect(donated).toEqual(donationByTrying(free, range));
    const { start, end } = donated ?? { start: 0, end: 0 };
    expect(freeOf(space)).toEqual(free.filter((address) => address < start || address >= end));
    expect(space.numUsed).toBe(used.length);
  });
});

describe('addresses of a space', () => {
  it('are given out from the lowest, those that came back first', () => {
    const space = spaceWith([]);
    const all = { start: 1, end: END };
    expect([space.allocate(all), space.allocate(all), space.allocate(all)]).toEqual([1, 2, 3]);
    space.release(2);
    expect(space.allocate(all)).toBe(2);
    expect(space.allocate(all)).toBe(4);
  });

  it('are claimed once, and released once', () => {
    const space = spaceWith([5]);
    expect(space.claim(5)).toBe(false);
    expect(space.claim(6)).toBe(true);
    space.release(6);
    space.release(6);
    expect([space.numUsed, space.numFree]).toEqual([1, END - 1]);
  });

  it('stay in use when ranges come, and free ones go when ranges go', () => {
    const space = spaceWith([5]);
    space.updateRanges([
      { start: 0, end: 8 },
      { start: 100, end: 110 },
    ]);
    expect([space.numUsed, space.numFree]).toEqual([1, 17]);
    expect(space.allocate({ start: 8, end: 200 })).toBe(100);
    space.clear();
    expect([space.numUsed, space.numFree]).toEqual([0, 0]);
  });
});
