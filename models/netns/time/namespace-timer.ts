/** Kinds of the events that a namespace schedules for itself. */
export const Timer = {
  /** The argument is a place in the network's `TimerTargets`. */
  target: 0,
} as const;

/** Something that a kernel timer of a namespace may be for. */
export interface TimerTarget {
  onTimer(): void;
}

/** Registry that turns timer targets into the integers that events carry. Places are reused. */
export class TimerTargets {
  private readonly targets: (TimerTarget | null)[] = [null];
  private readonly free: number[] = [];

  /** Answers a place from 1 up. */
  add(target: TimerTarget): number {
    const place = this.free.pop() ?? this.targets.length;
    this.targets[place] = target;
    return place;
  }

  get(place: number): TimerTarget {
    return this.targets[place]!;
  }

  /** Frees a place; no event may be pending for it. */
  remove(place: number): void {
    this.targets[place] = null;
    this.free.push(place);
  }
}
