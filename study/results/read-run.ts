import { readFileSync } from 'node:fs';
import type { FlowResult, RunResult } from '../../scenarios/builder/run-result.ts';
import { metricOf } from '../../scenarios/builder/thresholds.ts';
import { type MetricKind, metricsOf } from '../../scenarios/schema/metrics.ts';
import type { RunRecord } from '../run-job.ts';
import { MANIFEST_FORMAT, type Manifest } from './manifest.ts';
import { PointResultsBuilder } from './point-results.ts';
import { type StudyResults, UnreadableResults } from './read-results.ts';

/** Figures of a traffic that tables show of a single run. */
const SHOWN = ['throughput', 'loss', 'latency.p50', 'latency.p99', 'rtt.p50', 'rtt.p99'];

/**
 * The results of one run (`results.json` of `podwire run`), as those of a study of one point.
 * @throws UnreadableResults, or what the file system says
 */
export function readRun(path: string): StudyResults {
  const result = parseResult(readFileSync(path, 'utf8'));
  const manifest = manifestOf(result);
  const builder = new PointResultsBuilder(manifest.points[0], manifest);
  builder.add(recordOf(result));
  return { manifest, points: [builder.build()] };
}

type WrittenResult = RunResult & { complete: boolean };

function parseResult(text: string): WrittenResult {
  try {
    const result = JSON.parse(text) as WrittenResult;
    if (Array.isArray(result.flows) && Array.isArray(result.drops)) return result;
  } catch {
    // told below
  }
  throw new UnreadableResults('results.json does not hold the results of a run');
}

function manifestOf({ scenario, seed, flows, complete }: WrittenResult): Manifest {
  const kinds = flows.flatMap((flow) =>
    [...metricsOf[flow.kind]].map(([name, kind]): [string, MetricKind] => [`${flow.name}.${name}`, kind]),
  );
  const names = kinds.map(([name]) => name);
  const shown = names.filter((name) => SHOWN.includes(name.slice(name.indexOf('.') + 1)));
  const point = { parameters: {}, settings: [], warmup: null, settled: true, precise: null };
  return {
    format: MANIFEST_FORMAT,
    complete,
    name: scenario,
    title: scenario,
    code: '',
    confidence: 0.95,
    scenarioFile: `${scenario}.yaml`,
    metrics: shown,
    kinds: Object.fromEntries(kinds),
    parameters: {},
    figure: null,
    points: [{ ...point, runs: [{ key: '', replication: 0, seed }] }],
    scenario: '',
    files: {},
  };
}

function recordOf({ flows, histograms, drops, series, fingerprint }: WrittenResult): RunRecord {
  const metrics = flows.flatMap((flow) => figuresOf(flow));
  const delays = Object.entries(histograms).map(([name, buckets]) => [name.split('.')[0], buckets]);
  return {
    key: '',
    metrics: Object.fromEntries(metrics),
    fingerprint: fingerprint.timed,
    histograms: Object.fromEntries(delays),
    drops,
    series: [...series],
  };
}

function figuresOf(flow: FlowResult): [string, number | null][] {
  return [...metricsOf[flow.kind].keys()].map((name) => [`${flow.name}.${name}`, metricOf(flow, name)]);
}
