import { Actor } from '../../../engine/actor.ts';
import type { EventHandle } from '../../../engine/event-queue.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import { timerExpiry, timerLevel } from './jiffies.ts';
import type { TimerTargets } from './namespace-timer.ts';

/** More timers than any run arms. */
const PER_LEVEL = 2 ** 44;

/**
 * The timer wheel of the kernel's CPU (Linux `struct timer_base`). Of timers that are due at the same jiffy those of
 * the coarser level fire first, and of one bucket the one that was armed last: it stands at the head of the list.
 */
export class TimerBase extends Actor {
  private readonly targets: TimerTargets;
  private armed = 0;

  constructor(simulation: Simulation, targets: TimerTargets) {
    super(simulation);
    this.targets = targets;
  }

  /**
   * Arms a timer.
   * @param delay nanoseconds, as the kernel rounds them
   * @param place of the target in `TimerTargets`
   */
  arm(delay: number, place: number): EventHandle {
    return this.armAt(timerExpiry(this.simulation.now, delay), delay, place);
  }

  /** As `arm`, for a timer whose delay ran from some other time on. @param due simulated time, nanoseconds */
  armAt(due: number, delay: number, place: number): EventHandle {
    this.scheduled = -(timerLevel(delay) * PER_LEVEL) - ++this.armed;
    return this.simulation.schedule(this, due, 0, place);
  }

  cancel(timer: EventHandle): void {
    this.simulation.cancel(timer);
  }

  override handle(_kind: number, place: number): void {
    this.targets.get(place).onTimer();
  }
}
