import { type CapturedFrame, type DecodedFrame, decodeFrames } from './decode.ts';
import { differingFields, type FieldDifference } from './fields.ts';
import type { CompareOptions } from './options.ts';
import { type TimerGap, timerGaps } from './timers.ts';

type Side = 'golden' | 'candidate';

/** Where a frame stands in its capture. */
export interface FrameReference {
  side: Side;
  /** From 1, as capture tools number frames. */
  number: number;
  frame: DecodedFrame;
  /** Seconds since the first frame of the capture; undefined when the file gives no times. */
  seconds: number | undefined;
}

export type Difference =
  | { kind: 'checksum'; at: FrameReference }
  | { kind: 'fields'; golden: FrameReference; candidate: FrameReference; fields: FieldDifference[] }
  | { kind: 'count'; at: FrameReference; goldenFrames: number; candidateFrames: number }
  | { kind: 'timer'; at: FrameReference; golden: TimerGap; candidate: TimerGap; tolerance: number }
  | { kind: 'unmatched'; at: FrameReference };

/**
 * Compares two captures frame by frame. Answers the first difference, with `options.all` every one; nothing
 * when the candidate is as good as the golden capture. Wrong checksums are told apart from the comparison
 * itself: with both, both are answered.
 */
export function compareCaptures(
  golden: readonly CapturedFrame[],
  candidate: readonly CapturedFrame[],
  options: CompareOptions,
): Difference[] {
  const a = decodeFrames(golden, options);
  const b = decodeFrames(candidate, options);
  const differences: Difference[] = [];
  if (options.checksums) {
    differences.push(...badChecksums('golden', a, options.all), ...badChecksums('candidate', b, options.all));
  }
  const compared = options.unordered ? compareUnordered(a, b) : compareOrdered(a, b, options);
  for (const difference of compared) {
    differences.push(difference);
    if (!options.all) break;
  }
  return differences;
}

function badChecksums(side: Side, frames: readonly DecodedFrame[], all: boolean): Difference[] {
  const bad: Difference[] = [];
  for (let i = 0; i < frames.length; i++) {
    if (frames[i].badChecksums.length > 0) bad.push({ kind: 'checksum', at: reference(side, frames, i) });
  }
  return all ? bad : bad.slice(0, 1);
}

/** Frame after frame; the first one that only one side has ends it. */
function* compareOrdered(
  golden: readonly DecodedFrame[],
  unarranged: readonly DecodedFrame[],
  options: CompareOptions,
): Generator<Difference> {
  const candidate = options.window > 0 ? rearrange(golden, unarranged, options) : unarranged;
  const timing = options.timing;
  const goldenGaps = timing === undefined ? [] : timerGaps(golden);
  const candidateGaps = timing === undefined ? [] : timerGaps(candidate);
  const common = Math.min(golden.length, candidate.length);
  for (let i = 0; i < common; i++) {
    const at = reference('golden', golden, i);
    const fields = differingFields(golden[i].fields, candidate[i].fields);
    if (fields.length > 0) {
      yield { kind: 'fields', golden: at, candidate: reference('candidate', candidate, i), fields };
    }
    const a = goldenGaps[i];
    const b = candidateGaps[i];
    if (timing === undefined || a === undefined || b === undefined || a.name !== b.name) continue;
    if (Math.abs(a.seconds - b.seconds) > timing) {
      yield { kind: 'timer', at, golden: a, candidate: b, tolerance: timing };
    }
  }
  if (golden.length === candidate.length) return;
  const at =
    golden.length > common ? reference('golden', golden, common) : reference('candidate', candidate, common);
  yield { kind: 'count', at, goldenFrames: golden.length, candidateFrames: candidate.length };
}

/** As multisets: every frame needs an equal on the other side, wherever it is. */
function* compareUnordered(
  golden: readonly DecodedFrame[],
  candidate: readonly DecodedFrame[],
): Generator<Difference> {
  const rest = candidate.map((_, index) => index);
  for (let i = 0; i < golden.length; i++) {
    const hit = rest.findIndex((j) => differingFields(golden[i].fields, candidate[j].fields).length === 0);
    if (hit < 0) yield { kind: 'unmatched', at: reference('golden', golden, i) };
    else rest.splice(hit, 1);
  }
  for (const j of rest) yield { kind: 'unmatched', at: reference('candidate', candidate, j) };
}

/**
 * The candidate's frames in the order of their golden equals, as far as none moves forward by more than
 * `window` seconds: which of two events in different namespaces comes first within microseconds is chance.
 */
function rearrange(
  golden: readonly DecodedFrame[],
  candidate: readonly DecodedFrame[],
  { window, keepInstants }: CompareOptions,
): DecodedFrame[] {
  const rest = [...candidate];
  const arranged: DecodedFrame[] = [];
  for (const wanted of golden) {
    if (rest.length === 0) break;
    let hit = 0;
    for (let j = 0; j < rest.length && isWithin(rest[0].time, rest[j].time, window); j++) {
      if (keepInstants && rest.slice(0, j).some(({ time }) => time === rest[j].time)) continue;
      if (differingFields(wanted.fields, rest[j].fields).length === 0) {
        hit = j;
        break;
      }
    }
    arranged.push(...rest.splice(hit, 1));
  }
  return [...arranged, ...rest];
}

/** Frames without a time are taken for near ones. */
function isWithin(from: bigint | undefined, to: bigint | undefined, window: number): boolean {
  return from === undefined || to === undefined || Number(to - from) <= window * 1e9;
}

function reference(side: Side, frames: readonly DecodedFrame[], index: number): FrameReference {
  const first = frames[0].time;
  const time = frames[index].time;
  const known = first !== undefined && time !== undefined;
  const seconds = known ? Number(time - first) / 1e9 : undefined;
  return { side, number: index + 1, frame: frames[index], seconds };
}
