import type { RandomStream } from '../../../engine/random.ts';

/** Delays before the next try of an address, nanoseconds (mesh `connectionMaker`). */
const FIRST_INTERVAL = 2e9;
const LONGEST_INTERVAL = 360e9;
const GROWTH = 1.5;

/** Suspended: not tried at present, because the peer has connected to us. */
export type TargetState = 'waiting' | 'attempting' | 'connected' | 'suspended';

/** An address at which a peer may be found. */
export class Target {
  state: TargetState = 'waiting';
  /** Why the last connection, or the last try, came to an end. */
  lastError: string | null = null;
  /** When it is to be tried next, nanoseconds; null for never. */
  tryAfter: number | null;
  private interval = FIRST_INTERVAL;

  constructor(now: number) {
    this.tryAfter = now;
  }

  tryNow(now: number): void {
    this.tryAfter = now;
    this.interval = FIRST_INTERVAL;
  }

  /** In half the interval up to one and a half; the interval grows. */
  tryLater(now: number, random: RandomStream): void {
    const { interval } = this;
    this.tryAfter = now + Math.floor(interval / 2 + random.uniform() * interval);
    this.interval = Math.min(interval * GROWTH, LONGEST_INTERVAL);
  }

  tryNever(): void {
    this.tryAfter = null;
    this.interval = LONGEST_INTERVAL;
  }
}
