import { createHash } from 'node:crypto';
import { fullScenario, type Scenario } from '../scenarios/index.ts';

/** What tells a run from all others. */
export interface RunIdentity {
  /** `scenarioDigest` of its scenario. */
  scenario: string;
  /** Nanoseconds. */
  warmup: number;
  seed: number;
  /** Of the code that runs it. */
  code: string;
  pilot: boolean;
  seriesEvery: number | null;
}

/**
 * A digest of a scenario with all that is set in it. Comments, captures, thresholds and the order in which
 * values were set are not among it; seed and warm-up are told apart, run by run.
 * @param files those that it names: what is in them counts
 */
export function scenarioDigest(scenario: Scenario, files: Readonly<Record<string, string>> = {}): string {
  const measure = { ...scenario.measure, warmup: 0 };
  const content = fullScenario({ ...scenario, measure, seed: 0, captures: [], thresholds: {} });
  const digests = Object.keys(files)
    .sort()
    .map((name) => [name, sha256(files[name])]);
  return sha256(JSON.stringify(digests.length === 0 ? content : [content, digests]));
}

/** The name under which a run is kept: a digest of all that its outcome depends on. */
export function runKey({ scenario, warmup, seed, code, pilot, seriesEvery }: RunIdentity): string {
  return sha256(JSON.stringify([code, pilot, seriesEvery, scenario, warmup, seed])).slice(0, 32);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
