import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { type RunFacts, renderSummary } from '../../report/summary.ts';
import { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import type { ClusterPlan } from '../../scenarios/index.ts';
import { resolve as resolvePlan } from '../../scenarios/index.ts';
import { CommandError, isSystemError, SimulatorFailure } from '../command-error.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { OutputFolder } from '../output-folder.ts';
import { Progress } from '../progress.ts';
import { readScenario } from '../read-scenario.ts';
import { resultsText } from '../results-text.ts';
import { runInSlices } from '../run-in-slices.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';
import { runInShell } from '../shell-runner.ts';

interface RunOptions extends ScenarioOptions {
  out?: string;
  queue: 'wheel' | 'heap-js';
  quiet?: boolean;
  json?: boolean;
}

/** `podwire run FILE`: simulates a scenario; figures on stdout, captures and results in a folder. */
export function addRunCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('run')
    .description('simulate a scenario and print its figures; captures and results go to a folder')
    .argument('<FILE>', 'scenario file, - for standard input')
    .option('--out <DIR>', 'folder for captures and results.json (default: out/NAME of the scenario)');
  addScenarioOptions(command)
    .addOption(
      new Option('--queue <KIND>', 'pending-event set; both give the same run')
        .choices(['wheel', 'heap-js'])
        .default('wheel'),
    )
    .option('--quiet', 'no progress on stderr')
    .option('--json', 'print the results as JSON')
    .action(async (file: string, options: RunOptions) => setStatus(await runScenario(file, options, io)));
}

async function runScenario(file: string, options: RunOptions, io: Io): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  const plan = resolvePlan(loaded.scenario, loaded.topology);
  const folder = new OutputFolder(resolve(io.cwd, options.out ?? defaultFolder(plan.name)));
  let run: ScenarioRun | undefined;
  try {
    const begun = performance.now();
    run = new ScenarioRun(plan, {
      queue: options.queue === 'heap-js' ? new HeapJsQueue() : new WheelQueue(),
      openFile: (name) => folder.open(name),
      runCommand: runInShell,
    });
    folder.begin();
    const built = performance.now();
    const complete = await simulate(run, options, io);
    const simulated = performance.now();
    run.flushCaptures();
    return report(run, folder, options, io, {
      wallTime: simulated - built,
      buildTime: built - begun,
      complete,
    });
  } catch (error) {
    folder.discard();
    throw asFailure(error, plan, run);
  }
}

/** Runs to the end or until the user interrupts; a second Ctrl-C ends the process at once. */
async function simulate(run: ScenarioRun, options: RunOptions, io: Io): Promise<boolean> {
  const progress = options.quiet ? null : new Progress(io.stderr, run.plan.name, run.plan.stop);
  let interrupts = 0;
  const forget = io.onInterrupt(() => {
    if (++interrupts > 1) io.exit(ExitStatus.interrupted);
  });
  try {
    return await runInSlices(run, () => {
      progress?.update(run.simulation.now, run.simulation.events);
      return interrupts === 0;
    });
  } finally {
    forget();
    progress?.end();
  }
}

/** Writes the results and prints them. */
function report(
  run: ScenarioRun,
  folder: OutputFolder,
  options: RunOptions,
  io: Io,
  times: Pick<RunFacts, 'wallTime' | 'buildTime' | 'complete'>,
): ExitStatus {
  const result = run.result();
  folder.finish(resultsText(result, times.complete));
  const facts: RunFacts = {
    ...times,
    stop: run.plan.stop,
    folder: options.out ?? defaultFolder(run.plan.name),
    files: folder.files,
  };
  if (options.json) {
    const { wallTime, buildTime } = times;
    const seconds = Math.max(wallTime, 0.001) / 1000;
    const performance = {
      wallTime: wallTime / 1000,
      buildTime: buildTime / 1000,
      eventsPerSecond: result.events / seconds,
      packetHopsPerSecond: result.packetHops / seconds,
    };
    io.stdout.write(
      resultsText(result, times.complete, { performance, folder: folder.path, files: facts.files }),
    );
  } else {
    io.stdout.write(renderSummary(result, facts, { colors: io.stdout.colors, width: io.stdout.columns }));
  }
  if (!times.complete) return ExitStatus.interrupted;
  return result.thresholds.every(({ passed }) => passed) ? ExitStatus.ok : ExitStatus.thresholdFailed;
}

function defaultFolder(name: string): string {
  // a scenario's name is any text; a folder's is not
  const safe = name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return `out/${safe === '' ? 'scenario' : safe}`;
}

/** What a user did wrong and what a disk refused are told as they are; the rest is a bug. */
function asFailure(error: unknown, plan: ClusterPlan, run: ScenarioRun | undefined): unknown {
  if (error instanceof CommandError || isSystemError(error)) return error;
  const what = run === undefined ? 'building' : 'simulating';
  return new SimulatorFailure(error, `${what} "${plan.name}"`, plan.seed, run?.simulation.now ?? 0);
}
