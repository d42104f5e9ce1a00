import type { EventHandle } from '../../../engine/event-queue.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { timerExpiry } from '../../netns/time/jiffies.ts';
import { Timer, type TimerTarget } from '../../netns/time/namespace-timer.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A kernel timer that is set anew far more often than it fires. Setting it later, or clearing it, leaves the pending
 * event alone: when that fires, the timer looks whether it is due.
 */
export class KernelTimer implements TimerTarget {
  private readonly namespace: NetworkNamespace;
  private readonly action: () => void;
  /** When it is to fire; infinity when it is not set. */
  private due = NEVER;
  private eventAt = NEVER;
  private event: EventHandle = 0;
  /** In the network's registry of timers' targets, 0 while it was never set. */
  private place = 0;

  constructor(namespace: NetworkNamespace, action: () => void) {
    this.namespace = namespace;
    this.action = action;
  }

  get isSet(): boolean {
    return this.due !== NEVER;
  }

  /** Nanoseconds, when it is due; infinity when it is not set. */
  get time(): number {
    return this.due;
  }

  /** Lets it fire after `delay` nanoseconds, as late as a kernel timer would be. */
  set(delay: number): void {
    this.due = timerExpiry(this.namespace.network.simulation.now, delay);
    if (this.due < this.eventAt) this.schedule();
  }

  /** Lets it fire at exactly `time` (a high-resolution timer). */
  setExact(time: number): void {
    this.due = time;
    if (this.due < this.eventAt) this.schedule();
  }

  clear(): void {
    this.due = NEVER;
  }

  /** No more of it. */
  destroy(): void {
    this.due = NEVER;
    const { simulation, timerTargets } = this.namespace.network;
    if (this.eventAt !== NEVER) simulation.cancel(this.event);
    this.eventAt = NEVER;
    if (this.place !== 0) timerTargets.remove(this.place);
    this.place = 0;
  }

  onTimer(): void {
    this.eventAt = NEVER;
    if (this.due === NEVER) return;
    if (this.due > this.namespace.network.simulation.now) {
      this.schedule();
      return;
    }
    this.due = NEVER;
    this.action();
  }

  private schedule(): void {
    const { simulation, timerTargets } = this.namespace.network;
    if (this.eventAt !== NEVER) simulation.cancel(this.event);
    if (this.place === 0) this.place = timerTargets.add(this);
    this.eventAt = this.due;
    this.event = simulation.schedule(this.namespace, this.due, Timer.target, this.place);
  }
}
