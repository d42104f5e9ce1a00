import type { Problem, ScenarioPath } from './diagnostic.ts';
import { limits } from './limits.ts';
import type { NoMatch } from './topology/no-match.ts';

interface Detail extends Omit<Problem, 'severity' | 'path' | 'message' | 'nearest'> {
  /** May be found only when asked for: to look through many names for each of many slips takes long. */
  nearest?: string | (() => string | undefined);
}

/** Collects what is wrong with a scenario, up to the limit on reports. */
export class Problems {
  readonly list: Problem[] = [];

  error(path: ScenarioPath, message: string, detail: Detail = {}): void {
    this.push('error', path, message, detail);
  }

  warning(path: ScenarioPath, message: string, detail: Detail = {}): void {
    this.push('warning', path, message, detail);
  }

  /** A name or pattern that refers to nothing. */
  unresolved(path: ScenarioPath, { message, findNearest }: NoMatch): void {
    this.error(path, message, { nearest: findNearest, reference: true });
  }

  private push(severity: Problem['severity'], path: ScenarioPath, message: string, detail: Detail): void {
    if (this.list.length >= limits.errors * 2) return;
    const nearest = typeof detail.nearest === 'function' ? detail.nearest() : detail.nearest;
    this.list.push({ severity, path, message, ...detail, nearest });
  }
}
