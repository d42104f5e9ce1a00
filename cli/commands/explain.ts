import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatIpv4 } from '../../models/wire/ipv4-address.ts';
import { type Explanation, explain } from '../../report/explanation.ts';
import { renderExplanation } from '../../report/explanation-text.ts';
import { sendTraced } from '../../report/send-traced.ts';
import { TraceRecorder } from '../../report/trace-recorder.ts';
import { addressOf } from '../../scenarios/builder/built-pair.ts';
import type { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { type ClusterPlan, resolve as resolvePlan } from '../../scenarios/index.ts';
import { parseDuration } from '../../scenarios/schema/units.ts';
import { asFailure, buildRun } from '../build-run.ts';
import { CommandError } from '../command-error.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { findEndpoint, type NamedEndpoint } from '../endpoint.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { Progress } from '../progress.ts';
import { readScenario } from '../read-scenario.ts';
import { linewiseJson } from '../results-text.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';
import { supervise } from '../supervise.ts';

interface ExplainOptions extends ScenarioOptions {
  from: string;
  to: string;
  at: number;
  protocol: 'icmp' | 'udp';
  port: number;
  size: number;
  json?: boolean;
}

/** Simulated nanoseconds for which a packet is followed: longer than any fragment waits for the others. */
const FOLLOWED_FOR = 60e9;
/** The data of ping(8) by default. */
const DEFAULT_SIZE = 56;
/** The port of `traffic` by default: there the receivers of a scenario listen. */
const DEFAULT_PORT = 9000;
const SIZE_MAX = 65_507;

/** `podwire explain FILE`: follows one packet through every table to its fate. */
export function addExplainCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('explain')
    .description('follow one packet: every hop, every table consulted, and where and why it was dropped')
    .argument('<FILE>', 'scenario file, - for standard input')
    .requiredOption('--from <A>', 'sender: pod/NAME, node/NAME, router/NAME or just the name')
    .requiredOption('--to <B>', 'receiver: the same, or an address')
    .option('--at <TIME>', 'simulated time at which it is sent, such as 2.5s', parseTime, 0)
    .addOption(
      new Option('--protocol <P>', 'an echo request or a datagram').choices(['icmp', 'udp']).default('icmp'),
    )
    .option('--port <N>', 'destination port, for udp', parseWhole(1, 65_535), DEFAULT_PORT)
    .option('--size <BYTES>', 'data bytes', parseWhole(0, SIZE_MAX), DEFAULT_SIZE);
  addScenarioOptions(command)
    .option('--json', 'print the steps as JSON')
    .action(async (file: string, options: ExplainOptions) =>
      setStatus(await explainPacket(file, options, io)),
    );
}

async function explainPacket(file: string, options: ExplainOptions, io: Io): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  // what a run records for later is not asked for here
  const plan: ClusterPlan = { ...resolvePlan(loaded.scenario, loaded.topology), captures: [] };
  if (options.at > plan.stop) {
    throw new CommandError(
      `--at ${options.at / 1e9} s is behind the end of the scenario, ${plan.stop / 1e9} s`,
    );
  }
  const from = findEndpoint(plan, options.from);
  if (from.namespace === undefined)
    throw new CommandError('--from needs a name: an address alone does not send');
  const to = findEndpoint(plan, options.to);
  if (to.address === undefined && to.pod === undefined) throw new CommandError(`${to.label} has no address`);
  let run: ScenarioRun | undefined;
  try {
    run = buildRun(plan, () => () => {});
    const explanation = await follow(run, from, to, options, io);
    if (explanation === null) return ExitStatus.interrupted;
    const { colors } = io.stdout;
    io.stdout.write(options.json ? linewiseJson({ ...explanation }) : renderExplanation(explanation, colors));
    return ExitStatus.ok;
  } catch (error) {
    throw asFailure(error, plan, run);
  }
}

/**
 * Lets the simulation go on to the time, sends the packet, and goes on until it and its answer have met their
 * fate. Answers null when the user has stopped it.
 */
async function follow(
  run: ScenarioRun,
  from: NamedEndpoint,
  to: NamedEndpoint,
  options: ExplainOptions,
  io: Io,
): Promise<Explanation | null> {
  const { simulation, built } = run;
  const { protocol, port, size, at } = options;
  const progress = new Progress(io.stderr, 'explain', at);
  if (!(await supervise(simulation, io, { until: at, progress }))) return null;
  const namespace = built.network.namespace(from.namespace!);
  if (namespace === undefined) throw new CommandError(`${from.label} is not there at ${at / 1e9} s`);
  const address = to.address ?? addressOf(built, run.plan, run.plan.hosts.length + to.pod!);
  if (address === 0) throw new CommandError(`${to.label} has no address at ${at / 1e9} s`);
  const recorder = new TraceRecorder();
  built.network.tracer = recorder;
  const refusal = sendTraced(namespace, { protocol, to: address, port, size });
  const until = at + FOLLOWED_FOR;
  if (!(await supervise(simulation, io, { until, goOn: () => recorder.pending }))) return null;
  const question = { from: from.label, to: to.label, address: formatIpv4(address), protocol, at };
  return explain(question, recorder.packets, refusal);
}

function parseTime(text: string): number {
  const time = parseDuration(text);
  if (typeof time === 'number') return time;
  throw new InvalidArgumentError('Expected a duration such as 2.5s.');
}

function parseWhole(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${from} to ${to}.`);
  };
}
