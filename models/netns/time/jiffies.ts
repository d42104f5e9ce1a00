/**
 * Linux timers count in jiffies and sit in a timer wheel whose levels grow coarser with the delay
 * (kernel/time/timer.c, HZ=250): up to 63 jiffies exact to one, up to 504 to eight, and so on. A timer fires at
 * the end of its bucket, so late, never early: one of 1 s after 1.00 to 1.03 s, one of 5 s after 5.00 to 5.26 s.
 */
export const JIFFY = 4_000_000;
export const HZ = 250;

const LEVEL_SIZE = 64;
const LEVEL_SHIFT = 3;
const LEVELS = 9;

/** Whole jiffies that have passed at `time` (nanoseconds). */
export function jiffiesAt(time: number): number {
  return Math.floor(time / JIFFY);
}

/** The level of the timer wheel that a timer of this delay (nanoseconds) goes to. */
export function timerLevel(delay: number): number {
  const delta = Math.ceil(delay / JIFFY);
  let level = 0;
  while (level < LEVELS - 1 && delta >= (LEVEL_SIZE - 1) * (1 << (level * LEVEL_SHIFT))) level++;
  return level;
}

/** When a kernel timer armed at `now` for `delay` fires; all in nanoseconds. */
export function timerExpiry(now: number, delay: number): number {
  const jiffies = jiffiesAt(now);
  const delta = Math.ceil(delay / JIFFY);
  const expires = jiffies + delta;
  const level = timerLevel(delay);
  const granularity = 1 << (level * LEVEL_SHIFT);
  return (Math.floor(expires / granularity) + 1) * granularity * JIFFY;
}
