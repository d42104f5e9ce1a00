import type { Actor } from '../../../engine/actor.ts';
import type { EventHandle } from '../../../engine/event-queue.ts';

/** Timers of an actor, one of each kind: its `handle` gets the kind of the one that is due. */
export class TimerSet {
  private readonly actor: Actor;
  private readonly running = new Map<number, EventHandle>();

  constructor(actor: Actor) {
    this.actor = actor;
  }

  /** Starts a timer, or starts it anew. @param delay nanoseconds */
  set(kind: number, delay: number): void {
    this.clear(kind);
    const { simulation } = this.actor;
    this.running.set(kind, simulation.schedule(this.actor, simulation.now + delay, kind, 0));
  }

  isRunning(kind: number): boolean {
    return this.running.has(kind);
  }

  /** The timer is due: to be said first in `handle`. */
  fired(kind: number): void {
    this.running.delete(kind);
  }

  clear(kind: number): void {
    const handle = this.running.get(kind);
    if (handle === undefined) return;
    this.actor.simulation.cancel(handle);
    this.running.delete(kind);
  }

  clearAll(): void {
    for (const kind of [...this.running.keys()]) this.clear(kind);
  }
}
