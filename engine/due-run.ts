import { DOUBLES_SHIFT, type EventRecords, TIME } from './event-records.ts';

/** How far from its end the run takes an event in; one that belongs further forward is for the heap. */
const REACH = 32;

/**
 * A sorted queue of a few due events. Events come in roughly in order, so each finds its place by a short walk
 * from the end; one that would walk further than `REACH` is refused, which keeps `insert` O(1).
 */
export class DueRun {
  /** The events are `records[head]` to `records[tail - 1]`. */
  records = new Int32Array(256);
  head = 0;
  tail = 0;

  private times = new Float64Array(256);
  private readonly pool: EventRecords;

  constructor(pool: EventRecords) {
    this.pool = pool;
  }

  /** Takes in the event if its place is within reach of the end. */
  insert(record: number): boolean {
    const pool = this.pool;
    const time = pool.doubles[(record << DOUBLES_SHIFT) + TIME];
    let place = this.tail;
    const head = this.head;
    if (place - head > REACH && this.isAfter(place - REACH - 1, time, record)) return false;
    if (place === this.records.length) {
      this.makeRoom();
      return this.insert(record);
    }
    const { records, times } = this;
    for (; place > head; place--) {
      const other = times[place - 1];
      if (other < time || (other === time && pool.outranks(records[place - 1], record))) break;
      times[place] = other;
      records[place] = records[place - 1];
    }
    times[place] = time;
    records[place] = record;
    this.tail++;
    return true;
  }

  /** Empties the run, handing each of its records to `receive` in order. */
  drain(receive: (record: number) => void): void {
    const drained = this.records.slice(this.head, this.tail);
    this.head = 0;
    this.tail = 0;
    for (const record of drained) receive(record);
  }

  private isAfter(place: number, time: number, record: number): boolean {
    const other = this.times[place];
    return other > time || (other === time && this.pool.outranks(record, this.records[place]));
  }

  private makeRoom(): void {
    const { head, tail } = this;
    if (head * 2 < tail) {
      const records = new Int32Array(tail * 2);
      const times = new Float64Array(tail * 2);
      records.set(this.records);
      times.set(this.times);
      this.records = records;
      this.times = times;
    }
    this.records.copyWithin(0, head, tail);
    this.times.copyWithin(0, head, tail);
    this.head = 0;
    this.tail = tail - head;
  }
}
