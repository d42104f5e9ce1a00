import type { EventRecords } from './event-records.ts';

/** A binary heap of records: takes what comes too far out of order for the run, at O(log n). */
export class DueHeap {
  size = 0;
  private records = new Int32Array(64);
  private readonly pool: EventRecords;

  constructor(pool: EventRecords) {
    this.pool = pool;
  }

  /** The first event; only while `size` is not 0. */
  get top(): number {
    return this.records[0];
  }

  push(record: number): void {
    if (this.size === this.records.length) this.grow();
    const { records, pool } = this;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (pool.precedes(records[parent], record)) break;
      records[hole] = records[parent];
      hole = parent;
    }
    records[hole] = record;
  }

  /** Takes the first event off; only while `size` is not 0. */
  pop(): number {
    const { records, pool } = this;
    const top = records[0];
    const size = --this.size;
    const moved = records[size];
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && pool.precedes(records[child + 1], records[child])) child++;
      if (pool.precedes(moved, records[child])) break;
      records[hole] = records[child];
      hole = child;
    }
    records[hole] = moved;
    return top;
  }

  /** Empties the heap, handing each of its records to `receive`, in no particular order. */
  drain(receive: (record: number) => void): void {
    const drained = this.records.slice(0, this.size);
    this.size = 0;
    for (const record of drained) receive(record);
  }

  private grow(): void {
    const records = new Int32Array(this.records.length * 2);
    records.set(this.records);
    this.records = records;
  }
}
