import { describe, expect, it } from 'vitest';
import { AgeingTimes } from '../../../../models/netns/bridge/ageing-times.ts';
import { ForwardingDatabase } from '../../../../models/netns/bridge/forwarding-database.ts';

const OWNER = { noteLearnt() {} };

describe('the times of forwarding databases', () => {
  it('keep apart and stay with their entries while the databases grow by turns', () => {
    const times = new AgeingTimes();
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
      expect(times.times[fdb.ageingAt]).toBe(1e9 * number);
      for (let mac = 0; mac < 100; mac++) {
        const place = fdb.find(mac);
        expect(fdb.updatedAt(place)).toBe(1000 * mac + number);
        expect(times.times[fdb.timeAt(place)]).toBe(1000 * mac + number);
      }
    });
  });

  it('take a block again that was given back, empty', () => {
    const times = new AgeingTimes();
    const first = times.reserve(8);
    times.times[first + 3] = 7;
    times.release(first, 8);
    expect(times.reserve(16)).not.toBe(first);
    expect(times.reserve(8)).toBe(first);
    expect(times.times[first + 3]).toBe(0);
  });
});
