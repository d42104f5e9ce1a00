import { formatPath, type ScenarioPath } from '../diagnostic.ts';

/** Lets one report pass per place: a range stands for many nodes, and one slip need not be told for each. */
export class OncePerPath {
  private readonly seen = new Set<string>();

  first(path: ScenarioPath): boolean {
    const key = formatPath(path);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
}
