import type { MetricKind } from '../../scenarios/schema/metrics.ts';
import type { PointOutcome } from '../conduct.ts';
import type { LoadedStudy } from '../load-study.ts';
import { valuesOfParameter } from '../point.ts';
import type { FigureSection } from '../schema/figure.ts';
import type { ParameterValue } from '../schema/study.ts';

/** Version of the layout; it grows when a field changes its meaning or goes away. */
export const MANIFEST_FORMAT = 1;

/** A point as the manifest has it; the records of its runs are in the journal. */
export interface ManifestPoint {
  parameters: Record<string, ParameterValue>;
  settings: string[];
  /** Nanoseconds that MSER-5 has found; null when it was not asked. */
  warmup: number | null;
  settled: boolean;
  precise: boolean | null;
  runs: { key: string; replication: number; seed: number }[];
}

/** `study.json`: what a report needs beside the journal. */
export interface Manifest {
  format: number;
  /** Whether all runs are there that the study wants. */
  complete: boolean;
  name: string;
  title: string;
  code: string;
  confidence: number;
  /** The scenario file from where the study was started, for commands. */
  scenarioFile: string;
  /** The figures that tables show. */
  metrics: string[];
  kinds: Record<string, MetricKind>;
  parameters: Record<string, ParameterValue[]>;
  figure: FigureSection | null;
  points: ManifestPoint[];
  scenario: string;
  /** The files that the scenario of the first point names. */
  files: Readonly<Record<string, string>>;
}

export interface ManifestFacts {
  complete: boolean;
  code: string;
  scenarioFile: string;
}

export function manifestOf(
  { study, metrics, scenarioText }: LoadedStudy,
  outcomes: readonly PointOutcome[],
  { complete, code, scenarioFile }: ManifestFacts,
): Manifest {
  return {
    format: MANIFEST_FORMAT,
    complete,
    name: study.name,
    title: study.title ?? study.name,
    code,
    confidence: study.confidence,
    scenarioFile,
    metrics: study.metrics,
    kinds: Object.fromEntries(metrics),
    parameters: Object.fromEntries(
      Object.keys(study.parameters).map((name) => [name, valuesOfParameter(study, name)]),
    ),
    figure: study.figure ?? null,
    points: outcomes.map(({ point, settings, warmup, settled, precise, runs }) => ({
      parameters: point.parameters,
      settings,
      warmup,
      settled,
      precise,
      runs: runs.map(({ key, replication, seed }) => ({ key, replication, seed })),
    })),
    scenario: scenarioText,
    files: outcomes.length === 0 ? {} : outcomes[0].point.files,
  };
}
