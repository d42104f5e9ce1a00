import { describe, expect, it } from 'vitest';
import { NumberStore } from '../../../../engine/statistics/number-store.ts';
import { ForwardingDatabase } from '../../../../models/netns/bridge/forwarding-database.ts';

const OWNER = { noteLearnt() {} };

describe('the times of forwarding databases', () => {
  it('keep apart and stay with their entries while the databases grow by turns', () => {
    const times = new NumberStore();
    const databases = Array.from({ length: 5 }, () => new ForwardingDatabase(OWNER, times));
    databases.forEach((fdb, number) => {
      fdb.ageing = 1e9 * number;
    });
    for (let mac = 0; mac < 100; mac++) {
      databases.forEach((fdb, number) => {
        fdb.set(mac, 1, 0, 1000 * mac + number);
      });
    }
    databases.forEach((fdb, number) => {
      expect(fdb.ageing).toBe(1e9 * number);
      expect(times.values[fdb.ageingAt]).toBe(1e9 * number);
      for (let mac = 0; mac < 100; mac++) {
        const place = fdb.find(mac);
        expect(fdb.updatedAt(place)).toBe(1000 * mac + number);
        expect(times.values[fdb.timeAt(place)]).toBe(1000 * mac + number);
      }
    });
  });
});
