import { Actor } from '../../../engine/actor.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import { WAKE_LATENCY } from '../../traffic/program.ts';

/** Which thread of a router runs now: one that gives away more than there is room for has to wait. */
export interface ThreadContext {
  current: RouterThread | null;
}

/**
 * A thread of a router (weave: a goroutine). What comes in wakes it; it works until nothing is left, or until somebody
 * who takes over what it makes is behind.
 */
export class RouterThread extends Actor {
  private readonly context: ThreadContext;
  private readonly work: () => void;
  private due = false;
  private blocked = false;

  /** @param work to be done on waking up; it leaves off when `isBlocked` */
  constructor(simulation: Simulation, context: ThreadContext, work: () => void) {
    super(simulation);
    this.context = context;
    this.work = work;
  }

  get isBlocked(): boolean {
    return this.blocked;
  }

  /** There is something to do. */
  wake(): void {
    if (this.due || this.blocked) return;
    this.due = true;
    this.simulation.schedule(this, this.simulation.now + WAKE_LATENCY, 0, 0);
  }

  /** What it has in hand takes so long (nanoseconds); then it works on. */
  busyFor(time: number): void {
    if (this.due) return;
    this.due = true;
    this.simulation.schedule(this, this.simulation.now + time, 0, 0);
  }

  /** It has to wait until `unblock`. */
  block(): void {
    this.blocked = true;
  }

  unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.wake();
  }

  override handle(): void {
    this.due = false;
    this.context.current = this;
    this.work();
    this.context.current = null;
  }
}
