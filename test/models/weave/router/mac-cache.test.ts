import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../engine/simulation.ts';
import { WheelQueue } from '../../../../engine/wheel-queue.ts';
import { Peer } from '../../../../models/weave/mesh/peer.ts';
import { MacCache } from '../../../../models/weave/router/mac-cache.ts';

const MINUTE = 60e9;
const A = new Peer(1, 'a', 1n, 1);
const B = new Peer(2, 'b', 2n, 2);

function make() {
  const simulation = new Simulation(new WheelQueue());
  const cache = new MacCache(simulation);
  const at = (minutes: number) => simulation.run({ until: minutes * MINUTE });
  return { simulation, cache, at };
}

describe('the cache of MAC addresses', () => {
  it('lets an entry stand that is not forced', () => {
    const { cache } = make();
    expect(cache.add(10, A)).toEqual({ isNew: true, conflict: null });
    expect(cache.add(10, A)).toEqual({ isNew: false, conflict: null });
    expect(cache.add(10, B)).toEqual({ isNew: false, conflict: A });
    expect(cache.lookup(10)).toBe(A);
  });

  it('lets an address move where that is forced', () => {
    const { cache } = make();
    cache.add(10, A);
    expect(cache.addForced(10, B)).toEqual({ isNew: false, conflict: A });
    expect(cache.lookup(10)).toBe(B);
  });

  it('forgets what has not been seen for ten minutes, at the next whole minute', () => {
    const { cache, at } = make();
    at(0.5);
    cache.add(10, A);
    at(10.9);
    expect(cache.lookup(10)).toBe(A);
    at(11);
    expect(cache.lookup(10)).toBeUndefined();
  });

  it('notes that an address was seen once a minute at most', () => {
    const { cache, at } = make();
    cache.add(10, A);
    at(0.9);
    cache.add(10, A);
    expect(cache.view()[0].lastSeen).toBe(0);
    at(1.1);
    cache.add(10, A);
    expect(cache.view()[0].lastSeen).toBe(1.1 * MINUTE);
  });

  it('forgets the addresses of a peer that is gone', () => {
    const { cache } = make();
    cache.add(10, A);
    cache.add(11, B);
    cache.add(12, A);
    cache.delete(A);
    expect(cache.view().map(({ mac }) => mac)).toEqual([11]);
  });

  it('leaves no event behind when it is empty', () => {
    const { simulation, cache, at } = make();
    cache.add(10, A);
    at(12);
    expect(simulation.pending).toBe(0);
  });
});
