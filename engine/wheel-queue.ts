import { DueHeap } from './due-heap.ts';
import { DueRun } from './due-run.ts';
import type { EventHandle, EventQueue } from './event-queue.ts';
import {
  ARGUMENT,
  CANCELLED,
  DOUBLES_SHIFT,
  EventRecords,
  IN_DUE,
  KIND,
  NEXT,
  NONE,
  OWNER,
  PLACE,
  SEQUENCE,
  TIME,
  WORDS_SHIFT,
} from './event-records.ts';
import { TimingWheel } from './timing-wheel.ts';

/** A slot of up to this many events is sorted rather than spread over the level below. */
const SLOT_SORTED = 16;
/** With more due events than this, the time that they cover is cut. */
const DUE_CROWDED = 64;
/** Cancelled events may wait among the due ones until they are this many, and the majority. */
const CANCELLED_KEPT = 32;

/**
 * The default pending-event set: a timing wheel for what is far and a sorted run for what is due, O(1) per event
 * for any number pending and any spread of times. When the run is empty the next slot of the wheel follows: a
 * large one is spread over the level below, a small one goes into the run at once whatever its width, so sparse
 * times cost no walk through empty levels. From then on the run covers that slot's time, and takes in pushes
 * that fall into it; should these become many, the run's far part goes back to the wheel.
 *
 * Times are to be integers from 0 to 2^53 - 1, owners int32, sequences safe integers.
 */
export class WheelQueue implements EventQueue {
  size = 0;
  time = 0;
  owner = 0;
  kind = 0;
  argument = 0;

  private readonly records = new EventRecords();
  private readonly wheel = new TimingWheel(this.records);
  private readonly run = new DueRun(this.records);
  private readonly heap = new DueHeap(this.records);
  /** Events in `run` and `heap` that were cancelled. */
  private cancelledDue = 0;
  /** The slot that the run covers, up to the wheel's horizon, is of this level; the wheel is empty below it. */
  private windowLevel = 0;

  push(time: number, owner: number, sequence: number, kind: number, argument: number): EventHandle {
    const record = this.records.take();
    const { doubles, words } = this.records;
    const place = record << DOUBLES_SHIFT;
    doubles[place + TIME] = time;
    doubles[place + SEQUENCE] = sequence;
    const base = record << WORDS_SHIFT;
    words[base + OWNER] = owner;
    words[base + KIND] = kind;
    words[base + ARGUMENT] = argument;
    this.size++;
    if (time >= this.wheel.horizon) this.wheel.link(record);
    else this.pushDue(record);
    return this.records.handleOf(record);
  }

  cancel(handle: EventHandle): boolean {
    const record = this.records.find(handle);
    if (record === NONE) return false;
    this.size--;
    const words = this.records.words;
    const base = record << WORDS_SHIFT;
    if (words[base + PLACE] === IN_DUE) {
      words[base + PLACE] = CANCELLED;
      this.cancelledDue++;
      if (this.cancelledDue > CANCELLED_KEPT && this.cancelledDue * 2 > this.dueCount) this.rebuildDue();
    } else {
      this.wheel.unlink(record);
      this.records.release(record);
    }
    return true;
  }

  peekTime(): number {
    const record = this.first();
    return record === NONE
      ? Number.POSITIVE_INFINITY
      : this.records.doubles[(record << DOUBLES_SHIFT) + TIME];
  }

  pop(): boolean {
    const record = this.first();
    if (record === NONE) return false;
    const { doubles, words } = this.records;
    const base = record << WORDS_SHIFT;
    this.time = doubles[(record << DOUBLES_SHIFT) + TIME];
    this.owner = words[base + OWNER];
    this.kind = words[base + KIND];
    this.argument = words[base + ARGUMENT];
    this.dropFirst(record);
    this.size--;
    return true;
  }

  private get dueCount(): number {
    return this.run.tail - this.run.head + this.heap.size;
  }

  /** The next event, brought to the front of the run or the heap; `NONE` when none is pending. */
  private first(): number {
    for (;;) {
      const record = this.firstDue();
      if (record === NONE) {
        if (!this.refill()) return NONE;
      } else if (this.records.words[(record << WORDS_SHIFT) + PLACE] === CANCELLED) {
        this.cancelledDue--;
        this.dropFirst(record);
      } else {
        return record;
      }
    }
  }

  private firstDue(): number {
    const { run, heap } = this;
    if (heap.size === 0) return run.head < run.tail ? run.records[run.head] : NONE;
    if (run.head === run.tail) return heap.top;
    const record = run.records[run.head];
    return this.records.precedes(record, heap.top) ? record : heap.top;
  }

  private dropFirst(record: number): void {
    const run = this.run;
    if (run.head < run.tail && run.records[run.head] === record) run.head++;
    else this.heap.pop();
    this.records.release(record);
  }

  private addDue(record: number): void {
    this.records.words[(record << WORDS_SHIFT) + PLACE] = IN_DUE;
    if (!this.run.insert(record)) this.heap.push(record);
  }

  private pushDue(record: number): void {
    this.addDue(record);
    if (this.windowLevel > 0 && this.dueCount > DUE_CROWDED) this.narrowWindow();
  }

  /** Makes the next events due; false when none is pending. Called only when none is due. */
  private refill(): boolean {
    const { wheel, run } = this;
    run.head = 0;
    run.tail = 0;
    while (run.tail === 0) {
      const slot = wheel.firstSlot();
      if (slot === NONE) return false;
      const level = slot >> 8;
      if (level === 0 || this.isSmall(wheel.head(slot))) {
        wheel.advanceToEnd(slot);
        this.windowLevel = level;
      } else {
        wheel.advanceToStart(slot);
        this.windowLevel = 0;
      }
      this.distribute(wheel.detach(slot));
    }
    return true;
  }

  /** Puts each event of a list where it belongs now. */
  private distribute(list: number): void {
    const wheel = this.wheel;
    for (let record = list; record !== NONE; ) {
      const next = this.records.words[(record << WORDS_SHIFT) + NEXT];
      this.place(record, wheel);
      record = next;
    }
  }

  private place(record: number, wheel: TimingWheel): void {
    if (this.records.doubles[(record << DOUBLES_SHIFT) + TIME] >= wheel.horizon) wheel.link(record);
    else this.addDue(record);
  }

  private isSmall(list: number): boolean {
    const words = this.records.words;
    let count = 0;
    for (let record = list; record !== NONE; record = words[(record << WORDS_SHIFT) + NEXT]) {
      if (++count > SLOT_SORTED) return false;
    }
    return true;
  }

  /**
   * Cuts the window to the slot of the level below in which its first event lies. The wheel's own events keep
   * their places: they differ from any time in the window at `windowLevel` or above.
   */
  private narrowWindow(): void {
    const start = this.wheel.horizon - 256 ** this.windowLevel;
    const first = this.records.doubles[(this.firstDue() << DOUBLES_SHIFT) + TIME];
    this.windowLevel--;
    this.wheel.retreat(Math.max(start, first), this.windowLevel);
    this.rebuildDue();
  }

  /** Takes every due event up and places it anew, the cancelled ones aside. */
  private rebuildDue(): void {
    const replace = (record: number) => {
      if (this.records.words[(record << WORDS_SHIFT) + PLACE] === CANCELLED) this.records.release(record);
      else this.place(record, this.wheel);
    };
    this.cancelledDue = 0;
    const heaped = this.heap.size;
    this.run.drain(replace);
    if (heaped > 0) this.heap.drain(replace);
  }
}
