import type { RandomStream } from '../../engine/random.ts';
import { CorrelatedRandom, share } from './correlated-random.ts';
import type { LossSpec } from './netem-spec.ts';

/** Decides which packets are lost (Linux net/sched/sch_netem.c, `loss_event`). */
export interface LossProcess {
  /** Whether the next packet is lost. */
  loses(): boolean;
}

export function lossProcess(spec: LossSpec, draws: RandomStream): LossProcess {
  switch (spec.model) {
    case 'random':
      return new RandomLoss(draws, share(spec.probability), spec.correlation ?? 0);
    case 'gemodel':
      return new GilbertElliott(draws, spec);
    case 'state':
      return new FourStates(draws, spec);
  }
}

class RandomLoss implements LossProcess {
  private readonly random: CorrelatedRandom;
  private readonly share: number;

  constructor(draws: RandomStream, probability: number, correlation: number) {
    this.random = new CorrelatedRandom(draws, correlation);
    this.share = probability;
  }

  loses(): boolean {
    return this.share > 0 && this.share >= this.random.next();
  }
}

/**
 * The model of Gilbert and Elliott (`loss_gilb_ell`). The kernel draws first whether the state changes, and then
 * whether the packet is lost, by the probability of the state in which it was.
 */
class GilbertElliott implements LossProcess {
  private readonly draws: RandomStream;
  private readonly toBad: number;
  private readonly toGood: number;
  private readonly passesInBad: number;
  private readonly lostInGood: number;
  private isBad = false;

  constructor(draws: RandomStream, spec: Extract<LossSpec, { model: 'gemodel' }>) {
    this.draws = draws;
    this.toBad = share(spec.toBad);
    this.toGood = share(spec.toGood);
    this.passesInBad = share(1 - spec.inBad);
    this.lostInGood = share(spec.inGood);
  }

  loses(): boolean {
    if (this.isBad) {
      if (draw(this.draws) < this.toGood) this.isBad = false;
      return draw(this.draws) > this.passesInBad;
    }
    if (draw(this.draws) < this.toBad) this.isBad = true;
    return draw(this.draws) < this.lostInGood;
  }
}

/** The states of `LossSpec` (`loss_4state`). */
const RECEIVED = 1;
const RECEIVED_IN_BURST = 2;
const LOST_IN_BURST = 3;
const LOST_ALONE = 4;

class FourStates implements LossProcess {
  private readonly draws: RandomStream;
  private readonly p13: number;
  private readonly p31: number;
  private readonly p32: number;
  private readonly p23: number;
  private readonly p14: number;
  private state = RECEIVED;

  constructor(draws: RandomStream, spec: Extract<LossSpec, { model: 'state' }>) {
    this.draws = draws;
    this.p13 = share(spec.p13);
    this.p31 = share(spec.p31);
    this.p32 = share(spec.p32);
    this.p23 = share(spec.p23);
    this.p14 = share(spec.p14);
  }

  loses(): boolean {
    this.state = this.next(draw(this.draws));
    return this.state === LOST_IN_BURST || this.state === LOST_ALONE;
  }

  private next(number: number): number {
    switch (this.state) {
      case RECEIVED:
        if (number < this.p14) return LOST_ALONE;
        return number < this.p13 + this.p14 ? LOST_IN_BURST : RECEIVED;
      case RECEIVED_IN_BURST:
        return number < this.p23 ? LOST_IN_BURST : RECEIVED_IN_BURST;
      case LOST_IN_BURST:
        if (number < this.p32) return RECEIVED_IN_BURST;
        return number < this.p31 + this.p32 ? RECEIVED : LOST_IN_BURST;
      default:
        return RECEIVED;
    }
  }
}

function draw(draws: RandomStream): number {
  return draws.int32() >>> 0;
}
