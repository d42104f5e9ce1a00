import { fc, test } from '@fast-check/vitest';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../engine/random.ts';
import { LatencyHistogram } from '../../../engine/statistics/latency-histogram.ts';

const RELATIVE_ERROR = 1 / 256;
const PERCENTILES = [0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100];

/** Values of every size up to 2^53 - 1, and the edges of octaves. */
const value = fc.oneof(
  fc.nat({ max: 300 }),
  fc.nat(),
  fc.maxSafeNat(),
  fc
    .tuple(fc.nat({ max: 52 }), fc.integer({ min: -2, max: 2 }))
    .map(([power, offset]) => Math.max(0, 2 ** power + offset)),
  fc.constant(Number.MAX_SAFE_INTEGER),
);

function histogramOf(values: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const each of values) histogram.record(each);
  return histogram;
}

/** The exact percentile by nearest rank. */
function percentileOf(sorted: number[], p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
}

function expectNear(actual: number, exact: number): void {
  expect(Math.abs(actual - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR);
}

describe('LatencyHistogram', () => {
  it('has nothing to say of no value', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.count).toBe(0);
    expect(histogram.mean).toBeNaN();
    expect(histogram.percentile(50)).toBeNaN();
    expect(histogram.buckets()).toEqual([]);
  });

  it('keeps histograms apart that start out empty', () => {
    const [a, b] = [new LatencyHistogram(), new LatencyHistogram()];
    a.record(1000);
    expect(b.count).toBe(0);
    expect(b.buckets()).toEqual([]);
  });

  test.prop([fc.array(value, { minLength: 1, maxLength: 400 })])(
    'agrees with the sorted values',
    (values) => {
      const histogram = histogramOf(values);
      const sorted = [...values].sort((a, b) => a - b);
      expect([histogram.count, histogram.min, histogram.max]).toEqual([
        values.length,
        sorted[0],
        sorted.at(-1),
      ]);
      const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
      expect(histogram.mean).toBe(mean);
      for (const p of PERCENTILES) expectNear(histogram.percentile(p), percentileOf(sorted, p));
    },
  );

  test.prop([value])('is exact about one value', (only) => {
    const histogram = histogramOf([only]);
    for (const p of PERCENTILES) expect(histogram.percentile(p)).toBe(only);
  });

  test.prop([fc.array(value)])('puts each value into the one bucket that spans it', (values) => {
    const buckets = histogramOf(values).buckets();
    for (const { low, high, count } of buckets) {
      expect(count).toBe(values.filter((each) => each >= low && each < high).length);
      expect(high - low).toBeLessThanOrEqual(Math.max(1, low / 128));
    }
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
    for (let i = 1; i < buckets.length; i++) {
      expect(buckets[i].low).toBeGreaterThanOrEqual(buckets[i - 1].high);
    }
  });

  test.prop([fc.array(value), fc.array(value)])('merges', (some, others) => {
    const merged = histogramOf(some);
    merged.merge(histogramOf(others));
    const whole = histogramOf([...some, ...others]);
    expect(merged.buckets()).toEqual(whole.buckets());
    expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
    if (whole.count > 0)
      expect(merged.mean / (1 + whole.mean)).toBeCloseTo(whole.mean / (1 + whole.mean), 12);
  });

  it('leaves a histogram that was merged into an empty one alone', () => {
    const [source, target] = [histogramOf([5, 5]), new LatencyHistogram()];
    target.merge(source);
    target.record(5);
    expect(source.buckets()).toEqual([{ low: 5, high: 6, count: 2 }]);
    expect(target.buckets()).toEqual([{ low: 5, high: 6, count: 3 }]);
  });

  it.each(['exponential', 'logNormal', 'pareto'] as const)('agrees with HdrHistogram: %s', (distribution) => {
    const stream = new RandomStream(distribution);
    const draws = {
      exponential: () => stream.exponential(2e6),
      logNormal: () => stream.logNormal(15, 2),
      pareto: () => stream.pareto(5e4, 0.8),
    };
    const histogram = new LatencyHistogram();
    const oracle = build({ numberOfSignificantValueDigits: 4, highestTrackableValue: 2 ** 52 });
    for (let i = 0; i < 100_000; i++) {
      const drawn = Math.min(Math.floor(draws[distribution]()), 2 ** 50);
      histogram.record(drawn);
      oracle.recordValue(drawn);
    }
    for (const p of PERCENTILES.slice(1)) {
      const exact = oracle.getValueAtPercentile(p);
      expect(Math.abs(histogram.percentile(p) - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + 1e-4));
    }
    expect(Math.abs(histogram.mean / oracle.mean - 1)).toBeLessThan(1e-4);
  });

  it.each([-1, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %f', (bad) => {
    const histogram = new LatencyHistogram();
    expect(() => histogram.record(bad)).toThrow(RangeError);
    expect(histogram.count).toBe(0);
  });

  it.each([-0.1, 100.1, Number.NaN])('refuses percentile %f', (p) => {
    expect(() => histogramOf([1]).percentile(p)).toThrow(RangeError);
  });
});
