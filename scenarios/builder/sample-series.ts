import { Actor } from '../../engine/actor.ts';
import type { CableDirection } from '../../models/link/cable.ts';
import type { BuiltNetwork } from './build-network.ts';

export type SeriesKind = 'link.utilisation' | 'link.throughput' | 'queue.depth';

/** One figure of one direction of a cable over time. */
export interface Series {
  of: SeriesKind;
  link: string;
  /** Simulated nanoseconds of each sample. */
  times: number[];
  values: number[];
}

/** Samples every cable at a fixed pace. */
export class SeriesSampler extends Actor {
  readonly series: Series[] = [];
  private readonly every: number;
  private readonly samplers: (() => void)[] = [];

  constructor(built: BuiltNetwork, every: number, kinds: readonly SeriesKind[]) {
    super(built.network.simulation);
    this.every = every;
    for (const cable of built.cables) {
      for (const direction of [cable.forward, cable.backward]) {
        for (const kind of kinds) this.add(direction, kind);
      }
    }
    this.simulation.schedule(this, every, 0, 0);
  }

  override handle(): void {
    for (const sample of this.samplers) sample();
    this.simulation.schedule(this, this.simulation.now + this.every, 0, 0);
  }

  private add(direction: CableDirection, of: SeriesKind): void {
    const link = `${direction.from.fullName} > ${direction.to.fullName}`;
    const series: Series = { of, link, times: [], values: [] };
    this.series.push(series);
    const read = readerOf(direction, of, this.every);
    this.samplers.push(() => {
      series.times.push(this.simulation.now);
      series.values.push(read());
    });
  }
}

/** Reads a figure: of the time since the last reading for rates, of now for depths. */
function readerOf(direction: CableDirection, of: SeriesKind, every: number): () => number {
  const { statistics } = direction;
  // what waits for the wire waits at the cable, or in the discipline of the interface
  if (of === 'queue.depth') return () => direction.queued + (direction.from.qdisc?.root.backlogPackets ?? 0);
  const total = of === 'link.utilisation' ? () => statistics.busy : () => statistics.bytes;
  const scale = of === 'link.utilisation' ? 1 / every : 8e9 / every;
  let before = 0;
  return () => {
    const now = total();
    const value = (now - before) * scale;
    before = now;
    return value;
  };
}
