import { DueHeap } from './due-heap.ts';
import { CANCELLED, type EventRecords, NONE } from './event-records.ts';

const INITIAL_CAPACITY = 256;
/** How far from its end the run takes an event in; one that belongs further forward goes to the heap. */
const REACH = 32;

/**
 * The events that are due next, in order. They come in roughly in order, so each finds its place in a sorted
 * run by a few steps from the end. One that would have to go further, which takes a crowd of events at one
 * instant, goes to a heap, so that `insert` is never worse than O(log n). Cancelled events stay until they
 * come first.
 */
export class DueEvents {
  /** The run is `run[head]` to `run[tail - 1]`, with the times beside it. */
  run = new Int32Array(INITIAL_CAPACITY);
  times = new Float64Array(INITIAL_CAPACITY);
  head = 0;
  tail = 0;
  /** Events in the heap, and cancelled ones: while there are none, the next event is the head of the run. */
  unsettled = 0;

  private readonly records: EventRecords;
  private readonly heap: DueHeap;

  constructor(records: EventRecords) {
    this.records = records;
    this.heap = new DueHeap(records);
  }

  /** Events held, cancelled ones too. */
  get count(): number {
    return this.tail - this.head + this.heap.size;
  }

  insert(record: number): void {
    const { head, records } = this;
    const time = records.timeOf(record);
    let place = this.tail;
    if (place - head > REACH && this.precedesPlace(record, place - REACH - 1)) {
      this.heap.push(record);
      this.unsettled++;
      return;
    }
    if (place === this.run.length) {
      this.moveRun(0);
      this.insert(record);
      return;
    }
    this.tail = place + 1;
    const { run, times } = this;
    for (; place > head; place--) {
      const other = times[place - 1];
      if (other < time || (other === time && records.outranks(run[place - 1], record))) break;
      times[place] = other;
      run[place] = run[place - 1];
    }
    times[place] = time;
    run[place] = record;
  }

  /** Marks a due event as not to be fired. */
  cancel(record: number): void {
    this.records.disown(record);
    this.records.next[record] = CANCELLED;
    this.unsettled++;
    // Cancelled events that wait behind others must not become many, however long nothing fires.
    const cancelled = this.unsettled - this.heap.size;
    if (cancelled > REACH && cancelled * 2 > this.count) this.cutAt(Number.POSITIVE_INFINITY);
  }

  /** Brings the next event to the head of the run; false when none is due. */
  settle(): boolean {
    const { heap, records } = this;
    for (;;) {
      if (heap.size > 0 && (this.head === this.tail || records.precedes(heap.top, this.run[this.head]))) {
        this.prepend(heap.pop());
        this.unsettled--;
      }
      if (this.head === this.tail) return false;
      const first = this.run[this.head];
      if (records.next[first] !== CANCELLED) return true;
      this.head++;
      this.unsettled--;
      records.release(first);
    }
  }

  /**
   * Drops what is cancelled and lets go of what is due at `end` or later: these records, chained by `next`.
   */
  cutAt(end: number): number {
    const all = [...this.run.subarray(this.head, this.tail), ...this.heap.takeAll()];
    this.head = 0;
    this.tail = 0;
    this.unsettled = 0;
    const { next } = this.records;
    let list = NONE;
    for (const record of all) {
      if (next[record] === CANCELLED) {
        this.records.release(record);
      } else if (this.records.timeOf(record) < end) {
        this.insert(record);
      } else {
        next[record] = list;
        list = record;
      }
    }
    return list;
  }

  private precedesPlace(record: number, place: number): boolean {
    const time = this.records.timeOf(record);
    const other = this.times[place];
    return time < other || (time === other && this.records.outranks(record, this.run[place]));
  }

  private prepend(record: number): void {
    if (this.head === 0) this.moveRun(REACH);
    this.head--;
    this.run[this.head] = record;
    this.times[this.head] = this.records.timeOf(record);
  }

  /** Moves the run to begin at `start`, into twice the room if it uses more than half of what there is. */
  private moveRun(start: number): void {
    const { run, times, head, tail } = this;
    if (2 * (tail - head) >= run.length) {
      this.run = new Int32Array(2 * run.length);
      this.times = new Float64Array(2 * run.length);
      this.run.set(run);
      this.times.set(times);
    }
    // not by `subarray`, which would be two objects each time
    this.run.copyWithin(start, head, tail);
    this.times.copyWithin(start, head, tail);
    this.head = start;
    this.tail = start + tail - head;
  }
}
