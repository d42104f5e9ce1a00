import type { ScenarioPath } from '../diagnostic.ts';
import type { Problems } from '../problems.ts';

/** Why a file could not be read, in words. */
export class UnreadableFile {
  constructor(
    readonly message: string,
    readonly nearest?: string,
  ) {}
}

/** Reads a file that a scenario names, by its path as the scenario has it; handed in from above. */
export type ReadFile = (path: string) => string | UnreadableFile;

/** Who cannot read files. */
export const READS_NOTHING: ReadFile = () => new UnreadableFile('no file can be read here');

/** The files that a scenario names, each read once. */
export class InputFiles {
  private readonly readFile: ReadFile;
  private readonly texts = new Map<string, string | UnreadableFile>();

  constructor(readFile: ReadFile) {
    this.readFile = readFile;
  }

  /** The text of a file; undefined when there is none, which is reported at `path`. */
  text(file: string, path: ScenarioPath, problems: Problems): string | undefined {
    const text = this.texts.get(file) ?? this.readFile(file);
    this.texts.set(file, text);
    if (typeof text === 'string') return text;
    problems.error(path, text.message, { nearest: text.nearest });
    return undefined;
  }
}
