import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenCase, Stimulus } from './case.ts';
import { readUint16, readUint32 } from './compare/bytes.ts';
import { readFrames } from './compare/capture-file.ts';
import type { OutputDifference, OutputPair } from './outputs.ts';
import type { CaseRun } from './simulate-case.ts';

/**
 * Bulk transfers cannot agree frame by frame: what is compared is how fast they went, how much was sent again, the size
 * of segments and how the congestion window went.
 */

/** Share of the goodput by which two runs may differ. */
const GOODPUT = 0.03;
/** Share of the segments sent that may be sent again in one run and not in the other. */
const RETRANSMISSIONS = 0.02;
/** Mean distance of the two congestion windows, as a share of the golden one. */
const WINDOW = 0.15;

const ETHERNET = 14;
const TCP = 6;
const SYN = 0x02;

interface Frame {
  /** Nanoseconds. */
  time: number;
  bytes: Uint8Array;
  originalLength: number;
}

/** What a capture of the sender shows of its connection. */
interface Transfer {
  /** Nanoseconds, of the first SYN; -1 for none. */
  beganAt: number;
  segments: number;
  sentAgain: number;
  largest: number;
}

export function isBulk(stimulus: Stimulus): boolean {
  return stimulus.action?.type === 'tcp-bulk';
}

/** The outputs that tell of the state of a transfer: they are judged as a curve, not as text. */
export function showsTransfer({ golden }: OutputPair): boolean {
  return /^ss -\w*i/.test(golden.command);
}

/** Nanoseconds from the start of the captures to the first SYN of a bulk transfer; undefined when there is none. */
export function recordedStart(golden: GoldenCase, stimulus: Stimulus): number | undefined {
  const { beganAt } = transferOf(goldenFrames(golden, stimulus), stimulus);
  return beganAt < 0 ? undefined : beganAt;
}

/** In what a case's bulk transfers differ from those of the kernel. */
export function compareTransfers(golden: GoldenCase, run: CaseRun): OutputDifference[] {
  return golden.stimulus.filter(isBulk).flatMap((stimulus) => {
    const where = `${stimulus.ns} at ${stimulus.t_s} s: ${stimulus.cmd}`;
    const outcome = run.outcomes.find((one) => one.stimulus === stimulus);
    const found = [
      ...compareGoodput(stimulus.result, outcome?.outcome.result),
      ...compareSegments(
        transferOf(goldenFrames(golden, stimulus), stimulus),
        transferOf(run.captures.get(captureOf(golden, stimulus)?.file ?? '') ?? [], stimulus),
      ),
      ...compareWindows(run.outputs.filter((pair) => showsTransfer(pair) && inNamespace(pair, stimulus))),
    ];
    return found.map(({ part, ...both }) => ({ where: `${where} (${part})`, ...both }));
  });
}

interface Part {
  part: string;
  golden: string;
  candidate: string;
}

function compareGoodput(golden: unknown, candidate: unknown): Part[] {
  const [a, b] = [goodput(golden), goodput(candidate)];
  if (Math.abs(a - b) <= GOODPUT * a) return [];
  return [{ part: 'goodput', golden: `${a} bit/s`, candidate: `${b} bit/s` }];
}

function goodput(result: unknown): number {
  const value = (result as { goodput_bps?: unknown } | null | undefined)?.goodput_bps;
  return typeof value === 'number' ? value : Number.NaN;
}

function compareSegments(golden: Transfer, candidate: Transfer): Part[] {
  const parts: Part[] = [];
  const shares = [golden, candidate].map(({ sentAgain, segments }) => sentAgain / segments);
  if (!(Math.abs(shares[0] - shares[1]) <= RETRANSMISSIONS)) {
    const [a, b] = [golden, candidate].map(
      ({ sentAgain, segments }) => `${sentAgain} of ${segments} segments`,
    );
    parts.push({ part: 'sent again', golden: a, candidate: b });
  }
  if (golden.largest !== candidate.largest) {
    const [a, b] = [golden, candidate].map(({ largest }) => `${largest} bytes`);
    parts.push({ part: 'largest segment', golden: a, candidate: b });
  }
  return parts;
}

/** The congestion windows that `ss -ti` showed at the same times. */
function compareWindows(looks: readonly OutputPair[]): Part[] {
  const curve = looks
    .map(({ golden, candidate }) => [windowIn(golden.output), windowIn(candidate.stdout)])
    .filter(([a, b]) => a !== undefined && b !== undefined) as [number, number][];
  const distance = curve.reduce((sum, [a, b]) => sum + Math.abs(a - b) / a, 0) / curve.length;
  if (curve.length === 0 || distance <= WINDOW) return [];
  const [a, b] = [0, 1].map((side) => curve.map((pair) => pair[side]).join(' '));
  return [{ part: 'congestion window', golden: a, candidate: b }];
}

function windowIn(text: string): number | undefined {
  const found = /\bcwnd:(\d+)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function inNamespace({ golden }: OutputPair, { ns }: Stimulus): boolean {
  return golden.namespace === ns;
}

function captureOf(golden: GoldenCase, { ns }: Stimulus): { file: string } | undefined {
  return golden.captures.find((capture) => capture.ns === ns);
}

function goldenFrames(golden: GoldenCase, stimulus: Stimulus): Frame[] {
  const capture = captureOf(golden, stimulus);
  if (capture === undefined) return [];
  return readFrames(readFileSync(join(golden.folder, capture.file))).map(
    ({ time, bytes, originalLength }) => ({
      time: Number((time ?? 0n) - golden.startedEpoch),
      bytes,
      originalLength,
    }),
  );
}

/** Reads the segments to the transfer's destination port. */
function transferOf(frames: readonly Frame[], { action }: Stimulus): Transfer {
  const transfer: Transfer = { beganAt: -1, segments: 0, sentAgain: 0, largest: 0 };
  const seen = new Set<number>();
  for (const { time, bytes, originalLength } of frames) {
    if (bytes[12] !== 0x08 || bytes[13] !== 0 || bytes[ETHERNET + 9] !== TCP) continue;
    const tcp = ETHERNET + (bytes[ETHERNET] & 0xf) * 4;
    if (readUint16(bytes, tcp + 2) !== action?.dport) continue;
    if ((bytes[tcp + 13] & SYN) !== 0 && transfer.beganAt < 0) transfer.beganAt = time;
    const length = originalLength - tcp - (bytes[tcp + 12] >> 4) * 4;
    if (length <= 0) continue;
    const sequence = readUint32(bytes, tcp + 4);
    transfer.segments++;
    if (seen.has(sequence)) transfer.sentAgain++;
    seen.add(sequence);
    transfer.largest = Math.max(transfer.largest, length);
  }
  return transfer;
}
