import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type RunFacts, renderSummary } from '../../report/summary.ts';
import type { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { resolve as resolvePlan } from '../../scenarios/index.ts';
import { asFailure, buildRun, type QueueKind } from '../build-run.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { OutputFolder } from '../output-folder.ts';
import { Progress } from '../progress.ts';
import { readScenario } from '../read-scenario.ts';
import { resultsText } from '../results-text.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';
import { supervise } from '../supervise.ts';

interface RunOptions extends ScenarioOptions {
  out?: string;
  queue: QueueKind;
  quiet?: boolean;
  json?: boolean;
}

/** `podwire run FILE`: simulates a scenario; figures on stdout, captures and results in a folder. */
export function addRunCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('run')
    .description('simulate a scenario and print its figures; captures and results go to a folder')
    .argument('<FILE>', 'scenario file, - for standard input')
    .option(
      '--out <DIR>',
      'folder for captures and results.json (default: out/NAME of the scenario)',
      parseFolder,
    );
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
    run = buildRun(plan, (name) => folder.open(name), options.queue);
    folder.begin();
    const built = performance.now();
    const progress = options.quiet ? null : new Progress(io.stderr, plan.name, plan.stop);
    const complete = await supervise(run.simulation, io, { until: plan.stop, progress });
    const wallTime = performance.now() - built;
    run.flushCaptures();
    return report(run, folder, options, io, { wallTime, buildTime: built - begun, complete });
  } catch (error) {
    folder.discard();
    throw asFailure(error, plan, run);
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
  const { complete } = times;
  folder.finish(resultsText(result, complete));
  if (options.json) {
    const extra = { performance: performanceOf(result, times), folder: folder.path, files: folder.files };
    io.stdout.write(resultsText(result, complete, extra));
  } else {
    const facts: RunFacts = {
      ...times,
      stop: run.plan.stop,
      folder: options.out ?? defaultFolder(run.plan.name),
      files: folder.files,
    };
    io.stdout.write(renderSummary(result, facts, { colors: io.stdout.colors, width: io.stdout.columns }));
  }
  if (!complete) return ExitStatus.interrupted;
  return result.thresholds.every(({ passed }) => passed) ? ExitStatus.ok : ExitStatus.thresholdFailed;
}

/** How fast it went here: seconds, and counts per second. */
function performanceOf(
  { events, packetHops }: { events: number; packetHops: number },
  { wallTime, buildTime }: Pick<RunFacts, 'wallTime' | 'buildTime'>,
) {
  const seconds = Math.max(wallTime, 0.001) / 1000;
  return {
    wallTime: wallTime / 1000,
    buildTime: buildTime / 1000,
    eventsPerSecond: events / seconds,
    packetHopsPerSecond: packetHops / seconds,
  };
}

function parseFolder(text: string): string {
  if (text === '') throw new InvalidArgumentError('Expected a folder.');
  return text;
}

/** A scenario's name is any text; a folder's is not. */
function defaultFolder(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return `out/${safe === '' ? 'scenario' : safe}`;
}
