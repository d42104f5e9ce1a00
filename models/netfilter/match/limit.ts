import type { Conntrack } from '../conntrack.ts';
import type { LimitMatch } from '../control-types.ts';
import type { Matcher } from './matcher.ts';

/** Nanoseconds of one unit of `average`. */
const SCALE = 1e5;

/** `-m limit`: a token bucket that holds `burst` packets (Linux `nft_limit`). */
export class LimitMatcher implements Matcher {
  private readonly cost: number;
  private readonly capacity: number;
  private tokens: number;
  private last: number;

  constructor(
    spec: LimitMatch,
    private readonly clock: Pick<Conntrack, 'now'>,
  ) {
    this.cost = spec.average * SCALE;
    this.capacity = this.cost * spec.burst;
    this.tokens = this.capacity;
    this.last = clock.now;
  }

  test(): boolean {
    const { now } = this.clock;
    this.tokens = Math.min(this.capacity, this.tokens + now - this.last);
    this.last = now;
    if (this.tokens < this.cost) return false;
    this.tokens -= this.cost;
    return true;
  }
}
