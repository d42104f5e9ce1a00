import type { RunResult } from '../scenarios/builder/run-result.ts';
import type { Colors } from './colors.ts';
import { coreTable } from './summary-cores.ts';
import { dropTable } from './summary-drops.ts';
import { connectionTable, latencyTable, lossTable, trafficTable } from './summary-flows.ts';
import { linkTable } from './summary-links.ts';
import { qdiscTable } from './summary-qdiscs.ts';
import { thresholdTable } from './summary-thresholds.ts';
import { weaveTable } from './summary-weave.ts';
import { formatApproximate, formatCount, formatDuration } from './units.ts';

/** What is known of a run beside its results: how it went here and now. */
export interface RunFacts {
  /** Milliseconds of wall time that the simulation took, building not counted. */
  wallTime: number;
  /** Milliseconds that building the network took. */
  buildTime: number;
  /** False when the user stopped it. */
  complete: boolean;
  /** Simulated nanoseconds at which it was to end. */
  stop: number;
  /** The output folder as the user would name it. */
  folder: string;
  /** Names of the files in it. */
  files: readonly string[];
}

export interface SummaryOptions {
  colors: Colors;
  /** Columns of the screen. */
  width: number;
}

/** Problems and files listed at most. */
const LISTED = 8;

/** The figures of a run on one screen. */
export function renderSummary(result: RunResult, facts: RunFacts, options: SummaryOptions): string {
  const width = Math.min(options.width, 100);
  const table = { ...options, width };
  const parts = [
    headLines(result, facts, options.colors),
    section('traffic', trafficTable(result.flows, table), options.colors),
    section('latency', latencyTable(result.flows, table), options.colors),
    section('connections', connectionTable(result.flows, table), options.colors),
    section('losses', lossTable(result.flows, table), options.colors),
    section('links', linkTable(result.links, table), options.colors),
    section('queueing disciplines', qdiscTable(result.qdiscs, table), options.colors),
    section('cores', coreTable(result.cores, table), options.colors),
    section('weave', weaveTable(result.weave ?? [], table), options.colors),
    section('drops', dropTable(result.drops, table), options.colors),
    section('thresholds', thresholdTable(result.thresholds, table), options.colors),
    section('problems', problemLines(result.problems, options.colors), options.colors),
    fileLines(facts, options.colors),
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

function headLines(result: RunResult, facts: RunFacts, colors: Colors): string[] {
  const { packets, fingerprint } = result;
  const perSecond = (count: number, what: string) =>
    `${formatApproximate((count / Math.max(facts.wallTime, 0.001)) * 1000)} ${what}/s`;
  const interrupted = facts.complete ? '' : colors.yellow('  interrupted');
  const milliseconds = (time: number) => formatDuration(time * 1e6);
  const simulated = facts.complete
    ? formatDuration(result.simulatedTime)
    : `${formatDuration(result.simulatedTime)} of ${formatDuration(facts.stop)}`;
  return [
    `${colors.bold(result.scenario)}  seed ${result.seed}${interrupted}`,
    `  simulated    ${simulated} in ${milliseconds(facts.wallTime)} of wall time, ` +
      `built in ${milliseconds(facts.buildTime)}`,
    `  speed        ${perSecond(result.events, 'events')}, ${perSecond(result.packetHops, 'packet-hops')}`,
    `  work         ${formatCount(result.events)} events, ${formatCount(result.packetHops)} packet-hops`,
    `  packets      ${packetLine(packets)}`,
    `  fingerprint  ${fingerprint.packets} packets, ${fingerprint.timed} with times`,
  ];
}

function packetLine(packets: RunResult['packets']): string {
  const total = packets.created + packets.copied;
  const parts = [`${formatCount(packets.delivered)} delivered`, `${formatCount(packets.dropped)} dropped`];
  if (packets.inFlight > 0) parts.push(`${formatCount(packets.inFlight)} on their way`);
  const copies = packets.copied > 0 ? ` (${formatCount(packets.copied)} of them copies made on the way)` : '';
  return `${formatCount(total)}${copies}: ${parts.join(', ')}`;
}

function section(title: string, lines: readonly string[], colors: Colors): string[] {
  return lines.length === 0 ? [] : [colors.bold(title), ...lines];
}

function problemLines(problems: readonly string[], colors: Colors): string[] {
  const lines = problems.slice(0, LISTED).map((problem) => `  ${colors.yellow(problem)}`);
  if (problems.length > LISTED) lines.push(`  and ${problems.length - LISTED} more`);
  return lines;
}

function fileLines(facts: RunFacts, colors: Colors): string[] {
  if (facts.files.length === 0) return [];
  const captures = facts.files.filter((file) => /\.pcap(ng)?$/.test(file));
  const lines = [`${colors.bold('files')} in ${facts.folder}/`];
  for (const file of facts.files.slice(0, LISTED)) lines.push(`  ${file}`);
  if (facts.files.length > LISTED) lines.push(`  and ${facts.files.length - LISTED} more`);
  if (captures.length > 0)
    lines.push(colors.dim(`  open a capture with: wireshark ${facts.folder}/${captures[0]}`));
  return lines;
}
