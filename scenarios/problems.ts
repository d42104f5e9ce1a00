import type { Problem, ScenarioPath } from './diagnostic.ts';
import { limits } from './limits.ts';

type Detail = Omit<Problem, 'severity' | 'path' | 'message'>;

/** Collects what is wrong with a scenario, up to the limit on reports. */
export class Problems {
  readonly list: Problem[] = [];

  error(path: ScenarioPath, message: string, detail: Detail = {}): void {
    this.push({ severity: 'error', path, message, ...detail });
  }

  warning(path: ScenarioPath, message: string, detail: Detail = {}): void {
    this.push({ severity: 'warning', path, message, ...detail });
  }

  private push(problem: Problem): void {
    if (this.list.length < limits.errors * 2) this.list.push(problem);
  }
}
