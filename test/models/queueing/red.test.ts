import { describe, expect, it } from 'vitest';
import { completeRed, RedMisfit, type RedSpec, redParameters } from '../../../models/queueing/red-spec.ts';
import { MICROSECOND, SECOND } from '../../support/networks.ts';
import { OneWay } from './one-way.ts';

const ECT0 = 2;
const CE = 3;

function red(change: Partial<RedSpec> = {}): { kind: 'red' } & RedSpec {
  return {
    kind: 'red',
    ...completeRed({ limit: 400_000, average: 1000, min: 30_000, max: 90_000, ...change }),
  };
}

/** Fills the queue to so many frames of 1000 bytes, then holds it there while `count` more come. */
function holdAt(way: OneWay, depth: number, count: number, tos: number): void {
  for (let i = 0; i < depth; i++) way.send(1000, { tos });
  for (let i = 0; i < count; i++) {
    way.run(1000 * MICROSECOND);
    while (way.view.backlogPackets < depth) way.send(1000, { tos });
  }
}

describe('red', () => {
  it('lets everything pass while the average queue is short', () => {
    const way = new OneWay(red());
    holdAt(way, 28, 500, ECT0);
    expect(way.view.red).toEqual({ marked: 0, early: 0, full: 0 });
  });

  it('marks by chance between the thresholds, in proportion to the average', () => {
    const share = (depth: number) => {
      const way = new OneWay(red({ ecn: true, burst: 40, probability: 0.1 }));
      holdAt(way, depth, 6000, ECT0);
      return way.view.red!.marked / 6000;
    };
    // uniform distances between marks have a mean of half the reciprocal probability, and half as much again
    expect(share(60) / share(45)).toBeGreaterThan(1.6);
    expect(share(60) / share(45)).toBeLessThan(2.4);
    expect(share(60)).toBeGreaterThan(0.05);
    expect(share(60)).toBeLessThan(0.12);
  });

  it('marks or drops all beyond the upper threshold', () => {
    const way = new OneWay(red({ ecn: true, burst: 40 }));
    holdAt(way, 120, 2000, ECT0);
    way.arrivals.length = 0;
    way.run(100 * 1000 * MICROSECOND);
    expect(way.arrivals.length).toBe(100);
    expect(way.arrivals.every(({ tos }) => tos === CE)).toBe(true);
    const hard = new OneWay(red({ ecn: true, harddrop: true, burst: 40 }));
    for (let i = 0; i < 3000; i++) {
      hard.send(1000, { tos: ECT0 });
      hard.run(400 * MICROSECOND);
    }
    expect(hard.drops).toEqual({ queue_congested: hard.view.red!.early });
    expect(hard.view.red!.early).toBeGreaterThan(1000);
  });

  it('drops what cannot be marked, or takes it in with nodrop', () => {
    const plain = new OneWay(red({ ecn: true, burst: 40 }));
    const kept = new OneWay(red({ ecn: true, nodrop: true, burst: 40 }));
    for (const way of [plain, kept]) {
      for (let i = 0; i < 1000; i++) {
        way.send(1000);
        way.run(500 * MICROSECOND);
      }
    }
    expect(plain.view.red!.early).toBeGreaterThan(10);
    expect(kept.view.red).toEqual({ marked: 0, early: 0, full: expect.any(Number) });
  });

  it('drops at its limit', () => {
    const way = new OneWay(red({ limit: 20_000 }));
    for (let i = 0; i < 30; i++) way.send(1000);
    expect(way.view.red).toEqual({ marked: 0, early: 0, full: 9 });
    expect(way.drops).toEqual({ queue_full: 9 });
  });

  it('forgets an old average while nothing is sent', () => {
    const way = new OneWay(red({ burst: 40 }));
    holdAt(way, 60, 500, 0);
    way.run(10 * SECOND);
    const { early } = way.view.red!;
    for (let i = 0; i < 50; i++) way.send(1000);
    expect(way.view.red!.early).toBe(early);
  });

  it('works out what is not said as tc does, and refuses what does not fit', () => {
    expect(completeRed({ limit: 400_000, average: 1000 })).toMatchObject({
      min: 33_333,
      max: 100_000,
      burst: 55,
    });
    expect(redParameters(red({ burst: 55 }))).toMatchObject({ wlog: 5 });
    const misfit = redParameters(red({ burst: 2 }));
    expect(misfit).toBeInstanceOf(RedMisfit);
    expect((misfit as RedMisfit).message).toContain('burst 2 is too small ? Try burst 31');
  });
});
