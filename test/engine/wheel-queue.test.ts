import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { EventHandle } from '../../engine/event-queue.ts';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { RandomStream } from '../../engine/random.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { peekTime } from './peek-time.ts';

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
    else if (step.do === 'peek') same('peekTime', peekTime(this.subject), peekTime(this.oracle));
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

  const far = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: 0, max: 65_535 })), {
    minLength: 60,
    maxLength: 90,
  });
  const near = fc.array(fc.nat({ max: 3 }), { minLength: 150, maxLength: 250 });

  test.prop([far, near], { numRuns: 200 })(
    'crowds of pushes before a time that was looked at',
    (later, sooner) => {
      const duel = new Duel();
      const start = 2 ** 26;
      for (const [width, offset] of later) duel.push(start + Math.floor(offset * 2 ** (4 * width - 4)), 1);
      duel.play({ do: 'peek' });
      for (const [i, magnitude] of sooner.entries()) {
        duel.play({ do: 'push', ahead: (i * 2_654_435_761) % 2 ** (8 * magnitude + 4), owner: i % 5 });
        if (i % 20 === 19) duel.pop();
      }
      duel.finish();
    },
  );

  it.each(Array.from({ length: 20 }, (_, i) => 55 + i))('%i events at the first tick of a slot', (crowd) => {
    const duel = new Duel();
    const start = 2 * 65_536;
    duel.push(start - 10, 0);
    for (let i = 0; i < 40; i++) duel.push(start + (i % 20) * 10, i);
    duel.pop();
    duel.play({ do: 'peek' });
    for (let i = 0; i < crowd; i++) duel.push(start, i);
    duel.play({ do: 'pop', count: 5 });
    duel.push(start + 155, 0);
    duel.finish();
  });

  it('a long run: many pending, and timers that are put off again and again', () => {
    const stream = new RandomStream('long run');
    const duel = new Duel();
    for (let i = 0; i < 20_000; i++) duel.push(stream.integer(0, 1e8), stream.integer(0, 999));
    for (let i = 0; i < 200_000; i++) {
      duel.pop();
      duel.play({ do: 'push', ahead: Math.floor(stream.exponential(1e4)), owner: i % 1000 });
      if (i % 3 === 0) duel.play({ do: 'cancel', which: stream.integer(0, 2 ** 31) });
      if (i % 3 === 1) duel.play({ do: 'push', ahead: 200_000_000, owner: i % 1000 });
    }
    duel.finish();
  });
});

describe('WheelQueue', () => {
  it('grows to what is pending and keeps everything', () => {
    const queue = new WheelQueue();
    const count = 100_000;
    for (let i = 0; i < count; i++) queue.push((i * 7_919) % 1_000_003, i, i, i & 7, i);
    expect(queue.size).toBe(count);
    expect(queue.capacity).toBe(2 ** 17);
    const seen = new Set<number>();
    let last = -1;
    while (queue.pop()) {
      if (queue.time < last || queue.time !== (queue.argument * 7_919) % 1_000_003) expect.fail('disorder');
      last = queue.time;
      seen.add(queue.argument);
    }
    expect(seen.size).toBe(count);
  });

  it.each([
    ['far away', 200_000_000],
    ['soon', 900],
    ['at once', 0],
  ])('keeps no more room than needed for timers that are set and cancelled forever, %s', (_when, ahead) => {
    const queue = new WheelQueue();
    queue.push(1000, 0, 0, 0, 0);
    queue.push(1_000_000_000, 0, 1, 0, 0);
    peekTime(queue);
    for (let i = 0; i < 100_000; i++) same('cancel', queue.cancel(queue.push(ahead, 1, i, 0, 0)), true);
    expect(queue.size).toBe(2);
    expect(queue.capacity).toBe(256);
    expect(peekTime(queue)).toBe(1000);
  });

  it('keeps no more room when timers outlive a few others', () => {
    const queue = new WheelQueue();
    const handles: EventHandle[] = [];
    for (let i = 0; i < 100_000; i++) {
      handles.push(queue.push(1000 + (i % 50), i % 7, i, 0, i));
      if (i >= 100) same('cancel', queue.cancel(handles[i - 100]), true);
    }
    expect(queue.size).toBe(100);
    expect(queue.capacity).toBe(256);
    const left: number[] = [];
    while (queue.pop()) left.push(queue.argument);
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => 99_900 + i));
  });

  it('takes a crowd of events at the present instant in any order without shifting them all', () => {
    const queue = new WheelQueue();
    queue.push(5, 0, 0, 0, -1);
    queue.pop();
    const count = 200_000;
    // Every other owner in falling order: with a shift for each that would be 10^10 steps.
    for (let i = 0; i < count; i++) queue.push(5, i % 2 === 0 ? count - i : i, 0, 0, 0);
    let last = -1;
    while (queue.pop()) {
      if (queue.owner < last) expect.fail(`owner ${queue.owner} after ${last}`);
      last = queue.owner;
    }
    expect(last).toBe(count);
  });
});
