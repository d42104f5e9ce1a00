import { HeapJsQueue } from '../engine/heap-js-queue.ts';
import { WheelQueue } from '../engine/wheel-queue.ts';
import type { HandOnCaptures, OpenFile } from '../scenarios/builder/open-captures.ts';
import { ScenarioRun } from '../scenarios/builder/scenario-run.ts';
import type { ClusterPlan } from '../scenarios/index.ts';
import { runInShell } from '../shell/run-in-shell.ts';
import { CommandError, isSystemError, SimulatorFailure } from './command-error.ts';
import { checkMemory } from './memory-check.ts';

export type QueueKind = 'wheel' | 'heap-js';

/**
 * Builds the network of a plan, with its traffic and its captures, ready to run.
 * @throws CommandError when it does not fit into memory
 */
export function buildRun(
  plan: ClusterPlan,
  openFile: OpenFile,
  queue: QueueKind = 'wheel',
  handOnCaptures?: HandOnCaptures,
): ScenarioRun {
  checkMemory(plan);
  return new ScenarioRun(plan, {
    queue: queue === 'heap-js' ? new HeapJsQueue() : new WheelQueue(),
    openFile,
    handOnCaptures,
    runCommand: runInShell,
  });
}

/**
 * Makes a `SimulatorFailure` of an exception out of building or running: what a user did wrong and what a
 * disk refused are told as they are, anything else is a bug.
 */
export function asFailure(error: unknown, plan: ClusterPlan, run: ScenarioRun | undefined): unknown {
  if (error instanceof CommandError || isSystemError(error)) return error;
  const what = run === undefined ? 'building' : 'simulating';
  return new SimulatorFailure(error, `${what} "${plan.name}"`, plan.seed, run?.simulation.now ?? 0);
}
