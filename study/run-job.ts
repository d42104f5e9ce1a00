import { WheelQueue } from '../engine/wheel-queue.ts';
import type { DropRow } from '../models/netns/drop-counters.ts';
import { mergedHistogram } from '../scenarios/builder/flow-result.ts';
import type { RunResult } from '../scenarios/builder/run-result.ts';
import type { Series } from '../scenarios/builder/sample-series.ts';
import { ScenarioRun } from '../scenarios/builder/scenario-run.ts';
import { loadScenario, resolve } from '../scenarios/index.ts';
import { printDuration } from '../scenarios/schema/units.ts';
import { runInShell } from '../shell/run-in-shell.ts';
import { busiestSeries } from './busiest-series.ts';
import { metricsOfRun } from './metrics.ts';
import { warmupOf } from './warmup.ts';

/** Everything that a run depends on: plain data, to be sent to a worker. */
export interface RunJob {
  /** Under which the record is kept. */
  key: string;
  scenarioText: string;
  /** The files that the scenario names. */
  files: Readonly<Record<string, string>>;
  settings: readonly string[];
  seed: number;
  /** Nanoseconds between samples of series; null for none. */
  seriesEvery: number | null;
  /** Whether the run is only to find the end of the warm-up. */
  pilot: boolean;
}

/** Cumulated buckets of delays: [from, to, count]. */
export type Histogram = RunResult['histograms'][string];

/** What is kept of a run. It depends on the job alone: the same bytes on any machine. */
export interface RunRecord {
  key: string;
  /** Every figure, in ns, bit/s, fractions and counts; null where nothing was measured. */
  metrics: Record<string, number | null>;
  fingerprint: string;
  /** Delays of each traffic, nanoseconds. */
  histograms: Record<string, Histogram>;
  drops: DropRow[];
  series: Series[];
  /** Nanoseconds; of a pilot run alone. */
  warmup?: number;
  /** Whether the pilot run had settled by then. */
  settled?: boolean;
}

/** Events between two looks at whether to go on. */
const SLICE = 50_000;

/**
 * Runs a job to its end.
 * @param signal stops it between two slices of events
 * @throws the signal's reason
 */
export async function runJob(job: RunJob, signal?: AbortSignal): Promise<RunRecord> {
  const settings = [...job.settings, ...settingsOf(job)];
  const readFile = (name: string) => job.files[name];
  const loaded = loadScenario(job.scenarioText, 'scenario', { set: settings, seed: job.seed, readFile });
  if (loaded.errors !== undefined) throw new Error(`assertion failed: ${loaded.errors[0].message}`);
  const run = new ScenarioRun(resolve(loaded.scenario, loaded.topology), {
    queue: new WheelQueue(),
    openFile: () => () => {},
    runCommand: runInShell,
  });
  while (run.run({ events: SLICE }) === 'events') {
    // Ctrl-C and what else waits gets its turn
    await new Promise((resume) => setImmediate(resume));
    signal?.throwIfAborted();
  }
  return recordOf(run, job);
}

/** Studies keep figures, not captures. */
function settingsOf({ seriesEvery, pilot }: RunJob): string[] {
  if (seriesEvery === null) return ['captures=[]'];
  const of = pilot
    ? ['flow.latency', 'flow.throughput']
    : ['flow.throughput', 'link.throughput', 'queue.depth'];
  const series = JSON.stringify({ every: printDuration(seriesEvery), of });
  return ['captures=[]', `measure.series=${series}`];
}

function recordOf(run: ScenarioRun, { key, pilot }: RunJob): RunRecord {
  const result = run.result();
  const histograms: RunRecord['histograms'] = {};
  for (const { plan, pairs } of run.traffic) {
    const buckets = mergedHistogram(pairs, 'latency').buckets();
    histograms[plan.name] = buckets.map(({ low, high, count }) => [low, high, count]);
  }
  const record = {
    key,
    metrics: metricsOfRun(run, result),
    fingerprint: result.fingerprint.timed,
    histograms,
    drops: result.drops,
    series: busiestSeries(result.series, result.links),
  };
  return pilot ? { ...record, series: [], ...warmupOf(result.series) } : record;
}
