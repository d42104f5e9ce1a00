import type { Actor, EventHandler } from './actor.ts';
import type { EventHandle, EventQueue } from './event-queue.ts';

/** Work that the events of an instant leave to be done before time moves on (Linux: the softirq backlog). */
export interface Deferred {
  drain(): void;
}

/** Why `run` came back. */
export type RunEnd = 'until' | 'events' | 'idle' | 'stopped';

export interface RunLimits {
  /** Run every event up to and at this time (nanoseconds), then set the clock to it. Default: no limit. */
  until?: number;
  /** Come back after this many events. Default: no limit. */
  events?: number;
}

export interface Progress {
  now: number;
  events: number;
  pending: number;
}

/** Simulated time is an integer number of nanoseconds; beyond this a double no longer holds every one of them. */
export const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** Places in `Simulation.times`. */
const NOW = 0;
const POST = 1;

/** The clock, the pending events and the loop that fires them. */
export class Simulation {
  /** Events fired so far. */
  events = 0;

  /** Times stand in a typed array: as a field or an argument each new one would be 16 bytes of garbage. */
  private readonly times = new Float64Array(2);
  private readonly queue: EventQueue;
  private readonly handlers: EventHandler[] = [];
  private deferred: Deferred | null = null;
  private stopRequested = false;
  private progress: ((progress: Progress) => void) | null = null;
  private progressEvery = 0;
  /** The count of events at which progress is told next. */
  private nextReport = Number.POSITIVE_INFINITY;

  constructor(queue: EventQueue) {
    this.queue = queue;
  }

  /** Simulated time in nanoseconds. */
  get now(): number {
    return this.times[NOW];
  }

  /** When the event is due that `post` adds. */
  get postTime(): number {
    return this.times[POST];
  }

  set postTime(time: number) {
    this.times[POST] = time;
  }

  /**
   * Answers a new id for events that `handler` handles. Every actor has one; a handler that stands for many actors has one
   * for each.
   */
  register(handler: EventHandler): number {
    this.handlers.push(handler);
    return this.handlers.length - 1;
  }

  /** The backlog to be drained before time moves on. */
  setDeferred(deferred: Deferred): void {
    this.deferred = deferred;
  }

  /** Calls `report` after every `every` events; it may call `stop`. */
  onProgress(every: number, report: (progress: Progress) => void): void {
    this.progressEvery = every;
    this.nextReport = (Math.floor(this.events / every) + 1) * every;
    this.progress = report;
  }

  /** Events waiting to fire. */
  get pending(): number {
    return this.queue.size;
  }

  /**
   * Lets `actor` handle an event at `time` (nanoseconds, an integer, not in the past).
   * Events of one instant fire in the order of (actor id, the actor's own count).
   */
  schedule(actor: Actor, time: number, kind: number, argument: number): EventHandle {
    if (!(time >= this.now && time <= TIME_MAX)) this.refuseTime(time);
    return this.queue.push(time, actor.id, actor.scheduled++, kind, argument);
  }

  /**
   * The same for an event at `postTime` that nobody will take back: the hot path, which allocates nothing.
   */
  post(actor: Actor, kind: number, argument: number): void {
    this.postAs(actor.id, actor.scheduled++, kind, argument);
  }

  /**
   * The same for whoever counts by himself.
   * @param id that was registered
   * @param count of the events scheduled with this id before
   */
  postAs(id: number, count: number, kind: number, argument: number): void {
    const time = this.times[POST];
    if (!(time >= this.times[NOW] && time <= TIME_MAX)) this.refuseTime(time);
    const queue = this.queue;
    queue.pushTime = time;
    queue.pushTimed(id, count, kind, argument);
  }

  /** Takes a pending event back; false when it has fired or been cancelled already. */
  cancel(handle: EventHandle): boolean {
    return this.queue.cancel(handle);
  }

  /** Ends the current `run` after the event in hand; harmless when none is running. */
  stop(): void {
    this.stopRequested = true;
  }

  /** Fires the next event; false when there is none. */
  step(): boolean {
    return this.run({ events: 1 }) === 'events';
  }

  /** Fires events in order until a limit is met, nothing is pending, or `stop` is called. */
  run(limits: RunLimits = {}): RunEnd {
    const until = limits.until ?? TIME_MAX;
    const lastEvent = this.events + (limits.events ?? Number.POSITIVE_INFINITY);
    this.stopRequested = false;
    while (this.events < lastEvent) {
      this.findNext();
      if (this.queue.nextTime > until) {
        if (limits.until === undefined) return 'idle';
        this.times[NOW] = Math.max(this.now, until);
        return 'until';
      }
      this.fire();
      if (this.stopRequested) return 'stopped';
    }
    return 'events';
  }

  /**
   * Finds the next event. Before time moves on, the backlog is drained: all events of an instant come first, as Linux
   * runs every timer that is due before it receives what they sent.
   */
  private findNext(): void {
    const { queue, deferred } = this;
    queue.peek();
    if (queue.nextTime === this.now || deferred === null) return;
    deferred.drain();
    queue.peek();
  }

  private fire(): void {
    const queue = this.queue;
    queue.pop();
    this.times[NOW] = queue.time;
    this.handlers[queue.owner].handle(queue.kind, queue.argument);
    if (++this.events === this.nextReport) this.reportProgress();
  }

  private reportProgress(): void {
    this.nextReport += this.progressEvery;
    this.progress?.({ now: this.now, events: this.events, pending: this.queue.size });
  }

  private refuseTime(time: number): never {
    throw new RangeError(`event time ${time} ns is not between now (${this.now} ns) and ${TIME_MAX} ns`);
  }
}
