/**
 * Names a pending event for `cancel`; stale handles (fired or cancelled) are recognised and ignored. None is 0, which
 * may stand for no event.
 */
export type EventHandle = number;

/**
 * The pending-event set. Events come out in the order of (time, owner, sequence): a total order made of
 * content, never of insertion history, so that any implementation, and later any split of the work over
 * cores, gives the same run. No two events may carry the same three.
 *
 * An event is five numbers; nothing is allocated by `push` and `pop` once the set has grown to its size.
 */
export interface EventQueue {
  /** Number of events pending, cancelled ones not counted. */
  readonly size: number;

  /** Fields of the event most recently taken by `pop`. */
  readonly time: number;
  readonly owner: number;
  readonly kind: number;
  readonly argument: number;

  /**
   * Adds an event.
   * @param time nanoseconds, an integer, not before the time of the last event popped
   * @param owner id of the actor that will handle it
   * @param sequence the owner's own counter, growing with every event that it schedules
   * @param kind small integer that the owner understands
   * @param argument integer that the owner understands (int32)
   */
  push(time: number, owner: number, sequence: number, kind: number, argument: number): EventHandle;

  /** Time of the event that `pushTimed` adds. */
  pushTime: number;

  /**
   * Adds an event at `pushTime` that nobody will cancel: the same as `push` without a number that V8 would have to
   * allocate, as it does for a double that is handed over or answered (16 bytes each).
   */
  pushTimed(owner: number, sequence: number, kind: number, argument: number): void;

  /** Takes an event out before it fires; false when it has fired or been cancelled already. */
  cancel(handle: EventHandle): boolean;

  /** Finds the next event and leaves its time in `nextTime`, where `Infinity` says that there is none. */
  peek(): void;

  /** Time of the next event when `peek` was last called. */
  readonly nextTime: number;

  /** Takes the next event into `time`, `owner`, `kind` and `argument`; false when there is none. */
  pop(): boolean;
}
