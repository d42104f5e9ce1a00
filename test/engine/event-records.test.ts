import { describe, expect, it } from 'vitest';
import { EventRecords, NONE } from '../../engine/event-records.ts';

/** The generation is the eighth word of a record. */
const GENERATION = 7;
const LAST_GENERATION = 2 ** 28 - 1;

describe('EventRecords', () => {
  it('finds a record by its handle until it is released', () => {
    const records = new EventRecords();
    const record = records.add(10, 1, 0, 0, 0);
    const handle = records.handleOf(record);
    expect(records.find(handle)).toBe(record);
    records.release(record);
    expect(records.find(handle)).toBe(NONE);
    expect(records.add(20, 1, 1, 0, 0)).toBe(record);
    expect(records.find(handle)).toBe(NONE);
    expect(records.handleOf(record)).not.toBe(handle);
  });

  it('keeps fields, handles and links when it grows', () => {
    const records = new EventRecords();
    const all = Array.from({ length: 1000 }, (_, i) => {
      const record = records.add(i * 1e9, i, i * 2 ** 33, -i, i * 3);
      records.next[record] = i;
      records.previous[record] = -i;
      return { record, handle: records.handleOf(record) };
    });
    for (const [i, { record, handle }] of all.entries()) {
      expect(records.find(handle)).toBe(record);
      const fields = [records.timeOf(record), records.ownerOf(record), records.kindOf(record)];
      expect([...fields, records.argumentOf(record)]).toEqual([i * 1e9, i, i > 0 ? -i : 0, i * 3]);
      expect([records.next[record], records.previous[record]]).toEqual([i, i > 0 ? -i : 0]);
    }
  });

  it('retires a record whose generations are used up rather than begin anew', () => {
    const records = new EventRecords();
    const record = records.add(10, 1, 0, 0, 0);
    records.release(record);
    const { words } = records as unknown as { words: Int32Array };
    words[record * 8 + GENERATION] = LAST_GENERATION;
    expect(records.add(10, 1, 0, 0, 0)).toBe(record);
    const last = records.handleOf(record);
    expect(Number.isSafeInteger(last)).toBe(true);
    expect(records.find(last)).toBe(record);
    records.release(record);
    expect(records.find(last)).toBe(NONE);
    const others = Array.from({ length: 300 }, (_, i) => records.add(i, 1, i, 0, 0));
    expect(others).not.toContain(record);
    expect(new Set(others).size).toBe(300);
  });
});
