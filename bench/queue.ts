import type { EventQueue } from '../engine/event-queue.ts';
import { HeapJsQueue } from '../engine/heap-js-queue.ts';
import { RandomStream } from '../engine/random.ts';
import { WheelQueue } from '../engine/wheel-queue.ts';
import type { BenchRow } from './bench-row.ts';

const QUEUES: { name: string; make: () => EventQueue }[] = [
  { name: 'wheel', make: () => new WheelQueue() },
  { name: 'heap-js', make: () => new HeapJsQueue() },
];

/** Mean step of an event, in nanoseconds: that of a packet's way through a cable. */
const MEAN_STEP = 10_000;
/** Steps drawn before the clock starts, so that drawing them is not measured; a power of two. */
const STEPS = 1 << 18;

/**
 * The hold model of pending-event sets (Jones, CACM 29(4), 1986): with n events pending, take the next and
 * put one back at its time plus an exponential step. Gives CPU time per hold, the median of several rounds.
 */
export function benchQueue(options: { smoke?: boolean } = {}): BenchRow[] {
  const sizes = options.smoke ? [1000] : [1000, 100_000, 1_000_000];
  const steps = exponentialSteps();
  const rows: BenchRow[] = [];
  for (const { name, make } of QUEUES) {
    for (const pending of sizes) {
      const value = holdTime(make(), pending, steps, options.smoke ? 20_000 : 500_000);
      rows.push({
        benchmark: 'queue',
        case: `${name}, ${pending} pending`,
        metric: 'hold time',
        value,
        unit: 'ns',
      });
    }
  }
  return rows;
}

function holdTime(queue: EventQueue, pending: number, steps: Float64Array, holds: number): number {
  for (let i = 0; i < pending; i++) queue.push(steps[i & (STEPS - 1)], i, 0, 0, i);
  let sequence = hold(queue, steps, 1, Math.max(holds, 2 * pending));
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    sequence = hold(queue, steps, sequence, holds);
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1000) / holds);
  }
  rounds.sort((a, b) => a - b);
  return rounds[2];
}

/** Takes and puts back events `count` times; the sequence to go on with. */
function hold(queue: EventQueue, steps: Float64Array, sequence: number, count: number): number {
  const end = sequence + count;
  for (; sequence < end; sequence++) {
    queue.pop();
    queue.push(queue.time + steps[sequence & (STEPS - 1)], queue.owner, sequence, 0, queue.argument);
  }
  return sequence;
}

function exponentialSteps(): Float64Array {
  const stream = new RandomStream('hold model');
  return Float64Array.from({ length: STEPS }, () => 1 + Math.floor(stream.exponential(MEAN_STEP)));
}
