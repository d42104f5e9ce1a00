import { type RunJob, type RunRecord, runJob } from '../run-job.ts';
import type { Runner } from './runner.ts';

/** Runs one after the other in this thread. */
export class InProcessRunner implements Runner {
  readonly capacity = 1;

  run(job: RunJob, signal: AbortSignal): Promise<RunRecord> {
    return runJob(job, signal);
  }

  async close(): Promise<void> {}
}
