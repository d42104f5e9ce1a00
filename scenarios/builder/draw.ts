import type { RandomStream } from '../../engine/random.ts';
import {
  type Arrivals,
  ConstantArrivals,
  OnOffArrivals,
  PoissonArrivals,
} from '../../models/traffic/arrivals.ts';
import type { ArrivalPlan } from '../plan/traffic.ts';
import type { SizePlan } from '../plan/traffic-sizes.ts';

/** The stream of random numbers of one sender for one purpose. */
export type StreamOf = (purpose: string) => RandomStream;

/** @param interval mean time between arrivals, nanoseconds; while on, if there are bursts */
export function makeArrivals(arrivals: ArrivalPlan, interval: number, stream: StreamOf): Arrivals {
  if (arrivals.kind === 'constant') return new ConstantArrivals(interval);
  const draws = stream('arrivals');
  if (arrivals.kind === 'poisson') return new PoissonArrivals(interval, draws);
  const { on, off, distribution } = arrivals;
  const draw = (mean: number) => (distribution === 'constant' ? mean : draws.exponential(mean));
  return new OnOffArrivals(
    interval,
    () => draw(on),
    () => draw(off),
  );
}

/** What gives the next size in bytes. */
export function makeSizes(size: SizePlan, purpose: string, stream: StreamOf): () => number {
  if (size.kind === 'fixed') {
    const { bytes } = size;
    return () => bytes;
  }
  const draws = stream(purpose);
  switch (size.kind) {
    case 'uniform':
      return () => draws.integer(size.low, size.high);
    case 'exponential':
      return () => Math.min(Math.max(Math.round(draws.exponential(size.mean)), size.min), size.max);
    case 'log-normal': {
      const { mean, sigma, min, max } = size;
      const mu = Math.log(mean) - sigma ** 2 / 2;
      return () => Math.min(Math.max(Math.round(draws.logNormal(mu, sigma)), min), max);
    }
    case 'choice':
      return () => size.sizes[draws.integer(0, size.sizes.length - 1)];
  }
}
