import { Piscina } from 'piscina';
import type { RunJob, RunRecord } from '../run-job.ts';
import type { Runner } from './runner.ts';

/** Milliseconds: as many as a timer takes. */
const FOR_EVER = 2 ** 31 - 1;

/** Runs side by side in worker threads. */
export class PoolRunner implements Runner {
  readonly capacity: number;
  private readonly pool: Piscina;

  /** @param workers threads, at least one */
  constructor(workers: number) {
    this.capacity = workers;
    this.pool = new Piscina({
      ...workerScript(),
      // threads are made as they are needed, and stay: a study whose runs are all there needs none
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: FOR_EVER,
      // one that waits sleeps
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
  const filename = new URL(source ? './study-worker.ts' : './study-worker.js', import.meta.url).href;
  return source ? { filename, execArgv: ['--import', import.meta.resolve('tsx')] } : { filename };
}
