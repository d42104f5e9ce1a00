import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CaseError, type GoldenCase, readCase } from './case.ts';
import {
  type CompareOptions,
  DEFAULT_OPTIONS,
  type FieldCondition,
  LINUX_EPHEMERAL_PORTS,
  parsePortRange,
  parseSkipRule,
} from './compare/options.ts';
import { EVENT_QUEUE_NAMES, type EventQueueName } from './event-queues.ts';
import { closingLine, reportLines } from './print-report.ts';
import { type CaseReport, failedReport, runCase } from './run-case.ts';
import { isTopologyCase, readTopologyCase } from './topology-case.ts';
import { isIpamCase, runIpamCase } from './weave-runner/ipam-case.ts';
import { isWeaveCase, runWeaveCase } from './weave-runner/run-weave-case.ts';

interface Flags {
  out?: string;
  queue: EventQueueName;
  state: boolean;
  timing?: number;
  window: number;
  unordered: boolean;
  all: boolean;
  ignore: string[];
  skip: FieldCondition[][];
  eph: CompareOptions['ephemeralPorts'];
}

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs the cases named on the command line; answers the exit status. */
export function main(args: readonly string[], print: (line: string) => void = console.log): number {
  const program = commandLine();
  try {
    program.parse(args, { from: 'user' });
    const flags = program.opts<Flags>();
    const folders = program.args.flatMap(caseFolders);
    const reports = folders.map((folder) => {
      const report = runFolder(folder, flags);
      for (const line of reportLines(report, flags.all)) print(line);
      return report;
    });
    print(closingLine(reports));
    return reports.some(({ verdict }) => verdict === 'failed') ? EXIT_FAILED : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (!(error instanceof CaseError)) throw error;
    console.error(error.message);
    return EXIT_USAGE;
  }
}

function commandLine(): Command {
  return new Command('golden')
    .description('Simulates golden cases and compares frames and outputs with what a Linux kernel did.')
    .argument('<dir...>', 'a case (a folder with case.json), or a folder of cases')
    .option('--out <dir>', 'write captures and outcomes to <dir>/<case>')
    .option('--timing <s>', 'the well-known timers must agree within this many seconds', seconds)
    .option('--window <s>', 'frames at most this many seconds apart may come in another order', seconds, 0)
    .option('--unordered', 'compare the frames of a capture as a multiset', false)
    .option('--ignore <fields>', 'fields or layers not compared, e.g. tcp.window,eth.trailer', list, [])
    .option('--skip <f=v,...>', 'leave out frames in which all these fields have these values', skipRules, [])
    .option('--eph <lo-hi>', 'ephemeral port range', portRange, LINUX_EPHEMERAL_PORTS)
    .option('--state', 'outcomes and outputs of commands count, too', false)
    .option('--all', 'print every difference, not only the first', false)
    .addOption(
      new Option('--queue <name>', 'event queue').choices(EVENT_QUEUE_NAMES).default(EVENT_QUEUE_NAMES[0]),
    )
    .exitOverride();
}

/** @throws CaseError when the folder is neither a case nor holds any */
function caseFolders(folder: string): string[] {
  if (!existsSync(folder)) throw new CaseError(`${folder}: no such folder`);
  if (isCase(folder)) return [folder];
  const entries = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  const cases = entries.flatMap((entry) => (isCase(entry) ? [entry] : casesInside(entry)));
  if (cases.length === 0) throw new CaseError(`${folder}: no case.json here, nor in a folder below`);
  return cases;
}

/** Recordings of one kind that are files of a folder among cases. */
function casesInside(entry: string): string[] {
  if (statSync(entry).isFile()) return [];
  const files = readdirSync(entry).sort();
  return files.map((name) => join(entry, name)).filter((file) => statSync(file).isFile() && isCase(file));
}

function isCase(folder: string): boolean {
  if (statSync(folder).isFile()) return isIpamCase(folder);
  return existsSync(join(folder, 'case.json')) || isTopologyCase(folder);
}

/** A malformed case among good ones fails by itself. */
function runFolder(folder: string, flags: Flags): CaseReport {
  const { timing, window, unordered, all, ignore, skip } = flags;
  const options = {
    compare: { ...DEFAULT_OPTIONS, timing, window, unordered, all, ignore, skip, ephemeralPorts: flags.eph },
    queue: flags.queue,
    countOutputs: flags.state,
    out: flags.out,
  };
  if (statSync(folder).isFile()) return runIpamCase(folder, options);
  if (isTopologyCase(folder) && isWeaveCase(folder)) return runWeaveCase(folder, options);
  let golden: GoldenCase;
  try {
    golden = isTopologyCase(folder) ? readTopologyCase(folder) : readCase(folder);
  } catch (error) {
    if (!(error instanceof CaseError)) throw error;
    return failedReport(basename(folder), error.message);
  }
  return runCase(golden, options);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('expected seconds, e.g. 0.3');
  return value;
}

function list(text: string, previous: string[]): string[] {
  return [...previous, ...text.split(',').filter((part) => part !== '')];
}

function skipRules(text: string, previous: FieldCondition[][]): FieldCondition[][] {
  return [...previous, asArgument(() => parseSkipRule(text))];
}

function portRange(text: string): CompareOptions['ephemeralPorts'] {
  return asArgument(() => parsePortRange(text));
}

function asArgument<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
