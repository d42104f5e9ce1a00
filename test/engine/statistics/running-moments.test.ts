import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { RunningMoments } from '../../../engine/statistics/running-moments.ts';

function momentsOf(values: number[]): RunningMoments {
  const moments = new RunningMoments();
  for (const value of values) moments.add(value);
  return moments;
}

function varianceOf(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

const values = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 100 });

describe('RunningMoments', () => {
  it('has nothing to say of no value, and no variance of one', () => {
    const moments = new RunningMoments();
    expect(moments.mean).toBeNaN();
    expect(moments.variance).toBeNaN();
    expect([moments.min, moments.max]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    moments.add(5);
    expect([moments.mean, moments.min, moments.max]).toEqual([5, 5, 5]);
    expect(moments.variance).toBeNaN();
  });

  test.prop([values])('agrees with two passes over the values', (all) => {
    const moments = momentsOf(all);
    expect(moments.count).toBe(all.length);
    expect(moments.mean).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 6);
    expect(moments.variance / (1 + varianceOf(all))).toBeCloseTo(varianceOf(all) / (1 + varianceOf(all)), 9);
    expect(moments.deviation).toBe(Math.sqrt(moments.variance));
    expect([moments.min, moments.max]).toEqual([Math.min(...all), Math.max(...all)]);
  });

  it('keeps the variance of small differences between large values', () => {
    // The sum of squares would have lost all of it: 10^24 leaves no digit for a difference of 1.
    const moments = momentsOf([1e12 + 4, 1e12 + 7, 1e12 + 13, 1e12 + 16]);
    expect(moments.variance).toBe(30);
  });

  test.prop([fc.array(fc.integer({ min: -1e6, max: 1e6 })), values])('merges', (some, others) => {
    const merged = momentsOf(some);
    merged.merge(momentsOf(others));
    merged.merge(new RunningMoments());
    const whole = momentsOf([...some, ...others]);
    expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
    expect(merged.mean).toBeCloseTo(whole.mean, 6);
    expect(merged.variance / (1 + whole.variance)).toBeCloseTo(whole.variance / (1 + whole.variance), 9);
  });
});
