import type { ScenarioRun } from '../scenarios/builder/scenario-run.ts';

/** Wall time that a slice should take: short enough that Ctrl-C and the progress bar feel immediate. */
const SLICE_MS = 50;
const FIRST_SLICE = 1000;
const SLICE_MAX = 1_000_000;

/**
 * Runs to the end of the scenario in slices, with a turn of the event loop between them.
 * @param between is called after every slice; false stops the run
 * @returns whether it came to its end
 */
export async function runInSlices(run: ScenarioRun, between: () => boolean): Promise<boolean> {
  let events = FIRST_SLICE;
  for (;;) {
    const begun = performance.now();
    const end = run.run({ events });
    if (!between()) return end === 'until';
    if (end !== 'events') return true;
    const took = performance.now() - begun;
    const factor = Math.min(4, Math.max(0.25, SLICE_MS / Math.max(took, 0.1)));
    events = Math.min(SLICE_MAX, Math.max(1, Math.round(events * factor)));
    await new Promise((resume) => setImmediate(resume));
  }
}
