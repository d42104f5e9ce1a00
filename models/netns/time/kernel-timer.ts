import type { EventHandle } from '../../../engine/event-queue.ts';
import type { Network } from '../network.ts';
import { JIFFY } from './jiffies.ts';
import type { TimerTarget } from './namespace-timer.ts';

/** A timer that is armed again and again (Linux `struct timer_list`). */
export class KernelTimer implements TimerTarget {
  private readonly network: Network;
  private readonly expired: () => void;
  private handle: EventHandle = 0;
  /** Place among the network's timer targets; 0 while it is not running. */
  private place = 0;
  private due = 0;

  constructor(network: Network, expired: () => void) {
    this.network = network;
    this.expired = expired;
  }

  get pending(): boolean {
    return this.place !== 0;
  }

  /** Nanoseconds until it was asked to fire; 0 while it is not running. */
  get remaining(): number {
    return this.pending ? Math.max(0, this.due - this.network.simulation.now) : 0;
  }

  /** Starts it, or starts it anew (Linux `mod_timer`). @param jiffies from now on */
  start(jiffies: number): void {
    this.stop();
    const { simulation, timers, timerTargets } = this.network;
    this.place = timerTargets.add(this);
    this.due = simulation.now + jiffies * JIFFY;
    this.handle = timers.arm(jiffies * JIFFY, this.place);
  }

  stop(): void {
    if (!this.pending) return;
    this.network.timers.cancel(this.handle);
    this.network.timerTargets.remove(this.place);
    this.place = 0;
  }

  onTimer(): void {
    this.network.timerTargets.remove(this.place);
    this.place = 0;
    this.expired();
  }
}
