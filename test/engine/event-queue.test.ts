import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { EventHandle, EventQueue } from '../../engine/event-queue.ts';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';

const queues: [string, () => EventQueue][] = [
  ['WheelQueue', () => new WheelQueue()],
  ['HeapJsQueue', () => new HeapJsQueue()],
];

/** Every event that is left, in the order in which it comes, as `argument`s. */
function drain(queue: EventQueue): number[] {
  const out: number[] = [];
  while (queue.pop()) out.push(queue.argument);
  return out;
}

describe.each(queues)('%s', (_name, makeQueue) => {
  it('is empty at first', () => {
    const queue = makeQueue();
    expect(queue.size).toBe(0);
    expect(queue.peekTime()).toBe(Number.POSITIVE_INFINITY);
    expect(queue.pop()).toBe(false);
  });

  it('gives back the fields of an event', () => {
    const queue = makeQueue();
    queue.push(123_456_789_012, 7, 3, 5, -42);
    expect(queue.peekTime()).toBe(123_456_789_012);
    expect(queue.pop()).toBe(true);
    const { time, owner, kind, argument, size } = queue;
    expect({ time, owner, kind, argument, size }).toEqual({
      time: 123_456_789_012,
      owner: 7,
      kind: 5,
      argument: -42,
      size: 0,
    });
  });

  it('orders by time, then owner, then sequence, whatever the order of the pushes', () => {
    const queue = makeQueue();
    queue.push(20, 1, 0, 0, 5);
    queue.push(10, 2, 0, 0, 3);
    queue.push(10, 1, 9, 0, 2);
    queue.push(10, 10, 0, 0, 4);
    queue.push(10, 1, 2, 0, 1);
    expect(drain(queue)).toEqual([1, 2, 3, 4, 5]);
  });

  it('compares sequences beyond 2^32 exactly', () => {
    const queue = makeQueue();
    const far = 2 ** 40;
    queue.push(10, 1, far + 1, 0, 2);
    queue.push(10, 1, far, 0, 1);
    queue.push(10, 1, far + 2 ** 32, 0, 3);
    expect(drain(queue)).toEqual([1, 2, 3]);
  });

  it('takes times from 0 to the last safe integer', () => {
    const queue = makeQueue();
    const times = [0, 1, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 48];
    times.push(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER);
    for (const time of [...times].reverse()) queue.push(time, 0, 0, 0, 0);
    for (const time of times) {
      expect(queue.peekTime()).toBe(time);
      queue.pop();
      expect(queue.time).toBe(time);
    }
    queue.push(Number.MAX_SAFE_INTEGER, 0, 0, 0, 1);
    expect(drain(queue)).toEqual([1]);
  });

  it('lets an event at the current time come next, even one that ranks before the last popped', () => {
    const queue = makeQueue();
    queue.push(50, 5, 0, 0, 1);
    queue.push(50, 6, 0, 0, 3);
    queue.pop();
    queue.push(50, 2, 0, 0, 2);
    queue.push(50, 9, 0, 0, 4);
    expect(drain(queue)).toEqual([2, 3, 4]);
  });

  it('takes a push before the next event after that one was looked at', () => {
    const queue = makeQueue();
    queue.push(5_000_000_000, 0, 0, 0, 9);
    expect(queue.peekTime()).toBe(5_000_000_000);
    for (let i = 0; i < 300; i++) queue.push(1000 + i * 70_000, 1, i, 0, i);
    queue.push(5_000_000_001, 0, 1, 0, 10);
    expect(queue.peekTime()).toBe(1000);
    expect(drain(queue)).toEqual([...Array(300).keys(), 9, 10]);
  });

  it('cancels an event once, and never one that has fired', () => {
    const queue = makeQueue();
    const first = queue.push(10, 0, 0, 0, 1);
    const second = queue.push(20, 0, 1, 0, 2);
    const third = queue.push(1_000_000, 0, 2, 0, 3);
    expect(queue.cancel(second)).toBe(true);
    expect(queue.cancel(second)).toBe(false);
    expect(queue.size).toBe(2);
    queue.pop();
    expect(queue.argument).toBe(1);
    expect(queue.cancel(first)).toBe(false);
    expect(queue.peekTime()).toBe(1_000_000);
    expect(queue.cancel(third)).toBe(true);
    expect(queue.peekTime()).toBe(Number.POSITIVE_INFINITY);
    expect(queue.size).toBe(0);
    expect(queue.pop()).toBe(false);
  });

  it('does not take a stale handle for the event that uses the place now', () => {
    const queue = makeQueue();
    const stale = queue.push(10, 0, 0, 0, 1);
    queue.cancel(stale);
    const handles = Array.from({ length: 1000 }, (_, i) => queue.push(100 + i, 0, i, 0, i));
    expect(new Set([stale, ...handles]).size).toBe(1001);
    expect(queue.cancel(stale)).toBe(false);
    expect(queue.size).toBe(1000);
  });

  it('is not led astray by a number that was never a handle', () => {
    const queue = makeQueue();
    queue.push(10, 0, 0, 0, 1);
    const strangers = [
      -1,
      1,
      0.5,
      1e6,
      2 ** 30,
      Number.MAX_SAFE_INTEGER,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ];
    for (const stranger of strangers) expect(queue.cancel(stranger)).toBe(false);
    expect(drain(queue)).toEqual([1]);
  });
});

