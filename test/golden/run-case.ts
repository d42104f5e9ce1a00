import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PcapWriter } from '../../engine/pcap-writer/index.ts';
import { compareTransfers, isBulk, showsTransfer } from './bulk.ts';
import type { GoldenCase } from './case.ts';
import { readFrames } from './compare/capture-file.ts';
import { compareCaptures, type Difference } from './compare/compare.ts';
import type { CapturedFrame } from './compare/decode.ts';
import { applyHints, type CompareOptions } from './compare/options.ts';
import type { EventQueueName } from './event-queues.ts';
import type { RecordedFrame } from './frame-recorder.ts';
import { missingMechanism } from './mechanisms.ts';
import { compareOutcome, outcomeRecord } from './outcomes.ts';
import { compareOutput, maskContext, type OutputDifference } from './outputs.ts';
import { type CaseRun, MissingMechanism, SimulationError, simulateCase } from './simulate-case.ts';
import { StimulusError } from './stimulus.ts';

export interface RunOptions {
  compare: CompareOptions;
  queue: EventQueueName;
  /** Differences in outcomes and outputs fail a case, too. */
  countOutputs: boolean;
  /** Where to write captures and outcomes; undefined: nowhere. */
  out: string | undefined;
}

interface CaptureReport {
  file: string;
  frames: number;
  differences: Difference[];
}

export interface CaseReport {
  name: string;
  verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or why it could not be simulated. */
  reason?: string;
  captures: CaptureReport[];
  /** Commands and stimuli whose output was compared. */
  outputsCompared: number;
  /** Those that the simulator's shell does not have, with what they would need. */
  outputsUnsupported: string[];
  outputDifferences: OutputDifference[];
}

/** Draws of the kernel's random times that are tried before a case counts as failed. */
const DRAWS = 64;

/** Simulates a case and compares what came of it with what the kernel did. */
export function runCase(golden: GoldenCase, options: RunOptions): CaseReport {
  const missing = missingMechanism(golden);
  if (missing !== undefined) return emptyReport(golden.name, 'skipped', missing);
  let best: Attempt;
  try {
    best = bestAttempt(golden, options);
  } catch (error) {
    if (error instanceof MissingMechanism) return emptyReport(golden.name, 'skipped', error.message);
    return failedReport(golden.name, failureText(error));
  }
  if (options.out !== undefined) writeRun(golden, best.run, join(options.out, golden.name));
  return best.report;
}

interface Attempt {
  run: CaseRun;
  report: CaseReport;
}

/** The first draw of the kernel's random times that agrees with what it did; the one that comes nearest if none does. */
function bestAttempt(golden: GoldenCase, options: RunOptions): Attempt {
  let best: Attempt | undefined;
  for (let draw = 0; draw < DRAWS; draw++) {
    const run = simulateCase(golden, options.queue, draw);
    const report = judge(golden, run, options);
    if (best === undefined || agreement(report) > agreement(best.report)) best = { run, report };
    if (report.verdict === 'passed' || !run.drewTimes) break;
  }
  return best!;
}

/** Seconds up to the first frame that differs. */
function agreement({ captures, verdict }: CaseReport): number {
  if (verdict === 'passed') return Number.POSITIVE_INFINITY;
  const times = captures.flatMap(({ differences }) =>
    differences.map((one) => (one.kind === 'fields' ? one.golden : one.at).seconds ?? 0),
  );
  return Math.min(Number.MAX_VALUE, ...times);
}

/** The report of a case that came to nothing. */
export function failedReport(name: string, reason: string): CaseReport {
  return emptyReport(name, 'failed', reason);
}

function emptyReport(name: string, verdict: CaseReport['verdict'], reason: string): CaseReport {
  const nothing = { captures: [], outputsCompared: 0, outputsUnsupported: [], outputDifferences: [] };
  return { name, verdict, reason, ...nothing };
}

/** A case gone wrong must not take the others down: what is no known trouble is told with its stack. */
function failureText(error: unknown): string {
  if (error instanceof SimulationError || error instanceof StimulusError) return error.message;
  return error instanceof Error ? `the simulator failed: ${error.stack}` : String(error);
}

function judge(golden: GoldenCase, run: CaseRun, options: RunOptions): CaseReport {
  const captures = golden.compare_hints.skip_frames ? [] : compareAll(golden, run, options.compare);
  const context = maskContext(golden);
  const texts = run.outputs.filter((pair) => !showsTransfer(pair));
  const transferDifferences = compareTransfers(golden, run);
  const outputDifferences = [
    ...transferDifferences,
    ...run.outcomes.flatMap((outcome) => compareOutcome(outcome, context)),
    ...texts.flatMap((pair) => compareOutput(pair, context) ?? []),
  ];
  const outputsUnsupported = unsupportedOutputs(run);
  const framesAgree = captures.every(({ differences }) => differences.length === 0);
  // a case without captures has nothing but its outputs to be judged by
  const onlyOutputs = captures.length === 0 && !golden.stimulus.some(isBulk);
  const outputsCount = options.countOutputs || onlyOutputs;
  const agree = framesAgree && transferDifferences.length === 0;
  const passed = agree && (!outputsCount || outputDifferences.length === 0);
  return {
    name: golden.name,
    verdict: passed ? 'passed' : 'failed',
    captures,
    outputsCompared: run.outcomes.length + run.outputs.length - outputsUnsupported.length,
    outputsUnsupported,
    outputDifferences,
  };
}

function unsupportedOutputs({ outcomes, outputs }: CaseRun): string[] {
  const commands = [
    ...outcomes.map(({ stimulus, unsupported }) => ({ command: stimulus.cmd, unsupported })),
    ...outputs.map(({ golden, candidate }) => ({
      command: golden.command,
      unsupported: candidate.unsupported,
    })),
  ];
  return commands
    .filter(({ unsupported }) => unsupported.length > 0)
    .map(({ command, unsupported }) => `${command}: ${unsupported.join(', ')}`);
}

function compareAll(golden: GoldenCase, run: CaseRun, options: CompareOptions): CaptureReport[] {
  const hinted = applyHints(options, golden.compare_hints);
  return [...run.captures].map(([file, frames]) => {
    const wanted = readFrames(readFileSync(join(golden.folder, file)));
    const differences = compareCaptures(wanted, frames.map(asCaptured), hinted);
    return { file, frames: wanted.length, differences };
  });
}

function asCaptured(frame: RecordedFrame): CapturedFrame {
  return { ...frame, time: BigInt(frame.time) };
}

/** Writes the captures under their golden names and the outcomes as `outcomes.json`. */
function writeRun(golden: GoldenCase, run: CaseRun, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, frames] of run.captures) {
    writeFileSync(join(folder, file), pcapFile(frames.map(asCaptured), golden.startedEpoch));
  }
  const outcomes = run.outcomes.map(outcomeRecord);
  writeFileSync(join(folder, 'outcomes.json'), `${JSON.stringify(outcomes, null, 1)}\n`);
}

/** A capture file of frames with times in nanoseconds since `epochNanoseconds`. */
export function pcapFile(frames: readonly CapturedFrame[], epochNanoseconds: bigint): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new PcapWriter((bytes) => chunks.push(Uint8Array.from(bytes)), { epochNanoseconds });
  for (const { time, bytes, originalLength } of frames) {
    writer.writePacket(Number(time), bytes, bytes.length, originalLength);
  }
  writer.flush();
  return Buffer.concat(chunks);
}
