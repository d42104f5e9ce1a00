import { loadScenario, resolve } from '../../scenarios/index.ts';
import type { Manifest } from '../../study/results/manifest.ts';
import { type Drawing, drawingOf } from '../drawing.ts';

/** The cluster at the first point of a study; undefined where its scenario is not known. */
export function drawingOfStudy({ scenario, files = {}, points }: Manifest): Drawing | undefined {
  if (scenario === '' || points.length === 0) return undefined;
  const readFile = (name: string) => files[name];
  const loaded = loadScenario(scenario, 'scenario', { set: points[0].settings, readFile });
  return loaded.errors === undefined ? drawingOf(resolve(loaded.scenario, loaded.topology)) : undefined;
}
