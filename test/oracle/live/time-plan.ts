import { type GoldenCase, parseCase } from '../../golden/case.ts';
import { type CaseRun, simulateCase } from '../../golden/simulate-case.ts';
import type { Plan, PlannedStimulus } from './plan.ts';

/** Seconds that a stimulus keeps from what the simulator expects to happen by itself before and after its start. */
const BEFORE = 0.08;
const AFTER = 0.15;
/** Seconds after the last stimulus in which what it set off is watched, at least and at most. */
const SHORTEST_TAIL = 1.4;
const LONGEST_TAIL = 9;
/** Seconds between two looks at the tables in the tail. */
const STEP = 0.25;

/**
 * Gives every stimulus its time, and the captures their end: moments at which no timer of the simulator is due.
 * The two runs do not agree to the millisecond, and what comes first would be chance.
 */
export function timePlan(plan: Plan): Plan {
  const before = plan.stimulus.filter(({ t_s }) => t_s === null);
  const timed: PlannedStimulus[] = [];
  let ended = 0;
  for (const stimulus of plan.stimulus) {
    if (stimulus.t_s === null) continue;
    const run = rehearse(plan, [...before, ...timed], ended + 4);
    ended = endOf(run);
    const earliest = Math.max(stimulus.t_s, ended + 0.1, calmAfter(timed.at(-1)));
    timed.push({ ...stimulus, t_s: quietMoment(run, earliest) });
  }
  const stimulus = [...before, ...timed];
  return { ...plan, stimulus, capture_seconds: quietEnd({ ...plan, stimulus }) };
}

/**
 * Of a link that goes down Linux tells a bridge at once, and what depends on the bridge up to a second later
 * (linkwatch): how much later depends on everything else on the machine.
 */
function calmAfter(last: PlannedStimulus | undefined): number {
  if (last === undefined || last.t_s === null) return 0;
  return /^ip link set/.test(last.cmd) ? last.t_s + 1.2 : 0;
}

function rehearse(
  plan: Plan,
  stimulus: readonly PlannedStimulus[],
  until: number,
  looks: object[] = [],
): CaseRun {
  return simulateCase(asCase({ ...plan, capture_seconds: until }, stimulus, looks), 'wheel');
}

function asCase(plan: Plan, stimulus: readonly PlannedStimulus[], looks: object[]): GoldenCase {
  const entries = stimulus.map((entry) => ({ ...entry, rc: null }));
  const text = { ...plan, stimulus: entries, observations: { looks }, started_epoch_ns: 0 };
  return parseCase(JSON.stringify(text), '/nowhere');
}

/** When the last stimulus had ended, seconds. */
function endOf({ outcomes }: CaseRun): number {
  return Math.max(0, ...outcomes.map(({ startedAt, took }) => startedAt + took));
}

function frameTimes({ captures }: CaseRun): number[] {
  const times = [...captures.values()].flatMap((frames) => frames.map(({ time }) => time / 1e9));
  return times.sort((a, b) => a - b);
}

function quietMoment(run: CaseRun, earliest: number): number {
  let moment = earliest;
  for (const time of frameTimes(run)) {
    if (time > moment + AFTER) break;
    if (time > moment - BEFORE) moment = time + BEFORE;
  }
  return Number(moment.toFixed(3));
}

/** The end of the captures: neither a frame nor a change of the tables is near it. */
function quietEnd(plan: Plan): number {
  const ended = endOf(rehearse(plan, plan.stimulus, 0));
  const moments: number[] = [];
  for (let t = ended + SHORTEST_TAIL; t < ended + LONGEST_TAIL; t += STEP) moments.push(t);
  const commands = plan.namespaces.flatMap(({ name, looks }) =>
    looks.filter((look) => /neigh|fdb/.test(look)).map((cmd) => ({ ns: name, cmd, output: '' })),
  );
  const looks = moments.flatMap((t_s) => commands.map((command) => ({ t_s, ...command })));
  const run = rehearse(plan, plan.stimulus, ended + LONGEST_TAIL, looks);
  const tables = moments.map((_, i) => tablesAt(run, i * commands.length, commands.length));
  const frames = frameTimes(run);
  const place = moments.findIndex((moment, i) => {
    const still = tables.slice(Math.max(0, i - 1), i + 4).every((text) => text === tables[i]);
    return still && !frames.some((time) => Math.abs(time - moment) < STEP);
  });
  return moments[Math.max(place, 0)];
}

function tablesAt({ outputs }: CaseRun, from: number, count: number): string {
  return outputs
    .slice(from, from + count)
    .map(({ candidate }) => candidate.stdout)
    .join('\n');
}
