import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quote } from '../scenarios/diagnostic.ts';
import {
  type FaultyScenario,
  type LoadedScenario,
  type LoadOptions,
  loadScenario,
} from '../scenarios/index.ts';
import { UnreadableFile } from '../scenarios/input/input-files.ts';
import { CommandError, isSystemError, systemErrorText } from './command-error.ts';
import type { Io } from './io.ts';
import { nearestFile } from './nearest-file.ts';

/**
 * Bytes read of a file at most: more than the loader takes, and an end for files without one (`/dev/zero`).
 */
export const READ_MAX = 16 * 1024 * 1024;

/** Bytes of a file that a scenario names, at most. */
const INPUT_MAX = 256 * 1024 * 1024;

/** Reads and checks a scenario file; `-` is standard input. */
export async function readScenario(
  file: string,
  options: LoadOptions,
  io: Io,
): Promise<LoadedScenario | FaultyScenario> {
  const bytes = file === '-' ? await io.readStdin(READ_MAX) : readFile(file, io.cwd);
  if (bytes.length === READ_MAX) throw new CommandError(`${file} is too large for a scenario`);
  const folder = file === '-' ? io.cwd : dirname(resolve(io.cwd, file));
  const withFiles = { ...options, readFile: (path: string) => readInput(resolve(folder, path), path) };
  return loadScenario(decode(bytes, file), file === '-' ? '<stdin>' : file, withFiles);
}

/** Reads a file that a scenario names. */
function readInput(path: string, name: string): string | UnreadableFile {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > INPUT_MAX) return new UnreadableFile(`${quote(name)} is larger than 256 MiB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!isSystemError(error)) return new UnreadableFile(`${quote(name)} is not text in UTF-8`);
    const reason = systemErrorText(error);
    return new UnreadableFile(`cannot read ${quote(name)}: ${reason}`, nearestFile(path, /\.(csv|txt)$/));
  }
}

function readFile(file: string, cwd: string): Uint8Array {
  const path = resolve(cwd, file);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return readUpTo(descriptor, READ_MAX);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const nearest = (error as NodeJS.ErrnoException).code === 'ENOENT' ? nearestFile(path) : undefined;
    const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
    throw new CommandError(`cannot read ${file}: ${systemErrorText(error)}${hint}`);
  }
}

function readUpTo(descriptor: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const chunk = new Uint8Array(Math.min(256 * 1024, limit - total));
    const count = readSync(descriptor, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`cannot read ${file}: it is not text in UTF-8`);
  }
}
