import { Actor } from '../../engine/actor.ts';

/** Something that a process will do later. */
export interface Alarm {
  readonly time: number;
  cancel(): void;
}

/** The timers of one user-space process: exact, each with what is to be done then. */
export class Alarms extends Actor {
  private readonly pending: (PendingAlarm | null)[] = [];
  private readonly free: number[] = [];

  get now(): number {
    return this.simulation.now;
  }

  /** Does it `delay` nanoseconds from now; what was asked for at the same time is done in the order of asking. */
  after(delay: number, action: () => void): Alarm {
    const slot = this.free.pop() ?? this.pending.length;
    const time = this.now + delay;
    const alarm = new PendingAlarm(this, slot, time, action);
    this.pending[slot] = alarm;
    alarm.handle = this.simulation.schedule(this, time, 0, slot);
    return alarm;
  }

  override handle(_kind: number, slot: number): void {
    const alarm = this.pending[slot]!;
    this.forget(slot);
    alarm.action();
  }

  /** The process has ended. */
  cancelAll(): void {
    for (const alarm of this.pending) alarm?.cancel();
  }

  /** Takes an alarm back, if it has not gone off. */
  cancel(alarm: PendingAlarm): void {
    if (this.pending[alarm.slot] !== alarm) return;
    this.simulation.cancel(alarm.handle);
    this.forget(alarm.slot);
  }

  private forget(slot: number): void {
    this.pending[slot] = null;
    this.free.push(slot);
  }
}

class PendingAlarm implements Alarm {
  handle = 0;

  constructor(
    private readonly alarms: Alarms,
    readonly slot: number,
    readonly time: number,
    readonly action: () => void,
  ) {}

  cancel(): void {
    this.alarms.cancel(this);
  }
}
