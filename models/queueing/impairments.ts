import type { RandomStream } from '../../engine/random.ts';
import { turnBit } from '../netns/ipv4/corruption.ts';
import type { Network } from '../netns/network.ts';
import type { Packet } from '../packet.ts';
import { CorrelatedRandom, share } from './correlated-random.ts';
import { delayTable, SCALE } from './delay-distribution.ts';
import { type LossProcess, lossProcess } from './loss-process.ts';
import type { Chance, ImpairmentSpec } from './netem-spec.ts';

const NEVER: Chance = { probability: 0 };

/**
 * What chance does to packets on a bad way (Linux net/sched/sch_netem.c), for the discipline netem and for cables. Each
 * kind of draw has a stream of its own, so that one more kind does not shift the others' numbers.
 */
export class Impairments {
  private readonly network: Network;
  private readonly spec: ImpairmentSpec;
  private readonly table: Int16Array | null;
  private readonly loss: LossProcess | null;
  private readonly duplicate: Draw;
  private readonly reorder: Draw;
  private readonly corrupt: Draw;
  private readonly jitter: CorrelatedRandom;
  private readonly bits: RandomStream;
  /** Packets since one was last sent before its turn. */
  private sinceReorder = 0;

  /** @param owner whose it is: the name of its streams of random numbers */
  constructor(network: Network, owner: string, spec: ImpairmentSpec) {
    const stream = (purpose: string) => network.random.stream(`netem ${purpose}`, owner);
    this.network = network;
    this.spec = spec;
    this.table = delayTable(spec.distribution ?? 'uniform');
    this.loss = spec.loss === undefined ? null : lossProcess(spec.loss, stream('loss'));
    this.duplicate = new Draw(stream('duplicate'), spec.duplicate);
    this.reorder = new Draw(stream('reorder'), spec.reorder);
    this.corrupt = new Draw(stream('corrupt'), spec.corrupt);
    this.jitter = new CorrelatedRandom(stream('delay'), spec.delayCorrelation ?? 0);
    this.bits = stream('bit');
  }

  duplicates(): boolean {
    return this.duplicate.comesTrue();
  }

  loses(): boolean {
    return this.loss?.loses() === true;
  }

  /** Turns one bit of the packet over, if chance has it. */
  mayCorrupt(packet: Packet): void {
    if (!this.corrupt.comesTrue()) return;
    turnBit(packet, this.network.macs, this.bits.integer(0, packet.length * 8 - 1));
  }

  /** Whether the next packet goes before those that are being delayed. */
  overtakes(): boolean {
    const { reorder, gap = 1 } = this.spec;
    if (reorder !== undefined && this.sinceReorder >= gap - 1 && this.reorder.comesTrue()) {
      this.sinceReorder = 0;
      return true;
    }
    this.sinceReorder++;
    return false;
  }

  /** Nanoseconds by which the next packet is delayed (`tabledist`); negative at the lower end of a wide jitter. */
  delay(): number {
    const { delay = 0, jitter = 0 } = this.spec;
    if (jitter === 0) return delay;
    const number = this.jitter.next();
    if (this.table === null) return (number % (2 * jitter)) + delay - jitter;
    const deviations = this.table[number % this.table.length];
    const part = (jitter % SCALE) * deviations;
    const rounded = Math.trunc((part + (part >= 0 ? SCALE : -SCALE) / 2) / SCALE);
    return rounded + Math.trunc(jitter / SCALE) * deviations + delay;
  }
}

/** Something that comes true with a probability. */
class Draw {
  private readonly random: CorrelatedRandom;
  private readonly share: number;

  constructor(draws: RandomStream, { probability, correlation = 0 }: Chance = NEVER) {
    this.share = share(probability);
    this.random = new CorrelatedRandom(draws, correlation);
  }

  comesTrue(): boolean {
    return this.share > 0 && this.share >= this.random.next();
  }
}
