import { decodeEthernet } from './decode-ethernet.ts';
import { newDecodeState } from './decode-state.ts';
import { type Field, FieldList, lastOccurrences, matchesPattern } from './fields.ts';
import type { CompareOptions } from './options.ts';

/** A frame as a capture file has it. */
export interface CapturedFrame {
  /** Nanoseconds since the epoch or since any other instant; undefined when the file gives no time. */
  time: bigint | undefined;
  bytes: Uint8Array;
  /** Bytes that were on the wire, of which `bytes` may be only the start. */
  originalLength: number;
}

export interface DecodedFrame {
  time: bigint | undefined;
  fields: Field[];
  /** Names of the checksums that were wrong, also of ignored fields. */
  badChecksums: string[];
}

/** Takes every frame apart and normalises it; the frames that `options.skip` names are left out. */
export function decodeFrames(frames: readonly CapturedFrame[], options: CompareOptions): DecodedFrame[] {
  const state = newDecodeState(options);
  const decoded: DecodedFrame[] = [];
  for (const frame of options.sort ? byTime(frames) : frames) {
    const list = new FieldList();
    list.add('frame.len', frame.originalLength);
    decodeEthernet(state, frame.bytes, frame.originalLength, list);
    const fields = list.fields.filter(({ name }) => !options.ignore.some((p) => matchesPattern(name, p)));
    if (isSkipped(fields, options.skip)) continue;
    decoded.push({ time: frame.time, fields, badChecksums: list.badChecksums });
  }
  return decoded;
}

/** In the order of the time stamps, those of equal time as they were; as they were when any has no time. */
function byTime(frames: readonly CapturedFrame[]): readonly CapturedFrame[] {
  const timed: { frame: CapturedFrame; time: bigint }[] = [];
  for (const frame of frames) {
    if (frame.time === undefined) return frames;
    timed.push({ frame, time: frame.time });
  }
  timed.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return timed.map(({ frame }) => frame);
}

/** An absent field has the text `None`, so that a rule can ask for its absence. */
function isSkipped(fields: readonly Field[], rules: CompareOptions['skip']): boolean {
  if (rules.length === 0) return false;
  const map = lastOccurrences(fields);
  return rules.some((rule) => rule.every(({ field, value }) => String(map.get(field) ?? 'None') === value));
}