/** A step of a random history; times are ahead of the last popped. */
type Step =
  | { do: 'push'; ahead: number; owner: number }
  | { do: 'pop'; count: number }
  | { do: 'peek' }
  | { do: 'cancel'; which: number };

const ahead = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 ** 33 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 45 }) },
  { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1, 2 ** 32) },
);

function steps(weights: { push: number; pop: number; peek: number; cancel: number }): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: weights.push,
      arbitrary: fc.record({
        do: fc.constant('push' as const),
        ahead,
        owner: fc.integer({ min: 0, max: 5 }),
      }),
    },
    {
      weight: weights.pop,
      arbitrary: fc.record({ do: fc.constant('pop' as const), count: fc.integer({ min: 1, max: 20 }) }),
    },
    { weight: weights.peek, arbitrary: fc.record({ do: fc.constant('peek' as const) }) },
    { weight: weights.cancel, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
  );
  return fc.array(step, { maxLength: 600, size: 'max' });
}

/** Plays one history on both queues and compares everything that can be seen of them. */
class Duel {
  private readonly subject = new WheelQueue();
  private readonly oracle = new HeapJsQueue();
  private readonly handles: [EventHandle, EventHandle][] = [];
  private pushed = 0;
  private now = 0;

  play(step: Step): void {
    if (step.do === 'push') this.push(Math.min(this.now + step.ahead, Number.MAX_SAFE_INTEGER), step.owner);
    else if (step.do === 'cancel') this.cancel(step.which);
    else if (step.do === 'peek') same('peekTime', this.subject.peekTime(), this.oracle.peekTime());
    else for (let i = 0; i < step.count; i++) this.pop();
    same('size', this.subject.size, this.oracle.size);
  }

  push(time: number, owner: number): void {
    // A third of the sequences run backwards, so that the order of the pushes is not that of the ranks.
    const id = this.pushed++;
    const sequence = id % 3 === 0 ? 1_000_000 - id : 1_000_000 + id;
    this.handles.push([
      this.subject.push(time, owner, sequence, owner + 1, id),
      this.oracle.push(time, owner, sequence, owner + 1, id),
    ]);
  }

  cancel(which: number): void {
    if (this.handles.length === 0) return;
    const [subject, oracle] = this.handles[which % this.handles.length];
    same('cancel', this.subject.cancel(subject), this.oracle.cancel(oracle));
  }

  pop(): boolean {
    const { subject, oracle } = this;
    const more = subject.pop();
    same('pop', more, oracle.pop());
    same('time', subject.time, oracle.time);
    same('owner', subject.owner, oracle.owner);
    same('kind', subject.kind, oracle.kind);
    same('argument', subject.argument, oracle.argument);
    if (subject.time < this.now) expect.fail(`time went back from ${this.now} to ${subject.time}`);
    this.now = subject.time;
    return more;
  }

  finish(): void {
    while (this.pop()) same('size', this.subject.size, this.oracle.size);
  }
}

/** `expect` itself is too slow to be called millions of times. */
function same(what: string, subject: unknown, oracle: unknown): void {
  if (subject !== oracle) expect(subject, what).toBe(oracle);
}

describe('WheelQueue against HeapJsQueue', () => {
  test.prop([steps({ push: 6, pop: 1, peek: 1, cancel: 1 })], { numRuns: 300 })('growing', (history) => {
    const duel = new Duel();
    for (const step of history) duel.play(step);
    duel.finish();
  });

  test.prop([steps({ push: 3, pop: 1, peek: 2, cancel: 3 })], { numRuns: 300 })(
    'much cancelled',
    (history) => {
      const duel = new Duel();
      for (const step of history) duel.play(step);
      duel.finish();
    },
  );

  test.prop([fc.array(fc.record({ ahead, count: fc.integer({ min: 1, max: 300 }) }), { maxLength: 12 })], {
    numRuns: 200,
  })('bursts of simultaneous events, amid which more come', (bursts) => {
    const duel = new Duel();
    for (const burst of bursts) {
      for (let i = 0; i < burst.count; i++) duel.push(Math.min(burst.ahead, 2 ** 52), (i * 7919) % 101);
    }
    for (let i = 0; i < 100 && duel.pop(); i++) {
      duel.play({ do: 'push', ahead: 0, owner: (i * 31) % 101 });
      duel.play({ do: 'push', ahead: bursts[i % bursts.length].ahead, owner: (i * 37) % 101 });
      duel.play({ do: 'cancel', which: i * 13 });
    }
    duel.finish();
  });
});
