import { DueEvents } from './due-events.ts';
import type { EventHandle, EventQueue } from './event-queue.ts';
import { EventRecords, NONE } from './event-records.ts';
import { TimingWheel } from './timing-wheel.ts';

/** A slot of up to this many events is sorted rather than spread over the level below. */
const SLOT_SORTED = 16;
/** A slot that makes fewer than this many events due is followed by the next. */
const DUE_FEW = 8;
/** With more due events than this, the time that they cover is cut. */
const DUE_CROWDED = 64;

/**
 * The default pending-event set: a timing wheel for what is far and a sorted run for what is due, O(1) per
 * event for any number pending and any spread of times. When nothing is due, the next slot of the wheel
 * follows: a large one is spread over the level below, a small one becomes due as a whole, however wide it
 * is, so that sparse times cost no walk through levels. A push into the time that the due events cover goes
 * to them; should these become many, the far ones go back to the wheel.
 *
 * Times are integers from 0 to 2^53 - 1, owners, kinds and arguments int32, sequences safe integers.
 */
export class WheelQueue implements EventQueue {
  size = 0;
  time = 0;
  owner = 0;
  kind = 0;
  argument = 0;
  pushTime = 0;
  nextTime = Number.POSITIVE_INFINITY;

  private readonly records = new EventRecords();
  private readonly wheel = new TimingWheel(this.records);
  private readonly due = new DueEvents(this.records);
  /**
   * The level of the slot that became due last, up to whose end events are due: below it the wheel is empty.
   */
  private dueLevel = 0;
  private dueStart = 0;

  /** Number of events that there is room for; doubles when more are pending. */
  get capacity(): number {
    return this.records.capacity;
  }

  push(time: number, owner: number, sequence: number, kind: number, argument: number): EventHandle {
    this.pushTime = time;
    return this.records.handleOf(this.place(owner, sequence, kind, argument));
  }

  pushTimed(owner: number, sequence: number, kind: number, argument: number): void {
    this.place(owner, sequence, kind, argument);
  }

  private place(owner: number, sequence: number, kind: number, argument: number): number {
    const time = this.pushTime;
    const record = this.records.add(time, owner, sequence, kind, argument);
    this.size++;
    if (time >= this.wheel.horizon) {
      this.wheel.link(record);
    } else {
      this.due.insert(record);
      if (this.dueLevel > 0 && this.due.count > DUE_CROWDED) this.narrowDue();
    }
    return record;
  }

  cancel(handle: EventHandle): boolean {
    const records = this.records;
    const record = records.find(handle);
    if (record === NONE) return false;
    this.size--;
    if (records.timeOf(record) >= this.wheel.horizon) {
      this.wheel.unlink(record);
      records.release(record);
    } else {
      this.due.cancel(record);
    }
    return true;
  }

  peek(): void {
    const due = this.due;
    const none = (due.unsettled > 0 || due.head === due.tail) && !this.settle();
    this.nextTime = none ? Number.POSITIVE_INFINITY : due.times[due.head];
  }

  pop(): boolean {
    const { due, records } = this;
    if ((due.unsettled > 0 || due.head === due.tail) && !this.settle()) return false;
    const place = due.head++;
    const record = due.run[place];
    this.time = due.times[place];
    this.owner = records.ownerOf(record);
    this.kind = records.kindOf(record);
    this.argument = records.argumentOf(record);
    this.size--;
    records.release(record);
    return true;
  }

  /** Brings the next event to the head of the run of due events; false when none is pending. */
  private settle(): boolean {
    while (!this.due.settle()) if (!this.refill()) return false;
    return true;
  }

  /** Makes the next events due, now that none is; false when none is pending. */
  private refill(): boolean {
    const { due, wheel } = this;
    due.head = 0;
    due.tail = 0;
    while (due.tail === 0) {
      const slot = wheel.firstSlot();
      if (slot < 0) return false;
      if (slot < 256 || this.isShort(wheel.heads[slot])) this.takeFrom(slot);
      else this.spread(slot);
    }
    return true;
  }

  /**
   * Makes the events of a slot due, and those of the next short slots of its level as long as they are few.
   */
  private takeFrom(slot: number): void {
    const { due, records, wheel } = this;
    const next = records.next;
    const level = slot >> 8;
    let last = NONE;
    this.dueStart = records.timeOf(wheel.heads[slot]);
    do {
      for (let record = wheel.detach(slot); record >= 0; record = next[record]) {
        due.insert(record);
        last = record;
      }
      slot = wheel.firstSlot();
    } while (due.tail < DUE_FEW && slot >= 0 && slot >> 8 === level && this.isShort(wheel.heads[slot]));
    wheel.moveToEnd(records.timeOf(last), level);
    this.dueLevel = level;
  }

  private isShort(list: number): boolean {
    const next = this.records.next;
    let count = 0;
    for (let record = list; record >= 0; record = next[record]) {
      if (++count > SLOT_SORTED) return false;
    }
    return true;
  }

  /** Puts each event of the next slot where it belongs as seen from the slot's start: some levels down. */
  private spread(slot: number): void {
    const list = this.wheel.detach(slot);
    this.wheel.advanceToStart(this.records.timeOf(list), slot >> 8);
    this.dueLevel = 0;
    this.placeAll(list);
  }

  private placeAll(list: number): void {
    const { due, records, wheel } = this;
    const next = records.next;
    const horizon = wheel.horizon;
    for (let record = list; record >= 0; ) {
      const after = next[record];
      if (records.timeOf(record) >= horizon) wheel.link(record);
      else due.insert(record);
      record = after;
    }
  }

  /**
   * Cuts the slot that is due down to one of the level below, the first with an event in it. The events in
   * the wheel keep their places: they differ from every time in the slot at its level or above.
   */
  private narrowDue(): void {
    const { due, wheel } = this;
    due.settle();
    this.dueLevel--;
    wheel.moveToEnd(Math.max(this.dueStart, due.times[due.head]), this.dueLevel);
    this.placeAll(due.cutAt(wheel.horizon));
  }
}
