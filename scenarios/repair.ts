import { formatPath, type ScenarioPath } from './diagnostic.ts';
import { type Scenario, scenarioSchema } from './schema/scenario.ts';

/** What remains of a faulty scenario when its faulty parts are left out. */
export interface Repaired {
  scenario: Scenario;
  /** The places that were left out. */
  removed: ScenarioPath[];
  /** The place in the file of a place in what remains: positions in lists have moved. */
  originalPath(path: ScenarioPath): ScenarioPath;
}

/**
 * Leaves out of `value` (changed in place) what the schema refuses, so that the checks of meaning can see the
 * rest and all errors of a file are told at once. Undefined when too little remains.
 */
export function repair(value: unknown): Repaired | undefined {
  const removed: ScenarioPath[] = [];
  const positions = new ListPositions();
  // A part that is required takes the part around it along: each round goes one level up at least.
  for (let round = 0; round < 12; round++) {
    const result = scenarioSchema.safeParse(value);
    const originalPath = (path: ScenarioPath) => positions.original(path);
    if (result.success) return { scenario: result.data, removed, originalPath };
    const paths = result.error.issues.flatMap((issue): ScenarioPath[] => {
      const path = issue.path as (string | number)[];
      return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    });
    const gone: ScenarioPath[] = [];
    for (const path of paths.sort(fromTheEnd)) {
      if (gone.some((place) => place.every((step, index) => step === path[index]))) continue;
      const left = standIn(value, path) ?? remove(value, path);
      if (left === undefined) return undefined;
      gone.push(left);
      removed.push(positions.original(left));
      positions.remove(left);
    }
  }
  return undefined;
}

/** Inner places before those around them, later list entries before earlier ones, so that all stay valid. */
function fromTheEnd(a: ScenarioPath, b: ScenarioPath): number {
  for (let step = 0; step < Math.min(a.length, b.length); step++) {
    const [left, right] = [a[step], b[step]];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return right - left;
    return String(left) < String(right) ? 1 : -1;
  }
  return b.length - a.length;
}

/** Where the entries of shortened lists stood at first. */
class ListPositions {
  /** Positions taken out, one after the other, by the path of the list. */
  private readonly lists = new Map<string, number[]>();

  original(path: ScenarioPath): ScenarioPath {
    const result: (string | number)[] = [];
    for (const step of path) {
      const taken = typeof step === 'number' ? (this.lists.get(formatPath(result)) ?? []) : [];
      result.push(
        taken.reduceRight((position, out) => (out <= position ? position + 1 : position), step as number),
      );
    }
    return result;
  }

  /** The value at the place has been taken out; if it was in a list, the entries behind it move up. */
  remove(place: ScenarioPath): void {
    const index = place[place.length - 1];
    if (typeof index !== 'number') return;
    const name = formatPath(this.original(place.slice(0, -1)));
    const shifts = this.lists.get(name) ?? [];
    shifts.push(index);
    this.lists.set(name, shifts);
  }
}

/** Values in the place of required keys at the top that are missing or wrong. */
const standIns: Record<string, string> = { name: 'unnamed', stop: '1000h' };

function standIn(root: unknown, path: ScenarioPath): ScenarioPath | undefined {
  const key = String(path[0]);
  if (path.length !== 1 || !Object.hasOwn(standIns, key)) return undefined;
  (root as Record<string, unknown>)[key] = standIns[key];
  return path;
}

/** Takes out the value at the path, or the nearest one around it that is there; answers its place. */
function remove(root: unknown, path: ScenarioPath): ScenarioPath | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = path.slice(0, length);
    const key = place[length - 1];
    const container = valueAt(root, place.slice(0, -1));
    if (typeof container !== 'object' || container === null || !Object.hasOwn(container, key)) continue;
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete (container as Record<string, unknown>)[key];
    return place;
  }
  return undefined;
}

function valueAt(root: unknown, path: ScenarioPath): unknown {
  let value = root;
  for (const step of path) value = (value as Record<string | number, unknown> | undefined | null)?.[step];
  return value;
}
