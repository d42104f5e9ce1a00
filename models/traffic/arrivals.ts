import type { RandomStream } from '../../engine/random.ts';

/** When the packets of a flow are sent; a generator per flow, because some keep state. */
export interface Arrivals {
  /** Nanoseconds from one packet to the next, not rounded. */
  next(): number;
}

/** A packet every `interval` nanoseconds. */
export class ConstantArrivals implements Arrivals {
  constructor(private readonly interval: number) {}

  next(): number {
    return this.interval;
  }
}

/** A Poisson process: exponential times between packets. */
export class PoissonArrivals implements Arrivals {
  constructor(
    private readonly interval: number,
    private readonly draws: RandomStream,
  ) {}

  next(): number {
    return this.draws.exponential(this.interval);
  }
}

/** Sends at a constant pace while on, nothing while off. Times in nanoseconds. */
export class OnOffArrivals implements Arrivals {
  private onLeft: number;

  /** @param interval time between packets while on */
  constructor(
    private readonly interval: number,
    private readonly drawOn: () => number,
    private readonly drawOff: () => number,
  ) {
    this.onLeft = drawOn();
  }

  next(): number {
    let silence = 0;
    while (this.onLeft < this.interval) {
      silence += this.onLeft + this.drawOff();
      this.onLeft = this.drawOn();
    }
    this.onLeft -= this.interval;
    return silence + this.interval;
  }
}
