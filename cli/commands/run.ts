import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { iperf3Report } from '../../report/iperf3.ts';
import { type RunFacts, renderSummary } from '../../report/summary.ts';
import { IntervalRecorder } from '../../scenarios/builder/interval-recorder.ts';
import type { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { quote } from '../../scenarios/diagnostic.ts';
import { type ClusterPlan, resolve as resolvePlan } from '../../scenarios/index.ts';
import { nearestName } from '../../scenarios/nearest-name.ts';
import { asFailure, buildRun, type QueueKind } from '../build-run.ts';
import { CaptureOutlet } from '../capture-thread/capture-outlet.ts';
import { CommandError } from '../command-error.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { OutputFolder } from '../output-folder.ts';
import { Progress } from '../progress.ts';
import { readScenario } from '../read-scenario.ts';
import { resultsText } from '../results-text.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';
import { supervise } from '../supervise.ts';
import { podwireVersion } from '../version.ts';

/** Nanoseconds between two lines of iperf3. */
const IPERF3_INTERVAL = 1e9;

interface RunOptions extends ScenarioOptions {
  out?: string;
  queue: QueueKind;
  quiet?: boolean;
  json?: boolean;
  iperf3?: string;
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
    .option('--iperf3 <TRAFFIC>', 'print what iperf3 --json would print of this tcp or udp traffic')
    .action(async (file: string, options: RunOptions) => setStatus(await runScenario(file, options, io)));
}

async function runScenario(file: string, options: RunOptions, io: Io): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  const plan = resolvePlan(loaded.scenario, loaded.topology);
  const traffic = options.iperf3 === undefined ? undefined : trafficForIperf3(plan, options.iperf3);
  const folder = new OutputFolder(resolve(io.cwd, options.out ?? defaultFolder(plan.name)));
  const outlet = new CaptureOutlet(folder, io.captureThread);
  let run: ScenarioRun | undefined;
  try {
    const begun = performance.now();
    run = buildRun(plan, (name) => folder.open(name), options.queue, outlet.handOn);
    folder.begin();
    const recorder =
      traffic === undefined ? undefined : new IntervalRecorder(run.traffic[traffic], IPERF3_INTERVAL);
    const built = performance.now();
    const progress = options.quiet ? null : new Progress(io.stderr, plan.name, plan.stop);
    const complete = await supervise(run.simulation, io, { until: plan.stop, progress });
    const wallTime = performance.now() - built;
    run.flushCaptures();
    await outlet.close();
    recorder?.finish();
    const facts = { wallTime, buildTime: built - begun, complete };
    return report(run, recorder, folder, options, io, facts);
  } catch (error) {
    await outlet.abandon();
    folder.discard();
    throw asFailure(error, plan, run);
  }
}

/** Writes the results and prints them. */
function report(
  run: ScenarioRun,
  recorder: IntervalRecorder | undefined,
  folder: OutputFolder,
  options: RunOptions,
  io: Io,
  times: Pick<RunFacts, 'wallTime' | 'buildTime' | 'complete'>,
): ExitStatus {
  const result = run.result();
  const { complete } = times;
  folder.finish(resultsText(result, complete));
  if (recorder !== undefined) {
    io.stdout.write(`${JSON.stringify(iperf3Report(recorder, podwireVersion()), null, 2)}\n`);
  } else if (options.json) {
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

/** The number of a traffic that iperf3 could have made. */
function trafficForIperf3({ traffic }: ClusterPlan, name: string): number {
  const known = traffic.filter(({ kind }) => kind === 'tcp' || kind === 'udp').map((one) => one.name);
  if (known.includes(name)) return traffic.findIndex((one) => one.name === name);
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean ${quote(nearest)}?`;
  throw new CommandError(
    `--iperf3 ${name}: expected a traffic of kind tcp or udp (${known.join(', ') || 'there is none'})${hint}`,
  );
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
