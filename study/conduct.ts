import { printDuration } from '../scenarios/schema/units.ts';
import type { Journal } from './journal.ts';
import type { LoadedStudy, Point } from './load-study.ts';
import { replicationsOf, seedOf } from './replications.ts';
import type { RunJob, RunRecord } from './run-job.ts';
import { runKey, scenarioDigest } from './run-key.ts';
import type { Runner } from './runner/runner.ts';
import { isPrecise, runsWanted } from './stopping-rule.ts';
import { PILOT_SAMPLES } from './warmup.ts';

/** A run that is done. */
export interface FinishedRun {
  key: string;
  /** From 0. */
  replication: number;
  seed: number;
  metrics: RunRecord['metrics'];
}

/** A point with the runs that it has. */
export interface PointOutcome {
  point: Point;
  /** What `--set` has to say to get its runs, the warm-up that was found with it. */
  settings: string[];
  /** Nanoseconds that MSER-5 has found; null when it was not asked. */
  warmup: number | null;
  /** False when the pilot run had not settled in its first half. */
  settled: boolean;
  /** In the order of their numbers. */
  runs: FinishedRun[];
  /** Whether the wanted precision is reached; null when none is wanted. */
  precise: boolean | null;
}

export interface StudyProgress {
  done: number;
  /** Runs known to be needed; more may be wanted for precision. */
  total: number;
  /** Runs among those done that the journal had. */
  kept: number;
}

export interface Conduct {
  code: string;
  journal: Journal;
  runner: Runner;
  onProgress(progress: StudyProgress): void;
  /** Ends the study early; what is done by then is in the outcome. */
  signal: AbortSignal;
}

