import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { compareCaptures, type Difference } from '../compare/compare.ts';
import type { CapturedFrame } from '../compare/decode.ts';
import type { CompareOptions } from '../compare/options.ts';
import { compareOutput, compareText, type OutputDifference } from '../outputs.ts';
import { type CaseReport, failedReport, pcapFile, type RunOptions } from '../run-case.ts';
import { type MaskContext, maskText } from '../state-masks.ts';
import { compareStart } from './compare-start.ts';
import { isSleeve, unbundled } from './datagrams.ts';
import { DRAWS } from './draws.ts';
import { compareMtus, readMtuTimeline } from './mtu-watch.ts';
import { runWeave, type WeaveRun } from './run.ts';
import { readState } from './state.ts';
import { compareTimeline, readTimeline } from './timeline.ts';
import { parseWeaveTopology, type WeaveCapture, type WeaveTopology } from './topology.ts';

/** Seconds for which the recorded machine did nothing now and then. */
const HICCUP = 0.5;

/** Whether a `TOPOLOGY.md` is of Weave routers. */
export function isWeaveCase(folder: string): boolean {
  return /^\|.*`weaver /m.test(readFileSync(join(folder, 'TOPOLOGY.md'), 'utf8'));
}

/** Simulates a recording of Weave routers and compares what came of it. */
export function runWeaveCase(folder: string, options: RunOptions): CaseReport {
  const name = basename(resolve(folder));
  try {
    const topology = parseWeaveTopology(readFileSync(join(folder, 'TOPOLOGY.md'), 'utf8'));
    return bestAttempt(name, folder, topology, options);
  } catch (error) {
    return failedReport(name, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Who asks whom for space, whose message comes first, how long a neighbour is taken for reachable: all that is drawn.
 * The first draw that agrees in everything, else the one with the fewest differences.
 */
function bestAttempt(name: string, folder: string, topology: WeaveTopology, options: RunOptions): CaseReport {
  let best: { run: WeaveRun; report: CaseReport; count: number } | undefined;
  for (let draw = 0; draw < DRAWS; draw++) {
    const run = runWeave(folder, topology, options.queue, draw);
    const report = judge(name, folder, topology, run, options);
    const count =
      report.captures.flatMap(({ differences }) => differences).length + report.outputDifferences.length;
    if (best === undefined || count < best.count) best = { run, report, count };
    if (report.verdict === 'passed') break;
  }
  if (options.out !== undefined) writeCaptures(best!.run, join(options.out, name));
  return best!.report;
}

function writeCaptures({ captures }: WeaveRun, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, frames] of captures) writeFileSync(join(folder, file), pcapFile(frames, 0n));
}

function judge(
  name: string,
  folder: string,
  topology: WeaveTopology,
  run: WeaveRun,
  options: RunOptions,
): CaseReport {
  const compare = { ...options.compare, window: Math.max(options.compare.window, HICCUP) };
  const context = maskContext(topology);
  const sealed = topology.password !== undefined;
  const parts = topology.captures.map((capture) => compareCapture(capture, run, compare, sealed));
  const captures = parts.map(({ file, frames, differences }) => ({ file, frames, differences }));
  const events = [
    ...compareAddresses(topology, run),
    ...parts.flatMap(({ classes }) => classes),
    ...comparePings(run, context),
    ...compareMoments(folder, run),
  ];
  const outputs = readState(folder, topology, run.cluster);
  const states = outputs.flatMap((pair) => compareOutput(pair, context) ?? []);
  // a case without captures has nothing but its outputs to be judged by
  const statesCount = options.countOutputs || captures.length === 0;
  const agree = captures.every(({ differences }) => differences.length === 0) && events.length === 0;
  const { pods, peers } = topology;
  return {
    name,
    verdict: agree && (!statesCount || states.length === 0) ? 'passed' : 'failed',
    captures,
    outputsCompared: outputs.length + run.pings.length + run.moments.length + pods.length + peers.length,
    outputsUnsupported: [],
    outputDifferences: [...events, ...states],
  };
}

function comparePings({ pings }: WeaveRun, context: MaskContext): OutputDifference[] {
  return pings.flatMap(({ ns, command, golden, candidate }) => {
    if (golden === undefined) return [];
    const [a, b] = [golden, candidate].map((output) => maskText(command, output, context));
    return compareText(`${ns}: ${command}`, a, b) ?? [];
  });
}

function compareMoments(folder: string, { moments, mtus }: WeaveRun): OutputDifference[] {
  const timeline = readTimeline(folder);
  const mtuTimeline = readMtuTimeline(folder);
  return [
    ...(timeline === undefined ? [] : compareTimeline(timeline, moments)),
    ...(mtuTimeline === undefined ? [] : compareMtus(mtuTimeline, mtus)),
  ];
}

/** Reachable times are half a base of 5 s at least. */
function maskContext({ peers, pods }: WeaveTopology): MaskContext {
  const macs = [...peers.flatMap(({ name, mac }) => [name, mac]), ...pods.map(({ mac }) => mac)];
  return { knownMacs: new Set(macs), reachabilityIsRandom: true };
}

/** Who got which address. */
function compareAddresses({ peers, pods }: WeaveTopology, { cluster }: WeaveRun): OutputDifference[] {
  const wanted: [string, string, string][] = [
    ...peers.map(({ number, bridgeAddress }): [string, string, string] => [
      `peer ${number}`,
      number,
      bridgeAddress,
    ]),
    ...pods.map(({ name, address }): [string, string, string] => [`pod ${name}`, name, address]),
  ];
  return wanted.flatMap(([who, key, address]) => {
    return compareText(`address of ${who}`, address, cluster.addresses.get(key) ?? 'none') ?? [];
  });
}

interface ComparedCapture {
  file: string;
  frames: number;
  differences: Difference[];
  classes: OutputDifference[];
}

/**
 * Of the underlay only the routers' datagrams are compared, frame by frame: a datagram that was split has no checksum
 * any more, and of a sealed one in fragments each byte differs.
 */
function compareCapture(
  { file, isStart }: WeaveCapture,
  run: WeaveRun,
  options: CompareOptions,
  sealed: boolean,
): ComparedCapture {
  const golden = run.times.captures.get(file)!;
  const candidate = run.captures.get(file)!;
  const frames = golden.length;
  if (isStart) return { file, frames, ...compareStart(file, golden, candidate, options) };
  if (!isUnderlay(golden))
    return { file, frames, differences: compareCaptures(golden, candidate, options), classes: [] };
  const [a, b] = [golden, candidate].map(unbundled);
  const ignore = [...options.ignore, 'udp.checksum', ...(sealed ? ['ip.payload'] : [])];
  return { file, frames, differences: compareCaptures(a, b, { ...options, ignore }), classes: [] };
}

/** Of nodes' interfaces; what is not their routers' comes at other times. */
function isUnderlay(frames: readonly CapturedFrame[]): boolean {
  const ports = (frame: CapturedFrame) =>
    isSleeve(frame) && frame.bytes[34] === 0x1a && frame.bytes[35] === 0x7f;
  return frames.some(ports);
}
