import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { FrameRecords } from '../../../models/link/frame-records.ts';

const times = new Float64Array(1);
const order = (a: [number, number], b: [number, number]) => a[0] - b[0] || a[1] - b[1];

function timeOf(records: FrameRecords, place: number): number {
  return records.doubles[records.timeAt(place)];
}

/** Time and serial of every record. */
function contents(records: FrameRecords): [number, number][] {
  return Array.from({ length: records.count }, (_, place) => [
    timeOf(records, place),
    records.serialOf(place),
  ]);
}

describe('records of frames', () => {
  test.prop([fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })), { maxLength: 60 })])(
    'are put in their order, equals as they come',
    (keys) => {
      const records = new FrameRecords();
      for (const [serial, [time, order]] of keys.entries()) {
        times[0] = time;
        records.fill(records.insert(times, 0, order), serial, 0, 0, 0);
      }
      const sorted = keys.map((key, serial) => ({ key, serial })).sort((a, b) => order(a.key, b.key));
      expect(contents(records)).toEqual(sorted.map(({ key, serial }) => [key[0], serial]));
    },
  );

  test.prop(
    [
      fc.array(fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1e6 }), fc.maxSafeNat()), { maxLength: 200 }),
      fc.maxSafeNat(),
      fc.boolean(),
    ],
    { numRuns: 300 },
  )('are due by time, those of one time as they came', (all, until, inclusive) => {
    const records = new FrameRecords();
    for (const [serial, time] of all.entries()) {
      times[0] = time;
      records.fill(records.add(times, 0, serial), serial, 0, 0, 0);
    }
    const keys = all.map((time, serial): [number, number] => [time, serial]);
    const isDue = ([time]: [number, number]) => time < until || (inclusive && time === until);
    times[0] = until;
    const count = records.sortDue(times, 0, inclusive);
    const due = Array.from({ length: count }, (_, i) => records.dueAt(i));
    expect(due.map((place) => [timeOf(records, place), records.serialOf(place)])).toEqual(
      keys.filter(isDue).sort(order),
    );
    records.dropDue(times, 0, inclusive);
    expect(contents(records)).toEqual(keys.filter((key) => !isDue(key)));
  });
});
