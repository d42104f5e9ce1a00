import { type Command, InvalidArgumentError } from 'commander';
import type { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { type ClusterPlan, resolve as resolvePlan } from '../../scenarios/index.ts';
import { parseDuration } from '../../scenarios/schema/units.ts';
import { Shell } from '../../shell/shell.ts';
import { asFailure, buildRun } from '../build-run.ts';
import { CommandError } from '../command-error.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { findEndpoint } from '../endpoint.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { Progress } from '../progress.ts';
import { readScenario } from '../read-scenario.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';
import { supervise } from '../supervise.ts';

interface ExecOptions extends ScenarioOptions {
  on: string;
  at: number;
}

/** A program of the simulated shell that has not ended after so much simulated time is given up. */
const PATIENCE = 3600e9;

/** `podwire exec FILE --on NODE_OR_POD -- COMMAND`: runs a command line in the shell of a simulated host. */
export function addExecCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('exec')
    .description('run a command in the shell of a simulated node or pod')
    .argument('<FILE>', 'scenario file, - for standard input')
    .argument('<COMMAND...>', 'the command, behind --; a single word is a line of sh(1)')
    .requiredOption('--on <HOST>', 'where: pod/NAME, node/NAME, router/NAME or just the name')
    .option('--at <TIME>', 'simulated time at which it is run, such as 3s', parseTime, 0);
  addScenarioOptions(command)
    .addHelpText('after', '\nThe exit status is that of the command.')
    .action(async (file: string, words: string[], options: ExecOptions) =>
      setStatus(await execute(file, words, options, io)),
    );
}

async function execute(
  file: string,
  words: readonly string[],
  options: ExecOptions,
  io: Io,
): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  // what a run records for later is not asked for here
  const plan: ClusterPlan = { ...resolvePlan(loaded.scenario, loaded.topology), captures: [] };
  const host = findEndpoint(plan, options.on);
  if (host.namespace === undefined) throw new CommandError('--on needs a name: an address has no shell');
  let run: ScenarioRun | undefined;
  try {
    run = buildRun(plan, () => () => {});
    return await runLine(run, host.namespace, asLine(words), options.at, io);
  } catch (error) {
    throw asFailure(error, plan, run);
  }
}

/** Lets the simulation go on to the time, then until the command has ended. */
async function runLine(
  run: ScenarioRun,
  name: string,
  line: string,
  at: number,
  io: Io,
): Promise<ExitStatus> {
  const { simulation, built } = run;
  const progress = new Progress(io.stderr, 'exec', at);
  if (!(await supervise(simulation, io, { until: at, progress }))) return ExitStatus.interrupted;
  const namespace = built.network.namespace(name);
  if (namespace === undefined) throw new CommandError(`${name} is not there at ${at / 1e9} s`);
  const job = new Shell(built.network, namespace).start(line, { stdout: io.stdout, stderr: io.stderr });
  const goOn = () => job.result === undefined;
  if (!(await supervise(simulation, io, { until: at + PATIENCE, goOn }))) return ExitStatus.interrupted;
  if (job.result === undefined) throw new CommandError(`"${line}" does not end`);
  return job.result.status as ExitStatus;
}

/** One word is a line as it stands; several are the words of a command. */
function asLine(words: readonly string[]): string {
  if (words.length === 1) return words[0];
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

function parseTime(text: string): number {
  const time = parseDuration(text);
  if (typeof time === 'number') return time;
  throw new InvalidArgumentError('Expected a duration such as 2.5s.');
}
