import type { RandomStream } from '../../../engine/random.ts';
import type { StatisticMatch } from '../control-types.ts';
import type { Matcher } from './matcher.ts';

/** `-m statistic --mode random`: 31 random bits below the probability's number (Linux `xt_statistic`). */
export class RandomMatcher implements Matcher {
  constructor(
    private readonly spec: StatisticMatch & { mode: 'random' },
    private readonly draws: RandomStream,
  ) {}

  test(): boolean {
    return (this.draws.int32() & 0x7fffffff) < this.spec.probability !== (this.spec.not === true);
  }
}

/** `-m statistic --mode nth`: counts the packets that come to it. */
export class NthMatcher implements Matcher {
  private count: number;

  constructor(private readonly spec: StatisticMatch & { mode: 'nth' }) {
    this.count = spec.every - 1 - spec.packet;
  }

  test(): boolean {
    const hit = this.count === this.spec.every - 1;
    this.count = hit ? 0 : this.count + 1;
    return hit !== (this.spec.not === true);
  }
}
