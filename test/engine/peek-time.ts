import type { EventQueue } from '../../engine/event-queue.ts';

/** Time of the next event, `Infinity` when there is none. */
export function peekTime(queue: EventQueue): number {
  queue.peek();
  return queue.nextTime;
}
