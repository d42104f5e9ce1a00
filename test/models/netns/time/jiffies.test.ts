import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { JIFFY, jiffiesAt, timerExpiry } from '../../../../models/netns/time/jiffies.ts';

const SECOND = 1e9;
const now = fc.integer({ min: 0, max: 1e15 });

describe('a kernel timer', () => {
  test.prop([now, fc.integer({ min: 0, max: 1e12 })])(
    'is never early and fires on a jiffy',
    (time, delay) => {
      const due = timerExpiry(time, delay);
      expect(due).toBeGreaterThan(time + delay - JIFFY);
      expect(jiffiesAt(due)).toBeGreaterThanOrEqual(jiffiesAt(time) + Math.ceil(delay / JIFFY));
      expect(due % JIFFY).toBe(0);
    },
  );

  test.prop([now])('of 1 s fires after 1.00 to 1.036 s, of 5 s after 5.00 to 5.26 s', (time) => {
    const second = (timerExpiry(time, SECOND) - time) / SECOND;
    expect(second).toBeGreaterThan(0.999);
    expect(second).toBeLessThanOrEqual(1.036);
    const five = (timerExpiry(time, 5 * SECOND) - time) / SECOND;
    expect(five).toBeGreaterThan(4.999);
    expect(five).toBeLessThanOrEqual(5.264);
  });

  test.prop([now, fc.integer({ min: 0, max: 62 })])(
    'of up to 62 jiffies is exact to one',
    (time, jiffies) => {
      expect(jiffiesAt(timerExpiry(time, jiffies * JIFFY))).toBe(jiffiesAt(time) + jiffies + 1);
    },
  );

  test.prop([now, fc.integer({ min: 1, max: 1e12 })])(
    'is late by an eighth of its delay at most',
    (time, delay) => {
      const late = timerExpiry(time, delay) - time - delay;
      expect(late).toBeLessThanOrEqual(delay / 7 + 2 * JIFFY);
    },
  );
});
