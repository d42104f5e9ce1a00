import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  formatApproximate,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from '../../report/units.ts';

describe('numbers in reports', () => {
  it.each([
    [0, '0 ns'],
    [1, '1 ns'],
    [999, '999 ns'],
    [83_904, '83.9 us'],
    [999_499, '999 us'],
    [999_999, '1 ms'],
    [1_500_000_000, '1.5 s'],
    [3_600e9, '3600 s'],
    [0.345, '0.345 ns'],
    [1e-13, '<0.01 ns'],
  ])('a duration of %d ns is %s', (value, text) => expect(formatDuration(value)).toBe(text));

  it.each([
    [0, '0 bit/s'],
    [1792, '1.79 kbit/s'],
    [12e6, '12 Mbit/s'],
    [999_999_999, '1 Gbit/s'],
    [100e9, '100 Gbit/s'],
    [Number.POSITIVE_INFINITY, 'no limit'],
  ])('a rate of %d is %s', (value, text) => expect(formatRate(value)).toBe(text));

  it.each([
    [0, '0%'],
    [1e-9, '<0.01%'],
    [0.0025, '0.25%'],
    [0.99999, '>99.99%'],
    [1, '100%'],
  ])('a fraction of %d is %s', (value, text) => expect(formatPercent(value)).toBe(text));

  it('writes counts in threes and bytes in decimal units', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([42, 3_080_000].map(formatBytes)).toEqual(['42 B', '3.08 MB']);
    expect([12, 66_812].map(formatApproximate)).toEqual(['12', '66.8 k']);
  });

  test.prop([fc.double({ min: 0.01, max: 1e15, noNaN: true })])(
    'a duration is right to half a percent',
    (value) => {
      const [number, unit] = formatDuration(value).split(' ');
      const factor = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[unit]!;
      expect(Math.abs(Number(number) * factor - value) / value).toBeLessThan(0.005);
      expect(number.length).toBeLessThanOrEqual(7);
    },
  );
});
