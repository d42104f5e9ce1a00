import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quote } from '../scenarios/diagnostic.ts';
import {
  type FaultyScenario,
  type LoadedScenario,
  type LoadOptions,
  loadScenario,
} from '../scenarios/index.ts';
import { type ReadFile, UnreadableFile } from '../scenarios/input/input-files.ts';
import { isSystemError, systemErrorText } from './command-error.ts';
import type { Io } from './io.ts';
import { nearestFile } from './nearest-file.ts';
import { decodeText, READ_MAX, readText } from './read-file.ts';

/** Bytes of a file that a scenario names, at most. */
const INPUT_MAX = 256 * 1024 * 1024;

/** Reads and checks a scenario file; `-` is standard input. */
export async function readScenario(
  file: string,
  options: LoadOptions,
  io: Io,
): Promise<LoadedScenario | FaultyScenario> {
  const text = file === '-' ? decodeText(await io.readStdin(READ_MAX), file) : readText(file, io.cwd);
  const readFile = inputFilesOf(file === '-' ? 'stdin' : file, io);
  return loadScenario(text, file === '-' ? '<stdin>' : file, { ...options, readFile });
}

/** Reads the files that a scenario names; they are looked for from its own folder on. */
export function inputFilesOf(scenarioFile: string, { cwd }: Io): ReadFile {
  const folder = dirname(resolve(cwd, scenarioFile));
  return (path) => readInput(resolve(folder, path), path);
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
