import { Heap } from 'heap-js';
import type { EventHandle, EventQueue } from './event-queue.ts';

interface PendingEvent {
  handle: EventHandle;
  time: number;
  owner: number;
  sequence: number;
  kind: number;
  argument: number;
}

/**
 * The pending-event set on a general-purpose heap of objects, plain enough to be believed: what the tests
 * hold the default one against, and what a user can select to rule the default one out as the cause of a
 * result.
 */
export class HeapJsQueue implements EventQueue {
  time = 0;
  owner = 0;
  kind = 0;
  argument = 0;
  pushTime = 0;
  nextTime = Number.POSITIVE_INFINITY;

  private readonly heap = new Heap<PendingEvent>(compareRank);
  /** The events pending by handle; those cancelled are still in the heap, but no longer here. */
  private readonly pending = new Map<EventHandle, PendingEvent>();
  private handles = 1;

  get size(): number {
    return this.pending.size;
  }

  push(time: number, owner: number, sequence: number, kind: number, argument: number): EventHandle {
    const handle = this.handles++;
    const event = { handle, time, owner, sequence, kind, argument };
    this.pending.set(handle, event);
    this.heap.push(event);
    return handle;
  }

  pushTimed(owner: number, sequence: number, kind: number, argument: number): void {
    this.push(this.pushTime, owner, sequence, kind, argument);
  }

  cancel(handle: EventHandle): boolean {
    if (!this.pending.delete(handle)) return false;
    if (this.heap.length > 2 * this.pending.size + 64) this.heap.init([...this.pending.values()]);
    return true;
  }

  peek(): void {
    this.nextTime = this.first()?.time ?? Number.POSITIVE_INFINITY;
  }

  pop(): boolean {
    const event = this.first();
    if (event === undefined) return false;
    this.heap.pop();
    this.pending.delete(event.handle);
    this.time = event.time;
    this.owner = event.owner;
    this.kind = event.kind;
    this.argument = event.argument;
    return true;
  }

  /** The next event, left at the top of the heap. */
  private first(): PendingEvent | undefined {
    let event = this.heap.peek();
    while (event !== undefined && !this.pending.has(event.handle)) {
      this.heap.pop();
      event = this.heap.peek();
    }
    return event;
  }
}

function compareRank(a: PendingEvent, b: PendingEvent): number {
  return a.time - b.time || a.owner - b.owner || a.sequence - b.sequence;
}
