import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { RandomStream, RandomStreams } from '../../engine/random.ts';
import { RunningMoments } from '../../engine/statistics/running-moments.ts';

const DRAWS = 200_000;

function take<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

function momentsOf(draw: () => number, count = DRAWS): RunningMoments {
  const moments = new RunningMoments();
  for (let i = 0; i < count; i++) moments.add(draw());
  return moments;
}

/**
 * The mean of the draws must be within five standard errors of the true one: by chance that fails once in
 * 10^6.
 */
function expectMean(moments: RunningMoments, mean: number, deviation: number): void {
  const standardError = deviation / Math.sqrt(moments.count);
  expect(Math.abs(moments.mean - mean)).toBeLessThan(5 * standardError);
}

/** Pearson's statistic for counts that should all be equal. */
function chiSquare(counts: number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('RandomStreams', () => {
  it('gives single numbers by the whole name, in however many pieces it is said', () => {
    const streams = new RandomStreams(42);
    expect(streams.single('p', 'a:b')).toBe(0.8944123776163906);
    expect(streams.single('p', 'a', 'b')).toBe(0.8944123776163906);
    expect(streams.single('reachable_time', 'a', 'b')).toBe(0.11822002055123448);
  });

  const name = fc.string({ maxLength: 12 });

  test.prop([name, name, name])(
    'gives the same numbers for the same seed and name',
    (seed, purpose, owner) => {
      const [a, b] = [new RandomStreams(seed), new RandomStreams(seed)];
      b.stream(`${purpose}!`, owner).uniform();
      expect(take(20, () => a.stream(purpose, owner).uniform())).toEqual(
        take(20, () => b.stream(purpose, owner).uniform()),
      );
    },
  );

  it('goes on with a stream that is asked for again', () => {
    const streams = new RandomStreams(1);
    expect(streams.stream('loss', 'eth0')).toBe(streams.stream('loss', 'eth0'));
  });

  it('takes a seed as a number or as its digits', () => {
    expect(new RandomStreams(42).stream('a', 'b').int32()).toBe(
      new RandomStreams('42').stream('a', 'b').int32(),
    );
  });

  it('tells apart seeds, purposes and owners, however they are joined', () => {
    const keys: [string | number, string, string][] = [
      [1, 'ab', 'c'],
      [1, 'a', 'bc'],
      [1, '', 'abc'],
      [1, 'abc', ''],
      ['', '1abc', ''],
      [11, '', 'abc'],
      [1, '1:a', 'bc'],
      ['11:', 'a', 'bc'],
      [2, 'ab', 'c'],
    ];
    const firsts = keys.map(([seed, purpose, owner]) =>
      new RandomStreams(seed).stream(purpose, owner).uniform(),
    );
    expect(new Set(firsts).size).toBe(keys.length);
  });

  it('keeps its numbers from one version to the next', () => {
    const stream = new RandomStreams(42).stream('loss', 'node1:eth0');
    expect([
      stream.uniform(),
      stream.int32(),
      stream.integer(1, 6),
      stream.normal(0, 1),
    ]).toMatchInlineSnapshot(`
      [
        0.5105312107400155,
        -222648150,
        6,
        0.853146442589162,
      ]
    `);
  });

  it('starts streams of similar names far from one another', () => {
    // The first three draws of 64,000 streams, each put into 64 classes: as even as draws of one stream.
    const streams = new RandomStreams(7);
    const counts = [0, 1, 2].map(() => new Array<number>(64).fill(0));
    const joint = new Array<number>(64).fill(0);
    let before = 0;
    for (let i = 0; i < 64_000; i++) {
      const stream = streams.stream('gap', `pod-${i}`);
      const draws = [stream.uniform(), stream.uniform(), stream.uniform()];
      for (const [nth, draw] of draws.entries()) counts[nth][Math.floor(draw * 64)]++;
      joint[Math.floor(draws[0] * 8) * 8 + Math.floor(before * 8)]++;
      before = draws[0];
    }
    // 63 degrees of freedom: 99.9999 % of the time below 133.
    for (const classes of [...counts, joint]) expect(chiSquare(classes)).toBeLessThan(133);
  });
});

describe('RandomStream', () => {
  it('draws uniform numbers in [0, 1) evenly, in pairs too', () => {
    const stream = new RandomStream('uniform');
    const pairs = new Array<number>(64).fill(0);
    const moments = momentsOf(() => {
      const first = stream.uniform();
      pairs[Math.floor(first * 8) * 8 + Math.floor(stream.uniform() * 8)]++;
      return first;
    });
    expectMean(moments, 0.5, Math.sqrt(1 / 12));
    expect(moments.min).toBeGreaterThanOrEqual(0);
    expect(moments.max).toBeLessThan(1);
    expect(chiSquare(pairs)).toBeLessThan(133);
  });

  it('has more than 32 bits in a uniform number', () => {
    const stream = new RandomStream('bits');
    const fine = take(100, () => stream.uniform() * 2 ** 32).filter((scaled) => !Number.isInteger(scaled));
    expect(fine.length).toBeGreaterThan(95);
  });

  test.prop([
    fc.string(),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e12, noNaN: true }),
  ])('keeps between() to its bounds', (key, low, width) => {
    const stream = new RandomStream(key);
    for (let i = 0; i < 50; i++) {
      const value = stream.between(low, low + width);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(low + width);
    }
  });

  test.prop([fc.string(), fc.maxSafeInteger(), fc.nat({ max: 5 })])(
    'draws every integer of a small range, and nothing else',
    (key, any, width) => {
      const low = Math.min(any, Number.MAX_SAFE_INTEGER - width);
      const stream = new RandomStream(key);
      const drawn = new Set(take(300, () => stream.integer(low, low + width)));
      expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: width + 1 }, (_, i) => low + i));
    },
  );

  it('draws integers evenly', () => {
    const stream = new RandomStream('dice');
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < DRAWS; i++) counts[stream.integer(1, 6) - 1]++;
    expect(chiSquare(counts)).toBeLessThan(36); // 5 degrees of freedom: 99.9999 %
  });

  it('draws every bit of an int32 evenly', () => {
    const stream = new RandomStream('int32');
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const value = stream.int32();
      for (let bit = 0; bit < 32; bit++) ones[bit] += (value >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - DRAWS / 2)).toBeLessThan(5 * Math.sqrt(DRAWS / 4));
  });

  it.each([0.001, 0.3, 0.99])('is true with probability %f', (p) => {
    const stream = new RandomStream('bernoulli');
    expectMean(
      momentsOf(() => (stream.bernoulli(p) ? 1 : 0)),
      p,
      Math.sqrt(p * (1 - p)),
    );
  });

  it('is never true with probability 0 and always with 1', () => {
    const stream = new RandomStream('certain');
    expect(take(1000, () => stream.bernoulli(0))).not.toContain(true);
    expect(take(1000, () => stream.bernoulli(1))).not.toContain(false);
  });

  it('draws exponential numbers', () => {
    const stream = new RandomStream('exponential');
    const moments = momentsOf(() => stream.exponential(250));
    expectMean(moments, 250, 250);
    expect(moments.min).toBeGreaterThanOrEqual(0);
    expectMean(
      momentsOf(() => stream.exponential(250) ** 2),
      2 * 250 ** 2,
      Math.sqrt(20) * 250 ** 2,
    );
    const tail = momentsOf(() => (stream.exponential(1) > 3 ? 1 : 0));
    expectMean(tail, Math.exp(-3), Math.sqrt(Math.exp(-3)));
  });

  it('draws normal numbers', () => {
    const stream = new RandomStream('normal');
    const cubes = new RunningMoments();
    const fourths = new RunningMoments();
    const moments = momentsOf(() => {
      const value = stream.normal(1000, 50);
      cubes.add(((value - 1000) / 50) ** 3);
      fourths.add(((value - 1000) / 50) ** 4);
      return value;
    });
    expectMean(moments, 1000, 50);
    expect(Math.abs(moments.variance - 2500)).toBeLessThan(5 * 2500 * Math.sqrt(2 / DRAWS));
    expectMean(cubes, 0, Math.sqrt(15));
    expectMean(fourths, 3, Math.sqrt(96));
  });

  it('draws normal numbers of which neighbours do not know each other', () => {
    const stream = new RandomStream('neighbours');
    let before = stream.normal(0, 1);
    const products = momentsOf(() => {
      const value = stream.normal(0, 1);
      const product = value * before;
      before = value;
      return product;
    });
    expectMean(products, 0, 1);
  });

  it('draws log-normal numbers', () => {
    const stream = new RandomStream('log-normal');
    const [mu, sigma] = [3, 0.5];
    const mean = Math.exp(mu + sigma ** 2 / 2);
    expectMean(
      momentsOf(() => stream.logNormal(mu, sigma)),
      mean,
      mean * Math.sqrt(Math.exp(sigma ** 2) - 1),
    );
  });

  it('draws Pareto numbers', () => {
    const stream = new RandomStream('pareto');
    const [minimum, shape] = [10, 4];
    const mean = (shape * minimum) / (shape - 1);
    const moments = momentsOf(() => stream.pareto(minimum, shape));
    expectMean(moments, mean, mean / Math.sqrt(shape * (shape - 2)));
    expect(moments.min).toBeGreaterThanOrEqual(minimum);
    const above = momentsOf(() => (stream.pareto(minimum, 1.2) > 100 ? 1 : 0));
    expectMean(above, 10 ** -1.2, Math.sqrt(10 ** -1.2));
  });
});
