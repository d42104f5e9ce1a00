import { describe, expect, it } from 'vitest';
import { linearTicks, logTicks, rangeOf } from '../../../report/chart/ticks.ts';

const linear = { label: '', scale: 'linear', kind: 'count' } as const;

describe('marks of an axis', () => {
  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 7.3, 4, [0, 2, 4, 6]],
    [-3, 3, 3, [-2, 0, 2]],
    [1.06e6, 1.31e6, 6, [1.1e6, 1.15e6, 1.2e6, 1.25e6, 1.3e6]],
    [5, 5, 4, [5]],
  ])('are round numbers from %d to %d', (low, high, count, ticks) => {
    expect(linearTicks(low, high, count)).toEqual(ticks);
  });

  it.each([
    [1, 10_000, [1, 10, 100, 1000, 10_000]],
    [1, 100, [1, 3, 10, 30, 100]],
    [300, 4000, [500, 1000, 2000]],
  ])('are powers of ten on a logarithmic scale from %d to %d', (low, high, ticks) => {
    expect(logTicks(low, high)).toEqual(ticks);
  });

  it('go down to zero where that does not flatten the lines', () => {
    expect(rangeOf([10, 100], linear)[0]).toBe(0);
    expect(rangeOf([99, 100], linear)[0]).toBeGreaterThan(98);
    expect(rangeOf([0, 0], linear)).toEqual([0, 1]);
    expect(rangeOf([], linear)).toEqual([0, 1]);
    expect(rangeOf([0, 10, 1000], { ...linear, scale: 'log' })[0]).toBeCloseTo(10 / 1.15, 6);
  });
});
