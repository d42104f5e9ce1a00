import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { FrameOrder } from '../../../../models/link/capture/frame-order.ts';
import { FRAME_RECORD_SIZE, FrameRecords } from '../../../../models/link/capture/frame-records.ts';

interface Seen {
  time: number;
  order: number;
  ahead: boolean;
  file: number;
}

const time = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1e6 }), fc.maxSafeNat());
const seen = fc.record({ time, order: fc.nat({ max: 5 }), ahead: fc.boolean(), file: fc.nat({ max: 1 }) });

function recordsOf(frames: readonly Seen[]): FrameRecords {
  const records = new FrameRecords(new ArrayBuffer(frames.length * FRAME_RECORD_SIZE), frames.length);
  for (const [serial, { time, order, ahead, file }] of frames.entries()) {
    const lead = ahead && time > 0 ? 1 : 0;
    records.add({ now: time - lead }, lead, order, serial, file, 0, 0, 0);
  }
  return records;
}

describe('the order of frames', () => {
  test.prop([fc.array(seen, { maxLength: 200, size: 'max' }), fc.tuple(time, time), fc.boolean()], {
    numRuns: 300,
  })(
    'has those that are due by time and order, equals as they came, and keeps the others',
    (frames, until, inclusive) => {
      const order = new FrameOrder();
      order.find(recordsOf(frames), Float64Array.from(until), inclusive, Int32Array.of(0, 1));
      const isDue = ({ time, file }: Seen) => time < until[file] || (inclusive && time === until[file]);
      const places = frames.map((_, place) => place);
      const byOrder = (a: number, b: number) =>
        frames[a].time - frames[b].time || frames[a].order - frames[b].order;
      expect([...order.due.subarray(0, order.dueCount)]).toEqual(
        places.filter((place) => isDue(frames[place])).sort(byOrder),
      );
      expect([...order.kept.subarray(0, order.keptCount)]).toEqual(
        places.filter((place) => !isDue(frames[place])),
      );
    },
  );
});
