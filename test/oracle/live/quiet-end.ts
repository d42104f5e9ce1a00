import { parseCase } from '../../golden/case.ts';
import { simulateCase } from '../../golden/simulate-case.ts';
import type { Plan } from './plan.ts';

/** Seconds after the last stimulus in which what it set off is watched, at least and at most. */
const SHORTEST_TAIL = 1.6;
const LONGEST_TAIL = 9;
/** Seconds around the end in which nothing may be due: the two runs do not end at the same instant. */
const MARGIN = 0.3;

/**
 * When to end the captures of a plan: a moment at which the simulator expects no frame, lest one of the two
 * runs have a frame that the other would have had a moment later. Seconds since their start.
 */
export function quietEnd(plan: Plan): number {
  const longest = { ...plan, capture_seconds: 60, started_epoch_ns: 0 };
  const stimulus = plan.stimulus.map((entry) => ({ ...entry, rc: null }));
  const run = simulateCase(parseCase(JSON.stringify({ ...longest, stimulus }), '/nowhere'), 'wheel');
  const ended = Math.max(0, ...run.outcomes.map(({ startedAt, took }) => startedAt + took));
  const times = [...run.captures.values()].flatMap((frames) => frames.map(({ time }) => time / 1e9));
  times.sort((a, b) => a - b);
  let end = ended + SHORTEST_TAIL;
  for (const time of times) {
    if (time > end + MARGIN) break;
    if (time > end - MARGIN) end = Math.min(time + 2 * MARGIN, ended + LONGEST_TAIL);
  }
  return end;
}
