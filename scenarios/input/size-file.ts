import { MESSAGE_HEADER_LENGTH } from '../../models/traffic/tcp/message.ts';
import { quote, type ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import { MESSAGE_MAX } from '../schema/traffic-tcp.ts';
import { parseSize } from '../schema/units.ts';
import { type CsvRow, csvRows } from './csv.ts';

/**
 * Sizes in bytes, one a line: bare numbers or with a unit, in the first column of a CSV file or in the one named
 * `column` by the first line. What is wrong is reported with its place in the file.
 * @returns undefined when something is wrong
 */
export function readSizes(
  text: string,
  file: string,
  column: string | undefined,
  path: ScenarioPath,
  problems: Problems,
): Float64Array | undefined {
  const sizes: number[] = [];
  let place = column === undefined ? 0 : -1;
  let first = true;
  let sound = true;
  for (const row of csvRows(text)) {
    const isHead = first && (column !== undefined || Number.isNaN(sizeOf(row.fields[0])));
    first = false;
    if (isHead) {
      if (column === undefined) continue;
      place = row.fields.indexOf(column);
      if (place >= 0) continue;
      const message = `${quote(file)} has no column ${quote(column)}`;
      problems.error([...path, 'column'], message, { nearest: () => nearestName(column, row.fields) });
      return undefined;
    }
    const bytes = sizeOf(row.fields[place] ?? '');
    if (bytes >= MESSAGE_HEADER_LENGTH && bytes <= MESSAGE_MAX) sizes.push(bytes);
    else {
      sound = false;
      reportSize(row, place, file, path, problems);
    }
    if (sizes.length > limits.rows) return tooMany(file, path, problems);
  }
  if (sound && sizes.length === 0) problems.error([...path, 'file'], `${quote(file)} has no sizes`);
  return sound && sizes.length > 0 ? Float64Array.from(sizes) : undefined;
}

/** Bytes of `1200` or `1.2kB`; NaN for something else. */
export function sizeOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const bytes = parseSize(text);
  return typeof bytes === 'number' ? bytes : Number.NaN;
}

function reportSize(row: CsvRow, place: number, file: string, path: ScenarioPath, problems: Problems): void {
  const text = row.fields[place];
  const message =
    text === undefined ? 'the line has no such column' : `${quote(text)} is not a size of a message`;
  const column = row.columns[place] ?? row.columns.at(-1)!;
  problems.error([...path, 'file'], message, {
    expected: `bytes from ${MESSAGE_HEADER_LENGTH} to 1 TiB`,
    place: { file, line: row.line, column },
  });
}

function tooMany(file: string, path: ScenarioPath, problems: Problems): undefined {
  problems.error([...path, 'file'], `${quote(file)} has too many lines`, {
    expected: `at most ${limits.rows}`,
  });
}
