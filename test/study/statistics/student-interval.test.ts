import { describe, expect, it } from 'vitest';
import { estimate, relativeHalfWidth, studentQuantile } from '../../../study/statistics/student-interval.ts';

describe('Student-t intervals', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, upper critical values of Student's t
  it.each([
    [1, 6.314, 12.706, 63.657],
    [2, 2.92, 4.303, 9.925],
    [3, 2.353, 3.182, 5.841],
    [4, 2.132, 2.776, 4.604],
    [5, 2.015, 2.571, 4.032],
    [9, 1.833, 2.262, 3.25],
    [10, 1.812, 2.228, 3.169],
    [20, 1.725, 2.086, 2.845],
    [29, 1.699, 2.045, 2.756],
    [60, 1.671, 2.0, 2.66],
    [100, 1.66, 1.984, 2.626],
  ])('takes the t of the published table with %i degrees of freedom', (degrees, t90, t95, t99) => {
    expect(studentQuantile(0.9, degrees)).toBeCloseTo(t90, 3);
    expect(studentQuantile(0.95, degrees)).toBeCloseTo(t95, 3);
    expect(studentQuantile(0.99, degrees)).toBeCloseTo(t99, 3);
  });

  it('gives mean, deviation and half width', () => {
    // deviation sqrt(10), half width 2.776445 * sqrt(10) / sqrt(5)
    const result = estimate([10, 12, 14, 16, 18], 0.95);
    expect(result).toMatchObject({ count: 5, mean: 14, min: 10, max: 18 });
    expect(result.deviation).toBeCloseTo(3.162278, 6);
    expect(result.halfWidth).toBeCloseTo(3.926486, 5);
    expect(relativeHalfWidth(result)).toBeCloseTo(0.280463, 5);
  });

  it('claims nothing from one value, nor from none', () => {
    expect(estimate([3], 0.95)).toMatchObject({ count: 1, mean: 3, halfWidth: null });
    expect(estimate([], 0.95)).toMatchObject({ count: 0, mean: null, halfWidth: null });
    expect(relativeHalfWidth(estimate([3], 0.95))).toBe(Number.POSITIVE_INFINITY);
  });

  it('is sure of values that are all equal, also of zeros', () => {
    expect(relativeHalfWidth(estimate([0, 0, 0], 0.95))).toBe(0);
    expect(relativeHalfWidth(estimate([-1, 1], 0.95))).toBe(Number.POSITIVE_INFINITY);
  });
});
