import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { TimeWeightedMean } from '../../../engine/statistics/time-weighted-mean.ts';

describe('TimeWeightedMean', () => {
  it('weighs each value by how long it stayed', () => {
    const length = new TimeWeightedMean();
    length.update(10, 4); // 0 for 10 ns
    length.update(30, 1); // 4 for 20 ns
    expect(length.mean(40)).toBe((0 * 10 + 4 * 20 + 1 * 10) / 40);
    expect(length.max).toBe(4);
    expect(length.value).toBe(1);
  });

  it('is the value itself while no time has passed', () => {
    const length = new TimeWeightedMean(100, 7);
    expect(length.mean(100)).toBe(7);
    length.update(100, 9);
    expect(length.mean(100)).toBe(9);
    expect(length.mean(200)).toBe(9);
  });

  it('begins anew with the present value', () => {
    const length = new TimeWeightedMean();
    length.update(10, 50);
    length.update(20, 2);
    length.restart(30);
    length.update(40, 6);
    expect(length.mean(50)).toBe((2 * 10 + 6 * 10) / 20);
    expect(length.max).toBe(6);
  });

  test.prop([
    fc.array(fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: -1000, max: 1000 })), { minLength: 1 }),
    fc.integer({ min: 1, max: 50 }),
  ])('equals the mean over every single tick', (changes, rest) => {
    const subject = new TimeWeightedMean();
    const ticks: number[] = [];
    let value = 0;
    for (const [gap, next] of changes) {
      for (let i = 0; i < gap; i++) ticks.push(value);
      value = next;
      subject.update(ticks.length, value);
    }
    for (let i = 0; i < rest; i++) ticks.push(value);
    const mean = ticks.reduce((sum, tick) => sum + tick, 0) / ticks.length;
    expect(subject.mean(ticks.length)).toBeCloseTo(mean, 9);
    expect(subject.max).toBe(Math.max(0, ...changes.map(([, next]) => next)));
  });
});
