import type { EventRecords } from './event-records.ts';

const INITIAL_CAPACITY = 64;

/** A binary heap of records. */
export class DueHeap {
  size = 0;
  private heap = new Int32Array(INITIAL_CAPACITY);
  private readonly records: EventRecords;

  constructor(records: EventRecords) {
    this.records = records;
  }

  /** The first event; only while `size` is not 0. */
  get top(): number {
    return this.heap[0];
  }

  push(record: number): void {
    if (this.size === this.heap.length) this.grow();
    const { heap, records } = this;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (records.precedes(heap[parent], record)) break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = record;
  }

  /** Takes the first event off; only while `size` is not 0. */
  pop(): number {
    const { heap, records } = this;
    const top = heap[0];
    const size = --this.size;
    const moved = heap[size];
    let hole = 0;
    for (let child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && records.precedes(heap[child + 1], heap[child])) child++;
      if (records.precedes(moved, heap[child])) break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = moved;
    return top;
  }

  /** Empties the heap; its records in no particular order. */
  takeAll(): Int32Array {
    const all = this.heap.slice(0, this.size);
    this.size = 0;
    return all;
  }

  private grow(): void {
    const heap = new Int32Array(2 * this.heap.length);
    heap.set(this.heap);
    this.heap = heap;
  }
}
