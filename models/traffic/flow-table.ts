import { NumberStore } from '../../engine/statistics/number-store.ts';
import type { Packet } from '../packet.ts';
import { countReceived } from './flow-figures.ts';
import type { Clock, FlowObserver } from './flow-observer.ts';

/** In place of the place of figures that stand elsewhere. */
export const ELSEWHERE = -1;

/** The traffic flows of a network, by number; 0 is no flow. */
export class FlowTable {
  /** Figures of flows, side by side; see `FlowStatistics`. */
  readonly figures = new NumberStore();
  private readonly observers: (FlowObserver | null)[] = [null];
  /** Where the figures are of a flow that wants nothing but to have its packets counted. */
  private places = new Int32Array(64).fill(ELSEWHERE);

  /**
   * Registers a flow; answers the number that its packets carry.
   * @param place of its figures, when it is enough to count there what it receives
   */
  add(observer: FlowObserver, place = ELSEWHERE): number {
    const flow = this.observers.push(observer) - 1;
    if (flow >= this.places.length) {
      const places = new Int32Array(2 * this.places.length).fill(ELSEWHERE);
      places.set(this.places);
      this.places = places;
    }
    this.places[flow] = place;
    return flow;
  }

  /** Who watches a flow; null when there is no such flow. */
  get(flow: number): FlowObserver | null {
    return this.observers[flow] ?? null;
  }

  /** A socket has received a packet. */
  received(packet: Packet, clock: Clock): void {
    const { flow } = packet;
    if (flow === 0) return;
    const place = this.places[flow];
    if (place !== ELSEWHERE && !packet.twin) countReceived(this.figures, place, packet, clock);
    else this.observers[flow]?.received(packet, clock);
  }
}
