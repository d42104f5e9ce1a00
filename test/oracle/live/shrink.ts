import type { Plan } from './plan.ts';

/** Whether a plan still shows the disagreement. */
type Fails = (plan: Plan, attempt: number) => Promise<boolean>;

/**
 * The plan without the settings and stimuli that the disagreement does not need (delta debugging: Zeller and
 * Hildebrandt, 2002), tried `jobs` at a time.
 */
export async function shrinkPlan(plan: Plan, fails: Fails, jobs: number): Promise<Plan> {
  let size = Math.ceil(plan.stimulus.length / 2);
  let attempt = 0;
  while (size >= 1) {
    const candidates: Plan[] = [];
    for (let from = 0; from < plan.stimulus.length; from += size) {
      candidates.push({ ...plan, stimulus: plan.stimulus.toSpliced(from, size) });
    }
    const smaller = await firstFailing(candidates, fails, jobs, () => attempt++);
    if (smaller !== undefined) plan = smaller;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return plan;
}

async function firstFailing(
  candidates: readonly Plan[],
  fails: Fails,
  jobs: number,
  next: () => number,
): Promise<Plan | undefined> {
  for (let from = 0; from < candidates.length; from += jobs) {
    const batch = candidates.slice(from, from + jobs);
    const verdicts = await Promise.all(batch.map((plan) => fails(plan, next())));
    const hit = verdicts.indexOf(true);
    if (hit >= 0) return batch[hit];
  }
  return undefined;
}