/** A run of the study failed: a bug, or too little memory. */
export class RunFailure extends Error {
  constructor(
    override readonly cause: unknown,
    readonly settings: readonly string[],
    readonly seed: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Samples of series in the first run of a point, unless the study says how far apart they are. */
const SERIES_SAMPLES = 200;

/**
 * Runs whatever runs of the study are missing. The outcome depends on the study alone: not on the runner, the
 * number of its workers, or what was done before.
 * @throws RunFailure
 */
export async function conduct(loaded: LoadedStudy, options: Conduct): Promise<PointOutcome[]> {
  const conductor = new Conductor(loaded, options);
  await conductor.run();
  return conductor.states.map((state) => state.outcome(loaded));
}

/** A run to be done, and who waits for its record. */
interface Task {
  job: RunJob;
  done(record: RunRecord): void;
}

/** What is particular to a run of a point. */
interface RunOfPoint {
  replication: number | 'pilot';
  seriesEvery: number | null;
  /** Nanoseconds. */
  warmup: number;
}

class PointState {
  warmup: number | null = null;
  settled = true;
  readonly settings: string[];
  readonly digest: string;
  readonly runs: FinishedRun[] = [];
  /** Runs wanted by now. */
  wanted = 0;
  /** Those of `runs` that are there: they come in any order. */
  finished = 0;

  constructor(readonly point: Point) {
    this.settings = [...point.settings];
    this.digest = scenarioDigest(point.scenario, point.files);
  }

  outcome({ study }: LoadedStudy): PointOutcome {
    const { point, settings, warmup, settled } = this;
    const runs = this.runs.filter((run) => run !== undefined);
    const precise = isPrecise(
      study,
      runs.map(({ metrics }) => metrics),
    );
    return { point, settings, warmup, settled, runs, precise };
  }
}

class Conductor {
  readonly states: PointState[];
  private readonly waiting: Task[] = [];
  private readonly running = new Map<string, Task[]>();
  private readonly progress: StudyProgress;
  private failure: RunFailure | null = null;
  private wake: () => void = () => {};

  constructor(
    private readonly loaded: LoadedStudy,
    private readonly options: Conduct,
  ) {
    this.states = loaded.points.map((point) => new PointState(point));
    const { min } = replicationsOf(loaded.study);
    const pilots = this.wantsPilots ? 1 : 0;
    this.progress = { done: 0, total: this.states.length * (min + pilots), kept: 0 };
  }

  private get wantsPilots(): boolean {
    return this.loaded.study.warmup.kind === 'mser-5';
  }

  async run(): Promise<void> {
    if (this.wantsPilots) for (const state of this.states) this.addPilot(state);
    else this.addFirstRuns();
    const { runner, signal, onProgress } = this.options;
    onProgress(this.progress);
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    while (this.failure === null && !signal.aborted && this.waiting.length + this.running.size > 0) {
      while (this.waiting.length > 0 && this.running.size < runner.capacity)
        this.start(this.waiting.shift()!);
      if (this.running.size === 0) continue;
      await new Promise<void>((resume) => {
        this.wake = resume;
      });
    }
    signal.removeEventListener('abort', stop);
    if (this.failure !== null) throw this.failure;
  }

  /** All points get their first run, then all their second: soon there is something to see of each. */
  private addFirstRuns(): void {
    const { min } = replicationsOf(this.loaded.study);
    for (let replication = 0; replication < min; replication++) {
      for (const state of this.states) this.addRun(state, replication);
    }
    for (const state of this.states) state.wanted = min;
  }

  private addPilot(state: PointState): void {
    const every = Math.max(1, Math.floor(state.point.scenario.stop / PILOT_SAMPLES));
    const settings = [...state.settings, 'measure.warmup=0s'];
    const job = this.jobOf(state, settings, { replication: 'pilot', seriesEvery: every, warmup: 0 });
    this.waiting.push({
      job,
      done: ({ warmup = 0, settled = true }) => {
        state.warmup = warmup;
        state.settled = settled;
        state.settings.push(`measure.warmup=${printDuration(warmup)}`);
        this.extend(state);
      },
    });
  }

  private addRun(state: PointState, replication: number): void {
    const { scenario } = state.point;
    const every = this.loaded.study.series ?? Math.max(1, Math.floor(scenario.stop / SERIES_SAMPLES));
    const seriesEvery = replication === 0 ? every : null;
    const warmup = state.warmup ?? scenario.measure.warmup;
    const job = this.jobOf(state, state.settings, { replication, seriesEvery, warmup });
    const done = ({ metrics }: RunRecord) => {
      state.runs[replication] = { key: job.key, replication, seed: job.seed, metrics };
      if (++state.finished === state.wanted) this.extend(state);
    };
    this.waiting.push({ job, done });
  }

  /** All runs wanted of a point are there: adds those that it wants now, if any. */
  private extend(state: PointState): void {
    const { study } = this.loaded;
    const before = state.wanted;
    state.wanted = runsWanted(
      study,
      state.runs.map(({ metrics }) => metrics),
    );
    for (let replication = before; replication < state.wanted; replication++) this.addRun(state, replication);
    if (before > 0) this.progress.total += state.wanted - before;
  }

  private jobOf({ digest, point }: PointState, settings: string[], run: RunOfPoint): RunJob {
    const { replication, seriesEvery, warmup } = run;
    const seed = seedOf(this.loaded.study, replication);
    const pilot = replication === 'pilot';
    const { code } = this.options;
    const key = runKey({ scenario: digest, warmup, seed, code, pilot, seriesEvery });
    const { scenarioText } = this.loaded;
    return { key, scenarioText, files: point.files, settings, seed, seriesEvery, pilot };
  }

  private start(task: Task): void {
    const { job } = task;
    const { journal } = this.options;
    if (journal.has(job.key)) {
      this.progress.kept++;
      this.finish(task, journal.read(job.key));
      return;
    }
    const others = this.running.get(job.key);
    if (others !== undefined) {
      others.push(task);
      return;
    }
    const tasks = [task];
    this.running.set(job.key, tasks);
    this.options.runner.run(job, this.options.signal).then(
      (record) => {
        this.running.delete(job.key);
        // whoever was to write it down has gone home
        if (this.options.signal.aborted) return;
        journal.append(record);
        for (const waiting of tasks) this.finish(waiting, record);
        this.wake();
      },
      (error) => this.fail(job, error),
    );
  }

  private finish(task: Task, record: RunRecord): void {
    task.done(record);
    this.progress.done++;
    this.options.onProgress(this.progress);
  }

  private fail({ key, settings, seed }: RunJob, error: unknown): void {
    this.running.delete(key);
    if (!this.options.signal.aborted) this.failure ??= new RunFailure(error, settings, seed);
    this.wake();
  }
}
