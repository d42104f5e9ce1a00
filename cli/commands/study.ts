import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { renderStudyText } from '../../report/study/study-text.ts';
import { codeVersion } from '../../study/code-version.ts';
import { conduct, type PointOutcome, RunFailure } from '../../study/conduct.ts';
import { Journal } from '../../study/journal.ts';
import { type FaultyStudy, type LoadedStudy, loadStudy } from '../../study/load-study.ts';
import { JOURNAL_FILE } from '../../study/results/result-files.ts';
import { studyJson } from '../../study/results/study-json.ts';
import { RESULT_FILES, writeResults } from '../../study/results/write-results.ts';
import { InProcessRunner } from '../../study/runner/in-process-runner.ts';
import { PoolRunner } from '../../study/runner/pool-runner.ts';
import type { Runner } from '../../study/runner/runner.ts';
import { CommandError, SimulatorFailure, systemErrorText } from '../command-error.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { readText } from '../read-file.ts';
import { inputFilesOf } from '../read-scenario.ts';
import { linewiseJson } from '../results-text.ts';
import { StudyProgressLine } from '../study-progress.ts';

interface StudyOptions {
  out?: string;
  workers: number;
  quiet?: boolean;
  json?: boolean;
}

const WORKERS_MAX = 256;

/**
 * `podwire study FILE`: runs a scenario many times over; figures with confidence intervals, results in a
 * folder.
 */
export function addStudyCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  program
    .command('study')
    .description('run a study: a scenario many times over, varied; only runs that are missing are run')
    .argument('<FILE>', 'study file')
    .option('--out <DIR>', 'folder for the results (default: out/NAME of the study)')
    .option('--workers <N>', 'worker threads, 0 to run in this one', parseWorkers, availableParallelism())
    .option('--quiet', 'no progress on stderr')
    .option('--json', 'print the figures as JSON')
    .action(async (file: string, options: StudyOptions) => setStatus(await runStudy(file, options, io)));
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers <= WORKERS_MAX) return workers;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${WORKERS_MAX}.`);
}

async function runStudy(file: string, options: StudyOptions, io: Io): Promise<ExitStatus> {
  const loaded = readStudy(file, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  const shown = options.out ?? `out/${loaded.study.name}`;
  const folder = resolve(io.cwd, shown);
  const code = codeVersion();
  const { outcomes, complete } = await supervised(loaded, { folder, code, options, io });
  const facts = { complete, code, scenarioFile: scenarioPath(file, loaded) };
  const results = writeResults(folder, loaded, outcomes, facts);
  if (options.json) {
    io.stdout.write(linewiseJson({ ...studyJson(results), folder, files: [JOURNAL_FILE, ...RESULT_FILES] }));
  } else {
    const { colors, columns: width } = io.stdout;
    io.stdout.write(renderStudyText(results, { colors, width }));
    io.stdout.write(`\nresults in ${shown}/; look at them with: podwire report ${shown}\n`);
  }
  return complete ? ExitStatus.ok : ExitStatus.interrupted;
}

function readStudy(file: string, io: Io): LoadedStudy | FaultyStudy {
  return loadStudy(readText(file, io.cwd), file, (name) => {
    const fileName = fromFileOn(file, name);
    try {
      return { text: readText(fileName, io.cwd), fileName, readFile: inputFilesOf(fileName, io) };
    } catch (error) {
      if (error instanceof CommandError) return { problem: error.message };
      throw error;
    }
  });
}

/** As the user would have to name it. */
function scenarioPath(file: string, { study }: LoadedStudy): string {
  return fromFileOn(file, study.scenario);
}

/** A path that a file names, from the folder of that file on. */
function fromFileOn(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

interface Surroundings {
  folder: string;
  code: string;
  options: StudyOptions;
  io: Io;
}

/** Runs the study until it is done or the user stops it; a second Ctrl-C ends the process at once. */
async function supervised(
  loaded: LoadedStudy,
  { folder, code, options, io }: Surroundings,
): Promise<{ outcomes: PointOutcome[]; complete: boolean }> {
  const journal = openJournal(folder);
  const runner: Runner = options.workers === 0 ? new InProcessRunner() : new PoolRunner(options.workers);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => {
    if (stop.signal.aborted) io.exit(ExitStatus.interrupted);
    stop.abort();
  });
  const progress = options.quiet ? null : new StudyProgressLine(io.stderr, loaded.study.name);
  try {
    const outcomes = await conduct(loaded, {
      code,
      journal,
      runner,
      signal: stop.signal,
      onProgress: (now) => progress?.update(now),
    });
    return { outcomes, complete: !stop.signal.aborted };
  } catch (error) {
    throw error instanceof RunFailure ? asFailure(error) : error;
  } finally {
    progress?.end();
    await runner.close();
    journal.close();
    forget();
  }
}

/** A bug, unless it was only too large. */
function asFailure({ cause, settings, seed }: RunFailure): Error {
  const set = settings.map((text) => `--set '${text}'`).join(' ');
  if ((cause as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') {
    return new SimulatorFailure(cause, `running the study with ${set}`, seed, 0);
  }
  return new CommandError(
    `a run needs more memory than Node allows a worker (with ${set}): make it smaller, or allow more with ` +
      'NODE_OPTIONS=--max-old-space-size=MEGABYTES',
  );
}

function openJournal(folder: string): Journal {
  try {
    mkdirSync(folder, { recursive: true });
    return new Journal(join(folder, JOURNAL_FILE));
  } catch (error) {
    throw new CommandError(`cannot write ${join(folder, JOURNAL_FILE)}: ${systemErrorText(error)}`);
  }
}
