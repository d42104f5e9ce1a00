import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  type AddressRange,
  biggestAlignedBlock,
  formatAsSubnet,
  formatRange,
  hostRange,
  rangesOverlap,
  subnetRange,
  subnetsOf,
} from '../../../../models/weave/ipam/address-range.ts';
import { formatPrefix, parsePrefix } from '../../../../models/wire/ipv4-address.ts';

const small = fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 300 })).map(([start, size]) => {
  return { start, end: start + size };
});
const anywhere = fc
  .tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 }));

/** All blocks of a power of two that begin at a multiple of their size, tried one after the other. */
function biggestByTrying({ start, end }: AddressRange): AddressRange {
  for (let size = 512; size > 1; size /= 2) {
    for (let at = start; at + size <= end; at++) if (at % size === 0) return { start: at, end: at + size };
  }
  return { start, end: start + 1 };
}

describe('ranges of addresses', () => {
  it.each([
    ['10.32.0.0/12', '10.32.0.0-10.47.255.255'],
    ['10.9.0.0/29', '10.9.0.0-10.9.0.7'],
    ['240.0.0.0/4', '240.0.0.0-255.255.255.255'],
    ['0.0.0.0/0', '0.0.0.0-255.255.255.255'],
  ])('are those of a subnet: %s', (subnet, range) => {
    expect(formatRange(subnetRange(parsePrefix(subnet)!))).toBe(range);
    expect(formatAsSubnet(subnetRange(parsePrefix(subnet)!))).toBe(subnet);
    expect(subnetsOf(subnetRange(parsePrefix(subnet)!)).map(formatPrefix)).toEqual([subnet]);
  });

  it('leave the first and the last address of a subnet to no host', () => {
    expect(formatRange(hostRange(parsePrefix('10.32.0.0/12')!))).toBe('10.32.0.1-10.47.255.254');
    expect(formatRange(hostRange(parsePrefix('0.0.0.0/0')!))).toBe('0.0.0.1-255.255.255.254');
    const none = hostRange(parsePrefix('10.0.0.0/31')!);
    expect(none.end - none.start).toBe(0);
  });

  it('are told by their ends where they are no subnet', () => {
    const { start } = subnetRange(parsePrefix('10.0.0.0/24')!);
    expect(formatAsSubnet({ start, end: start + 3 })).toBe('10.0.0.0-10.0.0.2');
  });

  it('touch without overlapping', () => {
    expect(rangesOverlap({ start: 0, end: 4 }, { start: 4, end: 8 })).toBe(false);
    expect(rangesOverlap({ start: 0, end: 5 }, { start: 4, end: 8 })).toBe(true);
  });
});

describe('the biggest aligned block', () => {
  test.prop([small])('is the one found by trying all', (range) => {
    expect(biggestAlignedBlock(range)).toEqual(biggestByTrying(range));
  });

  test.prop([anywhere])('is aligned, and at least a quarter of the range', (range) => {
    const { start, end } = biggestAlignedBlock(range);
    const size = end - start;
    expect(Number.isInteger(Math.log2(size)) && start % size === 0).toBe(true);
    expect(start >= range.start && end <= range.end && 4 * size > range.end - range.start).toBe(true);
  });
});

test.prop([anywhere])('subnets make up a range, one after the other', (range) => {
  let at = range.start;
  for (const subnet of subnetsOf(range)) {
    const { start, end } = subnetRange(subnet);
    expect(start).toBe(at);
    expect(start % (end - start)).toBe(0);
    at = end;
  }
  expect(at).toBe(range.end);
});

test.prop([small])('no fewer subnets would do', (range) => {
  // Two neighbours of one size that could be one are not there.
  const subnets = subnetsOf(range).map(subnetRange);
  subnets.slice(1).forEach((next, index) => {
    const before = subnets[index]!;
    const size = next.end - next.start;
    expect(before.end - before.start === size && before.start % (2 * size) === 0).toBe(false);
  });
});
