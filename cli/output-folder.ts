import { existsSync, lstatSync, mkdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { writeWhole } from '../study/results/write-whole.ts';
import { CommandError, systemErrorText } from './command-error.ts';
import { FileSinks } from './file-sink.ts';

export const RESULTS_FILE = 'results.json';

/**
 * The folder that a run writes to, and nothing outside it. Until `begin` nothing is touched, so that a run
 * that cannot start leaves the files of the last one alone; `discard` takes away what a failed run has begun.
 */
export class OutputFolder {
  /** Absolute. */
  readonly path: string;
  /** Names of the files that the run writes, in the order in which they were opened. */
  readonly files: string[] = [];
  /** What files that are not made yet will begin with. */
  private readonly waiting = new Map<string, Uint8Array[]>();
  private readonly sinks = new FileSinks();
  private madeFolder = false;
  private begun = false;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** A file of the run, to be opened before `begin`; answers where its bytes go. */
  open(name: string): (bytes: Uint8Array) => void {
    const path = this.pathOf(name);
    const taken = [RESULTS_FILE, ...this.files].find((file) => file.toLowerCase() === name.toLowerCase());
    if (taken !== undefined) throw new CommandError(`capture file "${name}": ${taken} is written as well`);
    if (!isInside(this.path, path)) throw this.leaves(name);
    this.files.push(name);
    this.waiting.set(name, []);
    return (bytes) => {
      if (this.begun) this.sinks.write(path, bytes);
      else this.waiting.get(name)!.push(bytes.slice());
    };
  }

  /** Where a file of the run is. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /**
   * The run starts: files are made, replacing those of the last run. All of them are looked at before any is.
   */
  begin(): void {
    this.attempt('.', () => {
      this.madeFolder = mkdirSync(this.path, { recursive: true }) !== undefined;
    });
    for (const name of [RESULTS_FILE, ...this.files]) this.attempt(name, () => this.prepare(name));
    this.begun = true;
    // results of an earlier run must not lie beside captures of this one
    rmSync(join(this.path, RESULTS_FILE), { force: true });
    for (const [name, chunks] of this.waiting) {
      const path = join(this.path, name);
      this.attempt(name, () => this.sinks.create(path));
      for (const chunk of chunks) this.sinks.write(path, chunk);
    }
    this.waiting.clear();
  }

  /** Closes the captures and writes the results beside them, whole or not at all. */
  finish(results: string): void {
    this.sinks.close();
    this.attempt(RESULTS_FILE, () => writeWhole(join(this.path, RESULTS_FILE), results));
    this.files.push(RESULTS_FILE);
  }

  /** Takes back the files that this run has made, and the folder if nothing else is in it. */
  discard(): void {
    this.sinks.close();
    if (this.begun) for (const name of this.files) rmSync(join(this.path, name), { force: true });
    if (this.madeFolder) {
      try {
        rmdirSync(this.path);
      } catch {
        // something else is in it: it stays
      }
    }
  }

  /** Makes the folders of a file and sees that it may be written. */
  private prepare(name: string): void {
    const path = join(this.path, name);
    const root = realpathSync(this.path);
    const parts = relative(this.path, dirname(path)).split(sep);
    let folder = this.path;
    for (const part of parts) {
      folder = join(folder, part);
      if (!existsSync(folder)) mkdirSync(folder);
      // a link in the folder may lead out of it: what counts is where a path really ends
      if (!isInside(root, realpathSync(folder))) throw this.leaves(name);
    }
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
      throw new CommandError(`cannot write ${path}: what is there is not a plain file`);
    }
  }

  private leaves(name: string): CommandError {
    return new CommandError(`"${name}" leaves the output folder ${this.path}`);
  }

  private attempt(name: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`cannot write ${join(this.path, name)}: ${systemErrorText(error)}`);
    }
  }
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
