import { describe, expect, it } from 'vitest';
import { MICROSECOND, MILLISECOND } from '../../support/networks.ts';
import { OneWay } from './one-way.ts';

/** ECN-capable transport, and congestion experienced (RFC 3168). */
const ECT0 = 2;
const CE = 3;

/** Sends frames of 1000 bytes at twice the rate of the wire for so many milliseconds. */
function overload(way: OneWay, milliseconds: number, tos: number): void {
  for (let i = 0; i < milliseconds * 2; i++) {
    way.send(1000, { tos });
    way.run(MILLISECOND / 2);
  }
}

describe('fq_codel', () => {
  it('lets flows take turns, a new one before the old', () => {
    const way = new OneWay({ kind: 'fq_codel', quantum: 1000 });
    for (let i = 0; i < 6; i++) way.send(1000, { from: 1001 });
    for (let i = 0; i < 3; i++) way.send(1000, { from: 1002 });
    way.run(2500 * MICROSECOND);
    way.send(500, { from: 1003 });
    way.run();
    // the first passes by; 1001 uses up the rest of its turn, 1002 begins, and 1003 comes in between
    expect(way.numbers).toEqual([0, 1, 6, 9, 2, 7, 3, 8, 4, 5]);
    expect(way.view.codel).toMatchObject({ newFlows: 3, freshFlows: 0, longest: 1000 });
  });

  it('gives each flow the same share of the wire, whatever the lengths of its packets', () => {
    const way = new OneWay({ kind: 'fq_codel', target: 10 * 1e9 });
    for (let i = 0; i < 1000; i++) way.send(100, { from: 1001 });
    for (let i = 0; i < 100; i++) way.send(1000, { from: 1002 });
    way.run(100 * MILLISECOND);
    const short = way.arrivals.filter(({ length }) => length === 100).length * 100;
    const long = way.arrivals.filter(({ length }) => length === 1000).length * 1000;
    expect(Math.abs(short - long)).toBeLessThanOrEqual(2 * 1514);
  });

  it('lets a queue stand for an interval, then drops by the square root of the count', () => {
    const way = new OneWay({ kind: 'fq_codel', target: 5 * MILLISECOND, interval: 20 * MILLISECOND });
    const dropTimes: number[] = [];
    let dropped = 0;
    for (let i = 0; i < 300; i++) {
      way.send(1000);
      way.run(MILLISECOND / 2);
      const { statistics } = way.view;
      for (; dropped < statistics.dropped; dropped++) dropTimes.push(way.now / MILLISECOND);
    }
    // above the target from about 10 ms on; the first drop an interval later, to a packet and a step
    expect(dropTimes[0]).toBeGreaterThan(30);
    expect(dropTimes[0]).toBeLessThan(34);
    const gaps = dropTimes.slice(1, 6).map((time, i) => time - dropTimes[i]);
    // the reciprocal root is found by one step of Newton's method for each drop, which lags behind at first
    let root = 1;
    gaps.forEach((gap, i) => {
      expect(Math.abs(gap - 20 * root)).toBeLessThan(1.6);
      root *= (3 - (i + 2) * root ** 2) / 2;
    });
    expect(way.drops).toEqual({ queue_congested: way.view.statistics.dropped });
  });

  it('marks instead of dropping what can be marked', () => {
    const way = new OneWay({ kind: 'fq_codel', interval: 20 * MILLISECOND });
    overload(way, 100, ECT0);
    way.run();
    const marked = way.arrivals.filter(({ tos }) => tos === CE).length;
    expect(marked).toBeGreaterThan(5);
    expect(way.view.codel!.ecnMarks).toBe(marked);
    expect(way.drops).toEqual({});
  });

  it('drops even those with noecn, and marks all that waited too long with ce_threshold', () => {
    const without = new OneWay({ kind: 'fq_codel', interval: 20 * MILLISECOND, ecn: false });
    overload(without, 100, ECT0);
    expect(without.drops.queue_congested).toBeGreaterThan(5);
    const threshold = new OneWay({ kind: 'fq_codel', ceThreshold: 3 * MILLISECOND });
    overload(threshold, 20, ECT0);
    threshold.run();
    const waits = threshold.arrivals.map(({ time, number }) => time - number * (MILLISECOND / 2));
    threshold.arrivals.forEach(({ tos }, i) => {
      // it waits until the wire takes it, a millisecond before it has arrived
      if (Math.abs(waits[i] - 4 * MILLISECOND) > 10 * MICROSECOND) {
        expect(tos).toBe(waits[i] > 4 * MILLISECOND ? CE : ECT0);
      }
    });
    expect(threshold.view.codel!.ceMarks).toBeGreaterThan(5);
  });

  it('drops half of the longest queue, in batches, when there are too many packets or bytes', () => {
    const way = new OneWay({ kind: 'fq_codel', limit: 20 });
    way.send(1000);
    for (let i = 0; i < 5; i++) way.send(1000, { from: 1001 });
    for (let i = 0; i < 15; i++) way.send(1000, { from: 1002 });
    expect(way.view.statistics.dropped).toBe(0);
    way.send(1000, { from: 1001 });
    // half of the bytes of 1002
    expect(way.view.statistics.dropped).toBe(8);
    expect(way.view.codel).toMatchObject({ dropOverLimit: 8, dropOverMemory: 0 });
    way.run();
    expect(way.numbers.filter((number) => number >= 6 && number < 21)).toEqual([14, 15, 16, 17, 18, 19, 20]);
    const memory = new OneWay({ kind: 'fq_codel', memoryLimit: 10_000, dropBatch: 1 });
    for (let i = 0; i < 20; i++) memory.send(1000);
    expect(memory.view.codel!.dropOverMemory).toBe(memory.view.statistics.dropped);
    expect(memory.view.codel!.memory).toBeLessThanOrEqual(10_000);
  });

  it('changes what it is told to and keeps the rest', () => {
    const way = new OneWay({ kind: 'fq_codel', limit: 50, ecn: false });
    for (let i = 0; i < 30; i++) way.send(1000);
    way.hosts.a.setQdisc({ dev: 'eth0' }, { kind: 'fq_codel', limit: 10 }, 'change');
    expect(way.view.spec).toMatchObject({ limit: 10, ecn: false, flows: 1024, quantum: 1514 });
    expect(way.view.backlogPackets).toBe(10);
    expect(() => way.hosts.a.setQdisc({ dev: 'eth0' }, { kind: 'fq_codel', flows: 4 }, 'change')).toThrow();
    way.run();
  });
});
