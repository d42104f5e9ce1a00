import { isDeepStrictEqual } from 'node:util';
import type { GoldenCase } from './case.ts';
import type { GoldenOutput } from './state-files.ts';
import { type MaskContext, macsIn, maskJson, maskText, sortJson } from './state-masks.ts';

/** What a simulated command gave. */
export interface CommandOutput {
  status: number;
  stdout: string;
  stderr: string;
  /** What the command asked for that the simulator does not have: then its output says nothing. */
  unsupported: string[];
}

/** A command whose output is to be compared, with both outputs. */
export interface OutputPair {
  /** When: `before`, `after`, or `at 2.05 s`. */
  when: string;
  golden: GoldenOutput;
  candidate: CommandOutput;
}

export interface OutputDifference {
  where: string;
  /** The first lines that differ; undefined where one side has none. */
  golden: string | undefined;
  candidate: string | undefined;
}

/** The kernel draws an entry's reachable time from 15 s up: in shorter cases it cannot run out. */
const SHORTEST_REACHABLE_TIME = 15;

export function maskContext(golden: GoldenCase): MaskContext {
  const commands = [...golden.setup_commands, ...golden.stimulus].map(({ cmd }) => cmd);
  return {
    knownMacs: macsIn(commands),
    reachabilityIsRandom: golden.capture_seconds > SHORTEST_REACHABLE_TIME,
  };
}

/**
 * How the simulated output differs from the kernel's once what cannot be the same is masked. The output of a
 * command that the simulator does not have is no difference.
 */
export function compareOutput(pair: OutputPair, context: MaskContext): OutputDifference | undefined {
  const { command, namespace, output, format } = pair.golden;
  const where = `${namespace} ${pair.when}: ${command}`;
  const { status, stdout, stderr, unsupported } = pair.candidate;
  if (unsupported.length > 0) return undefined;
  if (status !== 0) {
    return { where, golden: 'status 0', candidate: `status ${status}: ${firstLine(stderr)}` };
  }
  return format === 'json'
    ? compareJson(where, command, output, stdout, context)
    : compareText(where, maskText(command, output, context), maskText(command, stdout, context));
}

/** The first line in which two texts differ. */
export function compareText(where: string, golden: string, candidate: string): OutputDifference | undefined {
  if (golden === candidate) return undefined;
  const a = golden.split('\n');
  const b = candidate.split('\n');
  const line = a.findIndex((text, index) => text !== b[index]);
  const at = line < 0 ? a.length : line;
  return { where, golden: a[at], candidate: b[at] };
}

function compareJson(
  where: string,
  command: string,
  golden: string,
  candidate: string,
  context: MaskContext,
): OutputDifference | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(candidate.trim() || '[]');
  } catch {
    return { where, golden: 'JSON', candidate: firstLine(candidate) };
  }
  const a = sortJson(command, maskJson(JSON.parse(golden), context));
  const b = sortJson(command, maskJson(parsed, context));
  if (isDeepStrictEqual(a, b)) return undefined;
  const lines = (value: unknown) => JSON.stringify(value, null, 1);
  return compareText(where, lines(a), lines(b));
}

function firstLine(text: string): string {
  return text.trimEnd().split('\n')[0];
}
