import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conduct, RunFailure, type StudyProgress } from '../../study/conduct.ts';
import { Journal } from '../../study/journal.ts';
import { JOURNAL_FILE } from '../../study/results/result-files.ts';
import { writeResults } from '../../study/results/write-results.ts';
import { InProcessRunner } from '../../study/runner/in-process-runner.ts';
import { PoolRunner } from '../../study/runner/pool-runner.ts';
import type { Runner } from '../../study/runner/runner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { loadValid, STUDY } from './study-file.ts';

/** Runs a study in a folder; counts the runs that were really run. */
async function carryOut(
  text: string,
  folder: string,
  runner: Runner = new InProcessRunner(),
  limit = Infinity,
) {
  mkdirSync(folder, { recursive: true });
  const loaded = loadValid(text);
  const journal = new Journal(join(folder, JOURNAL_FILE));
  const stop = new AbortController();
  const seen: StudyProgress[] = [];
  const counted = { runs: 0 };
  const counting: Runner = {
    capacity: runner.capacity,
    run: (job, signal) => {
      counted.runs++;
      return runner.run(job, signal);
    },
    close: () => runner.close(),
  };
  try {
    const outcomes = await conduct(loaded, {
      code: 'test',
      journal,
      runner: counting,
      signal: stop.signal,
      onProgress: (progress) => {
        seen.push({ ...progress });
        if (progress.done >= limit) stop.abort();
      },
    });
    const complete = !stop.signal.aborted;
    writeResults(folder, loaded, outcomes, { complete, code: 'test', scenarioFile: 'two-nodes.yaml' });
    return { outcomes, complete, runs: counted.runs, last: seen.at(-1) };
  } finally {
    await runner.close();
    journal.close();
  }
}

/** Every file of a folder with its bytes. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

const PRECISE = STUDY.replace(
  'replications: 3',
  'replications: { min: 2, max: 9 }\nprecision: { relative: 8% }',
).replace('metrics: [load.latency.p99, load.loss]', 'metrics: [load.latency.mean]');

describe('a study', () => {
  it('gives the same bytes with any number of workers', async () => {
    const folder = temporaryFolder();
    await carryOut(PRECISE, join(folder, 'here'));
    const expected = filesOf(join(folder, 'here'));
    for (const workers of [1, 2, 4]) {
      await carryOut(PRECISE, join(folder, `${workers}`), new PoolRunner(workers));
      expect(filesOf(join(folder, `${workers}`))).toEqual(expected);
    }
  });

  it('runs what is missing only, and gives the same bytes whether it was stopped or not', async () => {
    const folder = temporaryFolder();
    await carryOut(STUDY, join(folder, 'whole'));
    const first = await carryOut(STUDY, join(folder, 'parts'), new InProcessRunner(), 7);
    expect(first).toMatchObject({ runs: 7, complete: false });
    expect(first.outcomes.map(({ runs }) => runs.length)).toEqual([2, 1, 1, 1, 1, 1]);
    const second = await carryOut(STUDY, join(folder, 'parts'));
    expect(second).toMatchObject({ runs: 11, complete: true, last: { done: 18, total: 18, kept: 7 } });
    expect(filesOf(join(folder, 'parts'))).toEqual(filesOf(join(folder, 'whole')));
    expect((await carryOut(STUDY, join(folder, 'parts'))).runs).toBe(0);
  });

  it('runs the new points of a study that has grown, and keeps what it knows of others', async () => {
    const folder = temporaryFolder();
    await carryOut(STUDY, folder);
    const grown = STUDY.replace('3000/s]', '3000/s, 100/s]');
    expect((await carryOut(grown, folder)).runs).toBe(6);
    expect((await carryOut(STUDY, folder)).runs).toBe(0);
    expect((await carryOut(STUDY.replace('replications: 3', 'seed: 7\nreplications: 3'), folder)).runs).toBe(
      18,
    );
  });

  it('runs points of the same content once', async () => {
    const twice = STUDY.replace('3000/s]', '3000/s, 0.5/ms]');
    expect((await carryOut(twice, temporaryFolder())).runs).toBe(18);
    const here = new InProcessRunner();
    const four: Runner = { capacity: 4, run: (job, signal) => here.run(job, signal), close: async () => {} };
    expect(await carryOut(twice, temporaryFolder(), four)).toMatchObject({
      runs: 18,
      last: { done: 24, total: 24 },
    });
  });

  it('goes on until each point is precise, or has had the most runs', async () => {
    const { outcomes } = await carryOut(PRECISE, temporaryFolder());
    for (const { runs, precise } of outcomes) {
      expect(precise || runs.length === 9).toBe(true);
      expect(runs.map(({ replication }) => replication)).toEqual(runs.map((_, index) => index));
    }
    const counts = outcomes.map(({ runs }) => runs.length);
    expect(Math.min(...counts)).toBeLessThan(Math.max(...counts));
  });

  it('finds the warm-up of each point by a run of its own', async () => {
    // the flow that fills the queue takes some 30 ms for it
    const text = STUDY.replace('replications: 3', 'replications: 2\nwarmup: mser-5');
    const { outcomes, runs } = await carryOut(text, temporaryFolder());
    expect(runs).toBe(6 * 3);
    const full = outcomes[5];
    expect(full.point.parameters).toEqual({ rate: '3000/s', size: '1000B' });
    expect(full.warmup).toBeGreaterThan(5e6);
    expect(full.warmup).toBeLessThanOrEqual(50e6);
    expect(full.settings.at(-1)).toBe(`measure.warmup=${full.warmup! / 1000}us`);
    // the figures are without it: the queue is full from the beginning
    expect(full.runs[0].metrics['load.latency.min']).toBeGreaterThan(10e6);
  });

  it('tells which run has failed', async () => {
    const failing: Runner = {
      capacity: 2,
      run: async ({ settings }) => {
        throw new Error(`out of order: ${settings[0]}`);
      },
      close: async () => {},
    };
    const failure = await carryOut(STUDY, temporaryFolder(), failing).catch((error) => error);
    expect(failure).toBeInstanceOf(RunFailure);
    expect(failure.message).toBe('out of order: traffic.load.rate=500/s');
    expect(failure.settings).toEqual(['traffic.load.rate=500/s', 'traffic.load.size=200B']);
  });
});
