import type { RunJob, RunRecord } from '../run-job.ts';

/** Carries out the runs of a study, somewhere. */
export interface Runner {
  /** Runs that it has under way at once at most. */
  readonly capacity: number;
  /** Rejects when the run fails, or with the signal's reason after an abort. */
  run(job: RunJob, signal: AbortSignal): Promise<RunRecord>;
  /** Lets go of what it holds; runs under way are given up. */
  close(): Promise<void>;
}
