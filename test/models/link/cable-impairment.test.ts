import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { CableSpec } from '../../../models/link/cable.ts';
import { MICROSECOND, MILLISECOND } from '../../support/networks.ts';
import { BYTE_PER_MICROSECOND, OneWay } from '../queueing/one-way.ts';

const BAD: CableSpec = { ...BYTE_PER_MICROSECOND, delay: 5 * MILLISECOND };

describe('a bad cable', () => {
  it('delays around its propagation delay, never to before the last bit has left', () => {
    const way = new OneWay(null, { ...BAD, impairments: { jitter: 20 * MILLISECOND } });
    for (let i = 0; i < 500; i++) {
      way.send(1000);
      way.run(10 * MILLISECOND);
    }
    way.run();
    const delays = way.arrivals.map(({ time, number }) => time - number * 10 * MILLISECOND - MILLISECOND);
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(20 * MILLISECOND);
    expect(way.arrivals.length).toBe(500);
  });

  it('loses, duplicates and corrupts, and counts what it loses', () => {
    const impairments = {
      loss: { model: 'gemodel', toBad: 0.1, toGood: 0.4, inBad: 1, inGood: 0 } as const,
      duplicate: { probability: 0.1 },
      corrupt: { probability: 0.1 },
    };
    const way = new OneWay(null, { ...BAD, impairments, queuePackets: 2000 });
    for (let i = 0; i < 1000; i++) way.send(100);
    way.run();
    const { pool } = way.hosts.network;
    expect(way.drops.link_loss).toBe(way.hosts.cable.forward.statistics.lost);
    expect(way.drops.link_loss).toBeGreaterThan(120);
    expect(way.drops.link_loss).toBeLessThan(280);
    expect(way.drops.udp_checksum).toBeGreaterThan(30);
    expect(way.arrivals.length).toBe(1000 + pool.copied - pool.dropped);
  });

  it('loses all that is on it when it is cut', () => {
    const way = new OneWay(null, { ...BAD, impairments: { jitter: MILLISECOND } });
    for (let i = 0; i < 4; i++) way.send(1000);
    way.run(2500 * MICROSECOND);
    way.hosts.cable.setUp(false);
    expect(way.run().arrivals).toEqual([]);
    expect(way.drops).toEqual({ link_down: 4 });
  });
});

describe('a cable whose properties change', () => {
  it('sends what waits at the new rate, the frame on the wire at its own', () => {
    const way = new OneWay(null);
    for (let i = 0; i < 3; i++) way.send(1000);
    way.run(1500 * MICROSECOND);
    way.hosts.cable.configure({ ...BYTE_PER_MICROSECOND, rate: 80e6 });
    way.send(1000);
    way.run();
    expect(way.arrivals.map(({ time }) => time / MICROSECOND)).toEqual([1000, 2000, 2100, 2200]);
    expect(way.hosts.cable.forward.statistics.busy).toBe(2200 * MICROSECOND);
  });

  it('lets none overtake another when the way becomes shorter', () => {
    const way = new OneWay(null, BAD);
    for (let i = 0; i < 3; i++) way.send(1000);
    way.run(2500 * MICROSECOND);
    way.hosts.cable.configure({ ...BAD, delay: 0 });
    way.run();
    expect(way.arrivals.map(({ time }) => time / MICROSECOND)).toEqual([2500, 2500, 3000]);
    expect(way.numbers).toEqual([0, 1, 2]);
  });

  it('may become bad and good again', () => {
    const way = new OneWay(null);
    way.hosts.cable.configure({ ...BYTE_PER_MICROSECOND, impairments: { corrupt: { probability: 1 } } });
    for (let i = 0; i < 20; i++) way.send(100);
    way.run();
    expect(way.arrivals).toEqual([]);
    way.hosts.cable.configure(BYTE_PER_MICROSECOND);
    way.send(100);
    expect(way.run().arrivals.length).toBe(1);
  });

  test.prop([
    fc.array(
      fc.record({
        length: fc.integer({ min: 60, max: 1500 }),
        pause: fc.nat({ max: 2000 * MICROSECOND }),
        rate: fc.option(fc.integer({ min: 1e5, max: 1e10 }), { nil: null }),
        delay: fc.nat({ max: 5 * MILLISECOND }),
      }),
      { maxLength: 40 },
    ),
  ])('delivers all in order, whatever changes and when', (steps) => {
    const way = new OneWay(null, { ...BAD, queuePackets: 100 });
    for (const { length, pause, rate, delay } of steps) {
      way.send(length);
      if (rate !== null) way.hosts.cable.configure({ rate, delay, queuePackets: 100 });
      way.run(pause);
    }
    way.run();
    expect(way.numbers).toEqual(steps.map((_, i) => i));
    expect(way.arrivals.map(({ time }) => time)).toEqual(
      way.arrivals.map(({ time }) => time).sort((a, b) => a - b),
    );
  });
});
