import type { EventHandle } from '../../engine/event-queue.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { Timer, type TimerTarget } from '../netns/time/namespace-timer.ts';

/**
 * Wakes somebody at a time, to the nanosecond: a high-resolution timer, so not a matter of jiffies (Linux
 * `qdisc_watchdog`). It holds one time; a new one takes the place of the old.
 */
export class Watchdog implements TimerTarget {
  private readonly namespace: NetworkNamespace;
  private readonly wake: () => void;
  private readonly place: number;
  private timer: EventHandle = 0;
  private isSet = false;
  private until = 0;

  constructor(namespace: NetworkNamespace, wake: () => void) {
    this.namespace = namespace;
    this.wake = wake;
    this.place = namespace.network.timerTargets.add(this);
  }

  /** @param until nanoseconds */
  set(until: number): void {
    if (this.isSet && this.until === until) return;
    this.cancel();
    const { simulation } = this.namespace.network;
    this.timer = simulation.schedule(
      this.namespace,
      Math.max(until, simulation.now),
      Timer.target,
      this.place,
    );
    this.isSet = true;
    this.until = until;
  }

  cancel(): void {
    if (this.isSet) this.namespace.network.simulation.cancel(this.timer);
    this.isSet = false;
  }

  onTimer(): void {
    this.isSet = false;
    this.wake();
  }
}
