import type { EventQueue } from '../../engine/event-queue.ts';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';

const QUEUES = {
  wheel: () => new WheelQueue(),
  'heap-js': () => new HeapJsQueue(),
} satisfies Record<string, () => EventQueue>;

export type EventQueueName = keyof typeof QUEUES;

/** The default first. */
export const EVENT_QUEUE_NAMES = Object.keys(QUEUES) as EventQueueName[];

export function createEventQueue(name: EventQueueName): EventQueue {
  return QUEUES[name]();
}
