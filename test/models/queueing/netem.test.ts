import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { NetemSpec } from '../../../models/queueing/netem-spec.ts';
import { MILLISECOND } from '../../support/networks.ts';
import { OneWay } from './one-way.ts';

const FAST = { rate: Number.POSITIVE_INFINITY, delay: 0 };
const ECT0 = 2;
const CE = 3;

function way(spec: NetemSpec, seed: number | string = 1): OneWay {
  return new OneWay({ kind: 'netem', limit: 100_000, ...spec }, FAST, seed);
}

/** Sends so many frames of 100 bytes, one a millisecond; all have arrived or not at the end. */
function sendMany(netem: OneWay, count: number): OneWay {
  for (let i = 0; i < count; i++) {
    netem.send(100);
    netem.run(MILLISECOND);
  }
  return netem.run();
}

function delays(netem: OneWay): number[] {
  return netem.arrivals.map(({ time, number }) => time - number * MILLISECOND);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** How much each value resembles the one before. */
function autocorrelation(values: readonly number[]): number {
  const middle = mean(values);
  const products = values.slice(1).map((value, i) => (value - middle) * (values[i] - middle));
  return mean(products) / deviation(values) ** 2;
}

/** Which of `count` packets are missing. */
function lossesOf(netem: OneWay, count: number): boolean[] {
  const arrived = new Set(netem.numbers);
  return Array.from({ length: count }, (_, number) => !arrived.has(number));
}

function share(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

describe('netem', () => {
  it('delays to the nanosecond', () => {
    expect(delays(sendMany(way({ delay: 12_345_678 }), 3))).toEqual([12_345_678, 12_345_678, 12_345_678]);
  });

  it('spreads delays evenly without a distribution, and reorders by that', () => {
    const netem = sendMany(way({ delay: 10 * MILLISECOND, jitter: 5 * MILLISECOND }), 4000);
    const values = delays(netem);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(5 * MILLISECOND);
    expect(Math.max(...values)).toBeLessThan(15 * MILLISECOND);
    expect(mean(values) / MILLISECOND).toBeCloseTo(10, 0);
    expect(deviation(values) / (5 * MILLISECOND)).toBeCloseTo(1 / Math.sqrt(3), 1);
    expect(netem.numbers).not.toEqual([...netem.numbers].sort((a, b) => a - b));
  });

  it.each(['normal', 'pareto', 'paretonormal'] as const)(
    'spreads them by the %s distribution',
    (distribution) => {
      const spec = { delay: 50 * MILLISECOND, jitter: 5 * MILLISECOND, distribution };
      const values = delays(sendMany(way(spec), 4000));
      expect(Math.abs(mean(values) - 50 * MILLISECOND)).toBeLessThan(0.5 * MILLISECOND);
      expect(deviation(values) / (5 * MILLISECOND)).toBeGreaterThan(0.6);
      expect(deviation(values) / (5 * MILLISECOND)).toBeLessThan(1.3);
    },
  );

  it('takes a correlation of delays, which the kernel loses again: it looks at the lowest bits', () => {
    const spec = { delay: 20 * MILLISECOND, jitter: 5 * MILLISECOND, delayCorrelation: 0.75 };
    const byNumber = [...sendMany(way(spec), 4000).arrivals].sort((x, y) => x.number - y.number);
    const inOrder = byNumber.map(({ time, number }) => time - number * MILLISECOND);
    expect(Math.abs(autocorrelation(inOrder))).toBeLessThan(0.06);
    expect(deviation(inOrder) / (5 * MILLISECOND)).toBeCloseTo(1 / Math.sqrt(3), 1);
  });

  it('lets losses follow each other with a correlation', () => {
    const count = 10_000;
    const random = (correlation: number) =>
      lossesOf(sendMany(way({ loss: { model: 'random', probability: 0.3, correlation } }), count), count);
    const afterLoss = (losses: boolean[]) => share(losses.slice(1).filter((_, i) => losses[i]));
    expect(afterLoss(random(0)) / share(random(0))).toBeCloseTo(1, 0);
    expect(afterLoss(random(0.5))).toBeGreaterThan(1.4 * share(random(0.5)));
  });

  it('loses at random, and marks instead with ecn', () => {
    const netem = sendMany(way({ loss: { model: 'random', probability: 0.1 } }), 4000);
    expect(share(lossesOf(netem, 4000))).toBeGreaterThan(0.085);
    expect(share(lossesOf(netem, 4000))).toBeLessThan(0.115);
    expect(netem.drops).toEqual({ link_loss: netem.view.statistics.dropped });
    const marking = way({ loss: { model: 'random', probability: 0.1 }, ecn: true });
    for (let i = 0; i < 1000; i++) marking.send(100, { tos: ECT0 });
    marking.run();
    expect(marking.arrivals.length).toBe(1000);
    expect(marking.arrivals.filter(({ tos }) => tos === CE).length).toBe(marking.view.statistics.dropped);
  });

  it('loses in bursts by Gilbert and Elliott: the shares of the two states', () => {
    const count = 20_000;
    const [toBad, toGood, inBad, inGood] = [0.02, 0.2, 0.7, 0.01];
    const netem = sendMany(way({ loss: { model: 'gemodel', toBad, toGood, inBad, inGood } }, 3), count);
    const bad = toBad / (toBad + toGood);
    const losses = lossesOf(netem, count);
    expect(share(losses)).toBeCloseTo(bad * inBad + (1 - bad) * inGood, 1.7);
    const afterLoss = losses.slice(1).filter((_, i) => losses[i]);
    expect(share(afterLoss)).toBeGreaterThan(5 * share(losses));
  });

  it('loses by the four states: runs of losses are as long as p31 makes them', () => {
    const loss = { model: 'state', p13: 0.05, p31: 0.25, p32: 0, p23: 1, p14: 0 } as const;
    const losses = lossesOf(sendMany(way({ loss }), 10_000), 10_000);
    const ends = losses.slice(1).filter((lost, i) => losses[i] && !lost).length;
    const runs = losses.filter(Boolean).length / ends;
    expect(runs).toBeGreaterThan(3.4);
    expect(runs).toBeLessThan(4.6);
  });

  it('duplicates, and each of the two has its own fate', () => {
    const netem = sendMany(way({ duplicate: { probability: 0.25 } }), 2000);
    const { pool } = netem.hosts.network;
    expect(netem.arrivals.length).toBe(2000 + pool.copied);
    expect(pool.copied).toBeGreaterThan(400);
    expect(pool.copied).toBeLessThan(600);
  });

  it('reorders: those that are chosen go at once', () => {
    const netem = way({ delay: 10 * MILLISECOND, reorder: { probability: 0.25 }, gap: 1 });
    const early = delays(sendMany(netem, 2000)).filter((delay) => delay === 0).length;
    expect(early).toBeGreaterThan(400);
    expect(early).toBeLessThan(600);
    expect(netem.view.statistics.requeues).toBe(early);
    const every = way({ delay: 10 * MILLISECOND, reorder: { probability: 1 }, gap: 5 });
    expect(delays(sendMany(every, 10)).filter((delay) => delay === 0).length).toBe(2);
  });

  it('corrupts: who receives it finds the checksum wrong', () => {
    const netem = sendMany(way({ corrupt: { probability: 1 } }), 500);
    const { pool } = netem.hosts.network;
    // nothing guards the source address of Ethernet
    expect(netem.arrivals.length / 500).toBeCloseTo(0.06, 1);
    expect(pool.dropped).toBe(500 - netem.arrivals.length);
    const { ip_checksum, udp_checksum, ...others } = netem.drops;
    // 20 bytes of 100 are the IP header, 66 are UDP and what it carries, 14 Ethernet
    expect(ip_checksum / 500).toBeCloseTo(0.2, 1);
    expect(udp_checksum / 500).toBeCloseTo(0.66, 1);
    expect(Object.keys(others).sort()).toEqual(['other_host', 'unhandled_protocol']);
  });

  it('keeps a rate, its limit, and a child behind it', () => {
    const netem = way({ rate: 100_000, limit: 3, packetOverhead: 20, cellSize: 48, cellOverhead: 5 });
    for (let i = 0; i < 5; i++) netem.send(100);
    netem.run();
    // 120 bytes are three cells of 53
    const each = (3 * 53 * 1e9) / 100_000;
    expect(netem.arrivals.map(({ time }) => time)).toEqual([each, 2 * each, 3 * each]);
    expect(netem.drops).toEqual({ queue_full: 2 });
    const slow = way({ delay: MILLISECOND });
    const tbf = { kind: 'tbf', rate: 100_000, burst: 150, limit: 250 } as const;
    slow.hosts.a.setQdisc({ dev: 'eth0', parent: { major: 1, minor: 1 } }, tbf, 'add');
    for (let i = 0; i < 4; i++) slow.send(100);
    expect(slow.run().arrivals.map(({ time }) => time)).toEqual([MILLISECOND, 1_500_000]);
    expect(slow.drops).toEqual({ queue_full: 2 });
  });
});

const chance = fc.record({
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
  correlation: fc.option(fc.double({ min: 0, max: 0.99, noNaN: true }), { nil: undefined }),
});
const netemSpec: fc.Arbitrary<NetemSpec> = fc.record(
  {
    delay: fc.nat({ max: 20 * MILLISECOND }),
    jitter: fc.nat({ max: 30 * MILLISECOND }),
    distribution: fc.constantFrom('uniform', 'normal', 'pareto', 'paretonormal'),
    delayCorrelation: fc.double({ min: 0, max: 0.99, noNaN: true }),
    loss: chance.map((loss) => ({ model: 'random' as const, ...loss })),
    duplicate: chance,
    reorder: chance,
    corrupt: chance,
    gap: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 1, max: 40 }),
    rate: fc.integer({ min: 1000, max: 1e9 }),
  },
  { requiredKeys: [] },
);

describe('netem with any parameters', () => {
  test.prop([netemSpec, fc.string(), fc.array(fc.integer({ min: 60, max: 1500 }), { maxLength: 60 })], {
    numRuns: 60,
  })('loses no packet out of sight, and does the same again', (spec, seed, lengths) => {
    const outcome = () => {
      const netem = new OneWay({ kind: 'netem', ...spec }, { rate: 1e9, delay: 1000 }, seed);
      for (const length of lengths) {
        netem.send(length);
        // checks that all are accounted for
        netem.run(MILLISECOND);
      }
      netem.run();
      expect(netem.hosts.network.pool.inFlight).toBe(0);
      expect(netem.view.backlogPackets).toBe(0);
      return { arrivals: netem.arrivals, drops: netem.drops };
    };
    expect(outcome()).toEqual(outcome());
  });
});
