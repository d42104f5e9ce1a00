import type { Problem, ScenarioPath } from './diagnostic.ts';
import { BadRange, expandRange } from './topology/name-range.ts';

const definitions = ['cluster', 'pods', 'traffic'];

/**
 * Whether a problem at `path` is only the echo of parts that were left out for errors of their own: it is about
 * the same place or host, or it names something that went with them.
 */
export function isEcho(problem: Problem, path: ScenarioPath, removed: readonly ScenarioPath[]): boolean {
  return removed.some(
    (place) => isSamePlace(path, place) || (problem.reference && namesLost(problem.message, place)),
  );
}

function isSamePlace(path: ScenarioPath, place: ScenarioPath): boolean {
  // A host without its address has trouble with its routes too.
  const scope = place[0] === 'cluster' ? place.slice(0, 3) : place;
  const length = Math.min(scope.length, path.length);
  return scope.slice(0, length).every((step, index) => step === path[index]);
}

function namesLost(message: string, place: ScenarioPath): boolean {
  const [section] = place;
  if (!definitions.includes(String(section))) return false;
  const entry = place[section === 'cluster' ? 2 : 1];
  // Whole sections may have defined anything, and so may an entry for a pattern.
  if (typeof entry !== 'string' || message.includes('*')) return true;
  const names = expandRange(entry);
  return names instanceof BadRange || names.some((name) => message.includes(`"${name}`));
}
