import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { ForwardingDatabase } from '../../../../models/netns/bridge/forwarding-database.ts';

const step = fc.record({
  action: fc.constantFrom('set', 'set', 'set', 'delete', 'removePort'),
  mac: fc.nat(60),
  port: fc.nat(4),
});

test.prop([fc.array(step, { maxLength: 200 })])(
  'a forwarding database is a map from addresses to ports',
  (steps) => {
    const owner = {
      changes: 0,
      noteLearnt() {
        this.changes++;
      },
    };
    const fdb = new ForwardingDatabase(owner);
    const truth = new Map<number, { port: number; time: number }>();
    for (const [time, { action, mac, port }] of steps.entries()) {
      const before = owner.changes;
      const places = new Map([...truth.keys()].map((known) => [known, fdb.timeAt(fdb.find(known))]));
      if (action === 'set') {
        fdb.set(mac, port, 0, time);
        if (truth.has(mac)) expect(owner.changes).toBeGreaterThan(before);
        truth.set(mac, { port, time });
      } else if (action === 'delete') {
        expect(fdb.delete(mac)).toBe(truth.delete(mac));
      } else {
        fdb.removeWhere((place) => fdb.portAt(place) === port);
        for (const [known, entry] of truth) if (entry.port === port) truth.delete(known);
      }
      const moved = [...truth.keys()].some(
        (known) => places.has(known) && places.get(known) !== fdb.timeAt(fdb.find(known)),
      );
      if (moved) expect(owner.changes).toBeGreaterThan(before);
      expect(fdb.size).toBe(truth.size);
      for (let known = 0; known <= 60; known++) {
        const place = fdb.find(known);
        expect(place >= 0).toBe(truth.has(known));
        if (place < 0) continue;
        const { port: expected, time: updated } = truth.get(known)!;
        expect([fdb.portAt(place), fdb.updatedAt(place)]).toEqual([expected, updated]);
      }
    }
    const visited: number[] = [];
    fdb.forEach((_place, mac) => {
      visited.push(mac);
    });
    expect(visited.sort((a, b) => a - b)).toEqual([...truth.keys()].sort((a, b) => a - b));
  },
);
