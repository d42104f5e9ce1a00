import type { Simulation } from '../engine/simulation.ts';
import { ExitStatus } from './exit-status.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';

/** Wall time that a slice should take: short enough that Ctrl-C and the progress bar feel immediate. */
const SLICE_MS = 50;
const FIRST_SLICE = 1000;
const SLICE_MAX = 1_000_000;

export interface Supervision {
  /** Simulated nanoseconds. */
  until: number;
  progress?: Progress | null;
  /** Asked after every event, and before the first; false ends the run early. */
  goOn?: () => boolean;
}

/**
 * Runs a simulation in slices, with a turn of the event loop between them, so that the user can stop it: the
 * first Ctrl-C ends the run after the slice in hand, a second one the process.
 * @returns false when the user has stopped it
 */
export async function supervise(simulation: Simulation, io: Io, options: Supervision): Promise<boolean> {
  let interrupts = 0;
  const forget = io.onInterrupt(() => {
    if (++interrupts > 1) io.exit(ExitStatus.interrupted);
  });
  try {
    let events = FIRST_SLICE;
    for (;;) {
      const begun = performance.now();
      const more = runSlice(simulation, events, options);
      options.progress?.update(simulation.now, simulation.events);
      if (!more) return true;
      // signals are delivered in this turn
      await new Promise((resume) => setImmediate(resume));
      if (interrupts > 0) return false;
      events = nextSlice(events, performance.now() - begun);
    }
  } finally {
    forget();
    options.progress?.end();
  }
}

/** Answers whether there is more to do. */
function runSlice(simulation: Simulation, events: number, { until, goOn }: Supervision): boolean {
  if (goOn === undefined) return simulation.run({ until, events }) === 'events';
  for (let done = 0; done < events; done++) {
    if (!goOn() || simulation.run({ until, events: 1 }) !== 'events') return false;
  }
  return true;
}

function nextSlice(events: number, took: number): number {
  const factor = Math.min(4, Math.max(0.25, SLICE_MS / Math.max(took, 0.1)));
  return Math.min(SLICE_MAX, Math.max(1, Math.round(events * factor)));
}
