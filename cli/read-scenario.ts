import {
  type FaultyScenario,
  type LoadedScenario,
  type LoadOptions,
  loadScenario,
} from '../scenarios/index.ts';
import type { Io } from './io.ts';
import { decodeText, READ_MAX, readText } from './read-file.ts';

/** Reads and checks a scenario file; `-` is standard input. */
export async function readScenario(
  file: string,
  options: LoadOptions,
  io: Io,
): Promise<LoadedScenario | FaultyScenario> {
  const text = file === '-' ? decodeText(await io.readStdin(READ_MAX), file) : readText(file, io.cwd);
  return loadScenario(text, file === '-' ? '<stdin>' : file, options);
}
