import { Piscina } from 'piscina';
import type { RunJob, RunRecord } from '../run-job.ts';
import type { Runner } from './runner.ts';

/** Runs side by side in worker threads. */
export class PoolRunner implements Runner {
  readonly capacity: number;
  private readonly pool: Piscina;

  /** @param workers threads, at least one */
  constructor(workers: number) {
    this.capacity = workers;
    this.pool = new Piscina({
      ...workerScript(),
      minThreads: workers,
      maxThreads: workers,
      // a thread that has nothing to do sleeps
      atomics: 'disabled',
    });
  }

  run(job: RunJob, signal: AbortSignal): Promise<RunRecord> {
    return this.pool.run(job, { signal });
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

/** The built worker; beside sources, which are run through tsx, its source. */
function workerScript(): { filename: string; execArgv?: string[] } {
  const source = import.meta.url.endsWith('.ts');
  const filename = new URL(source ? './worker.ts' : './worker.js', import.meta.url).href;
  return source ? { filename, execArgv: ['--import', import.meta.resolve('tsx')] } : { filename };
}
