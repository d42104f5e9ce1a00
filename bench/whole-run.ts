import { buildScenario } from './build-scenario.ts';
import { type RunPart, runPart } from './run-part.ts';

/** A scenario from its first event to its last: start-up, ARP and compilation included. */
export function wholeRun({ scenario }: { scenario: string }): RunPart {
  const { run } = buildScenario(scenario);
  return runPart(run, run.plan.stop);
}
