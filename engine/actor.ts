import type { Simulation } from './simulation.ts';

/** Handles the events of every id that was registered for it. */
export interface EventHandler {
  /** An event is due; `kind` and `argument` are what was given when it was scheduled. */
  handle(kind: number, argument: number): void;
}

/**
 * Whatever handles events: a cable's direction, a namespace's timers, a traffic source. Its id and its own
 * counter are what orders simultaneous events, so actors must be made in an order that only the scenario decides.
 */
export abstract class Actor implements EventHandler {
  readonly simulation: Simulation;
  readonly id: number;
  /** How many events this actor has scheduled: the third part of an event's rank. */
  scheduled = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.id = simulation.register(this);
  }

  /** An event of this actor is due; `kind` and `argument` are what it gave to `schedule`. */
  abstract handle(kind: number, argument: number): void;
}
