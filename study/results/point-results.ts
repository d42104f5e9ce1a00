import type { DropRow } from '../../models/netns/drop-counters.ts';
import type { Series } from '../../scenarios/builder/sample-series.ts';
import type { Histogram, RunRecord } from '../run-job.ts';
import { type Estimate, estimate } from '../statistics/student-interval.ts';
import { valuesOf } from '../stopping-rule.ts';
import type { Manifest, ManifestPoint } from './manifest.ts';

/** A point of a study with what its runs have given. */
export interface PointResults extends ManifestPoint {
  /** `load = 10Mbit, nodes = 4` */
  label: string;
  /** The command that repeats its first run. */
  command: string;
  /** Every figure, with its interval. */
  estimates: Record<string, Estimate>;
  /** Delays of each traffic over all runs, nanoseconds. */
  histograms: Record<string, Histogram>;
  /** Where packets died and why; packets per run. */
  drops: DropRow[];
  /** Of the first run. */
  series: Series[];
}

/** Puts the runs of a point together, one after the other. */
export class PointResultsBuilder {
  private readonly metrics: RunRecord['metrics'][] = [];
  private readonly histograms = new Map<string, Map<number, Histogram[number]>>();
  private readonly drops = new Map<string, DropRow>();
  private series: Series[] = [];

  constructor(
    private readonly point: ManifestPoint,
    private readonly manifest: Manifest,
  ) {}

  add(record: RunRecord): void {
    this.metrics.push(record.metrics);
    if (record.series.length > 0) this.series = record.series;
    for (const [flow, buckets] of Object.entries(record.histograms)) this.addHistogram(flow, buckets);
    for (const row of record.drops) {
      const place = JSON.stringify([row.namespace, row.interface, row.reason]);
      this.drops.set(place, { ...row, packets: row.packets + (this.drops.get(place)?.packets ?? 0) });
    }
  }

  build(): PointResults {
    const { kinds, confidence, scenarioFile } = this.manifest;
    const estimates = Object.keys(kinds).map((name) => [
      name,
      estimate(valuesOf(this.metrics, name), confidence),
    ]);
    const histograms = [...this.histograms].map(([flow, buckets]) => [
      flow,
      [...buckets.values()].sort((a, b) => a[0] - b[0]),
    ]);
    const runs = Math.max(1, this.metrics.length);
    const drops = [...this.drops.values()].map((row) => ({ ...row, packets: row.packets / runs }));
    return {
      ...this.point,
      label: labelOf(this.point.parameters),
      command: commandOf(scenarioFile, this.point),
      estimates: Object.fromEntries(estimates),
      histograms: Object.fromEntries(histograms),
      drops: drops.sort((a, b) => b.packets - a.packets),
      series: this.series,
    };
  }

  private addHistogram(flow: string, buckets: Histogram): void {
    let merged = this.histograms.get(flow);
    if (merged === undefined) this.histograms.set(flow, (merged = new Map()));
    for (const [low, high, count] of buckets)
      merged.set(low, [low, high, count + (merged.get(low)?.[2] ?? 0)]);
  }
}

export function labelOf(parameters: ManifestPoint['parameters']): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/** The command line that repeats the first run of a point. */
function commandOf(scenarioFile: string, { settings, runs }: ManifestPoint): string {
  const seed = runs.length > 0 ? ['--seed', String(runs[0].seed)] : [];
  const words = ['podwire', 'run', scenarioFile, ...seed, ...settings.flatMap((text) => ['--set', text])];
  return words.map(shellQuoted).join(' ');
}

/** For a POSIX shell. */
function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
