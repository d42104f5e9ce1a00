import type { Difference, FrameReference } from './compare.ts';
import type { FieldDifference } from './fields.ts';
import { summarise } from './summary.ts';

/** Up to so many fields that only one frame has are listed. */
const FIELDS_SHOWN = 4;

/** A difference for reading: what and where, the fields that differ, the frames on one line each. */
export function differenceLines(difference: Difference): string[] {
  switch (difference.kind) {
    case 'checksum': {
      const { at } = difference;
      return [`${place(at)}: bad checksum in ${at.frame.badChecksums.join(', ')}`, `    ${frameLine(at)}`];
    }
    case 'fields': {
      const { golden, candidate, fields } = difference;
      return [
        `frame ${golden.number} differs (golden at ${instant(golden)}, candidate at ${instant(candidate)}):`,
        ...fieldLines(fields),
        `    golden:    ${frameLine(golden)}`,
        `    candidate: ${frameLine(candidate)}`,
      ];
    }
    case 'count': {
      const { at, goldenFrames, candidateFrames } = difference;
      const counts = `golden has ${goldenFrames} frames, candidate ${candidateFrames}`;
      return [
        `frame ${at.number} is only in the ${at.side} (${counts}), at ${instant(at)}:`,
        `    ${frameLine(at)}`,
      ];
    }
    case 'timer': {
      const { at, golden, candidate, tolerance } = difference;
      const gaps = `${golden.seconds.toFixed(3)} s in golden, ${candidate.seconds.toFixed(3)} s in candidate`;
      return [
        `frame ${at.number}: timer ${golden.name}: ${gaps} (tolerance ${tolerance} s)`,
        `    ${frameLine(at)}`,
      ];
    }
    case 'unmatched':
      return [
        `${place(difference.at)} at ${instant(difference.at)} has no equal on the other side:`,
        `    ${frameLine(difference.at)}`,
      ];
  }
}

function place(at: FrameReference): string {
  return `${at.side} frame ${at.number}`;
}

function instant(at: FrameReference): string {
  return at.seconds === undefined ? 'no time' : `${at.seconds.toFixed(6)} s`;
}

function frameLine(at: FrameReference): string {
  return summarise(at.frame.fields, at.frame.badChecksums);
}

/** Frames of different kinds have few fields in common: the summaries tell that better than a list. */
function fieldLines(fields: readonly FieldDifference[]): string[] {
  const inBoth = fields.filter(({ golden, candidate }) => golden !== undefined && candidate !== undefined);
  const inOne = fields.length - inBoth.length;
  if (inBoth.length === 0 || inOne <= FIELDS_SHOWN) return fields.map(fieldLine);
  return [...inBoth.map(fieldLine), `    and ${inOne} fields that only one of the frames has`];
}

function fieldLine({ name, golden, candidate }: FieldDifference): string {
  const left = `golden ${golden ?? '(absent)'}`;
  return `    ${name.padEnd(24)} ${left.padEnd(40)} candidate ${candidate ?? '(absent)'}`;
}
