import { type RunJob, type RunRecord, runJob } from '../run-job.ts';

/** What a worker thread does with a job. */
export default function work(job: RunJob): Promise<RunRecord> {
  return runJob(job);
}
