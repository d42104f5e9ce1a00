import { describe, expect, it } from 'vitest';
import type { EventQueue } from '../../engine/event-queue.ts';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { peekTime } from './peek-time.ts';

const queues: [string, () => EventQueue][] = [
  ['WheelQueue', () => new WheelQueue()],
  ['HeapJsQueue', () => new HeapJsQueue()],
];

/** Every event that is left, in the order in which it comes, as `argument`s. */
function drain(queue: EventQueue): number[] {
  const out: number[] = [];
  while (queue.pop()) out.push(queue.argument);
  return out;
}

describe.each(queues)('%s', (_name, makeQueue) => {
  it('is empty at first', () => {
    const queue = makeQueue();
    expect(queue.size).toBe(0);
    expect(peekTime(queue)).toBe(Number.POSITIVE_INFINITY);
    expect(queue.pop()).toBe(false);
  });

  it('gives back the fields of an event', () => {
    const queue = makeQueue();
    queue.push(123_456_789_012, 7, 3, 5, -42);
    expect(peekTime(queue)).toBe(123_456_789_012);
    expect(queue.pop()).toBe(true);
    const { time, owner, kind, argument, size } = queue;
    expect({ time, owner, kind, argument, size }).toEqual({
      time: 123_456_789_012,
      owner: 7,
      kind: 5,
      argument: -42,
      size: 0,
    });
  });

  it('orders by time, then owner, then sequence, whatever the order of the pushes', () => {
    const queue = makeQueue();
    queue.push(20, 1, 0, 0, 5);
    queue.push(10, 2, 0, 0, 3);
    queue.push(10, 1, 9, 0, 2);
    queue.push(10, 10, 0, 0, 4);
    queue.push(10, 1, 2, 0, 1);
    expect(drain(queue)).toEqual([1, 2, 3, 4, 5]);
  });

  it('compares sequences beyond 2^32 exactly', () => {
    const queue = makeQueue();
    const far = 2 ** 40;
    queue.push(10, 1, far + 1, 0, 2);
    queue.push(10, 1, far, 0, 1);
    queue.push(10, 1, far + 2 ** 32, 0, 3);
    expect(drain(queue)).toEqual([1, 2, 3]);
  });

  it('takes times from 0 to the last safe integer', () => {
    const queue = makeQueue();
    const times = [0, 1, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 48];
    times.push(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER);
    for (const time of [...times].reverse()) queue.push(time, 0, 0, 0, 0);
    for (const time of times) {
      expect(peekTime(queue)).toBe(time);
      queue.pop();
      expect(queue.time).toBe(time);
    }
    queue.push(Number.MAX_SAFE_INTEGER, 0, 0, 0, 1);
    expect(drain(queue)).toEqual([1]);
  });

  it('lets an event at the current time come next, even one that ranks before the last popped', () => {
    const queue = makeQueue();
    queue.push(50, 5, 0, 0, 1);
    queue.push(50, 6, 0, 0, 3);
    queue.pop();
    queue.push(50, 2, 0, 0, 2);
    queue.push(50, 9, 0, 0, 4);
    expect(drain(queue)).toEqual([2, 3, 4]);
  });

  it('takes a push before the next event after that one was looked at', () => {
    const queue = makeQueue();
    queue.push(5_000_000_000, 0, 0, 0, 9);
    expect(peekTime(queue)).toBe(5_000_000_000);
    for (let i = 0; i < 300; i++) queue.push(1000 + i * 70_000, 1, i, 0, i);
    queue.push(5_000_000_001, 0, 1, 0, 10);
    expect(peekTime(queue)).toBe(1000);
    expect(drain(queue)).toEqual([...Array(300).keys(), 9, 10]);
  });

  it('names no event 0', () => {
    const queue = makeQueue();
    for (let i = 0; i < 3; i++) expect(queue.push(i, 0, i, 0, 0)).not.toBe(0);
  });

  it('cancels an event once, and never one that has fired', () => {
    const queue = makeQueue();
    const first = queue.push(10, 0, 0, 0, 1);
    const second = queue.push(20, 0, 1, 0, 2);
    const third = queue.push(1_000_000, 0, 2, 0, 3);
    expect(queue.cancel(second)).toBe(true);
    expect(queue.cancel(second)).toBe(false);
    expect(queue.size).toBe(2);
    queue.pop();
    expect(queue.argument).toBe(1);
    expect(queue.cancel(first)).toBe(false);
    expect(peekTime(queue)).toBe(1_000_000);
    expect(queue.cancel(third)).toBe(true);
    expect(peekTime(queue)).toBe(Number.POSITIVE_INFINITY);
    expect(queue.size).toBe(0);
    expect(queue.pop()).toBe(false);
  });

  it('does not take a stale handle for the event that uses the place now', () => {
    const queue = makeQueue();
    const stale = queue.push(10, 0, 0, 0, 1);
    queue.cancel(stale);
    const handles = Array.from({ length: 1000 }, (_, i) => queue.push(100 + i, 0, i, 0, i));
    expect(new Set([stale, ...handles]).size).toBe(1001);
    expect(queue.cancel(stale)).toBe(false);
    expect(queue.size).toBe(1000);
  });

  it('is not led astray by a number that was never a handle', () => {
    const queue = makeQueue();
    queue.push(10, 0, 0, 0, 1);
    const strangers = [
      -1,
      0,
      2,
      0.5,
      1e6,
      2 ** 30,
      Number.MAX_SAFE_INTEGER,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ];
    for (const stranger of strangers) expect(queue.cancel(stranger)).toBe(false);
    expect(drain(queue)).toEqual([1]);
  });
});
