import { expect } from 'vitest';
import { formatDiagnostic } from '../../scenarios/diagnostic.ts';
import { type LoadedScenario, type LoadOptions, loadScenario } from '../../scenarios/loader.ts';
import { type ClusterPlan, resolve } from '../../scenarios/plan.ts';

/** Loads a scenario that must be without errors. */
export function loadValid(text: string, options: LoadOptions = {}): LoadedScenario {
  const result = loadScenario(text, 'test.yaml', options);
  if (result.errors !== undefined) expect.fail(result.errors.map(formatDiagnostic).join('\n'));
  return result;
}

/** The errors of a scenario as lines without the file's name. */
export function errorsOf(text: string, options: LoadOptions = {}): string[] {
  const { errors = [] } = loadScenario(text, 'f', options);
  return errors.map((error) => formatDiagnostic(error).replace(/^f:/, ''));
}

export function warningsOf(text: string): string[] {
  return loadScenario(text, 'f').warnings.map((warning) => formatDiagnostic(warning).replace(/^f:/, ''));
}

export function planOf(text: string, options: LoadOptions = {}): ClusterPlan {
  const { scenario, topology } = loadValid(text, options);
  return resolve(scenario, topology);
}

/** A scenario of three nodes with further sections. */
export function threeNodes(rest = ''): string {
  return `name: three
stop: 10s
cluster:
  nodes:
    node[1-3]: { address: 192.168.1.11/24 }
${rest}`;
}
