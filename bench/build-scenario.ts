import type { EventQueue } from '../engine/event-queue.ts';
import { WheelQueue } from '../engine/wheel-queue.ts';
import {
  formatDiagnostic,
  type HandOnCaptures,
  loadScenario,
  type OpenFile,
  resolve,
  ScenarioRun,
} from '../scenarios/index.ts';
import { runInShell } from '../shell/run-in-shell.ts';

export interface BuiltScenario {
  run: ScenarioRun;
  /** Wall nanoseconds from the text to the plan. */
  loadTime: number;
  /** Wall nanoseconds from the text to a network that is ready to run; contains `loadTime`. */
  buildTime: number;
}

export interface BuildOptions {
  queue?: EventQueue;
  openFile?: OpenFile;
  handOnCaptures?: HandOnCaptures;
  /** Default on. */
  memo?: boolean;
}

/** Builds a scenario from its text, by the steps that `podwire run` takes. */
export function buildScenario(text: string, options: BuildOptions = {}): BuiltScenario {
  const { queue = new WheelQueue(), openFile = refuseFile, handOnCaptures, memo = true } = options;
  const begun = process.hrtime.bigint();
  const loaded = loadScenario(text, 'benchmark');
  if (loaded.errors !== undefined) throw new Error(loaded.errors.map(formatDiagnostic).join('\n'));
  const plan = resolve(loaded.scenario, loaded.topology);
  const planned = process.hrtime.bigint();
  const run = new ScenarioRun(plan, { queue, openFile, handOnCaptures, runCommand: runInShell });
  const built = process.hrtime.bigint();
  run.built.network.memo.enabled = memo;
  if (run.built.problems.length > 0) throw new Error(run.built.problems.join('\n'));
  return { run, loadTime: Number(planned - begun), buildTime: Number(built - begun) };
}

function refuseFile(name: string): never {
  throw new Error(`${name}: this scenario is not to write anything`);
}
