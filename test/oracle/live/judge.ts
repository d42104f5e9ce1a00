import { readCase } from '../../golden/case.ts';
import { DEFAULT_OPTIONS } from '../../golden/compare/options.ts';
import { type CaseReport, runCase } from '../../golden/run-case.ts';

/** Seconds within which frames of different namespaces may change places. */
const WINDOW = 1e-6;

/** Simulates a recorded case and compares frames, outcomes and tables. */
export function judgeFolder(folder: string): CaseReport {
  const compare = { ...DEFAULT_OPTIONS, window: WINDOW };
  return runCase(readCase(folder), { compare, queue: 'wheel', countOutputs: true, out: undefined });
}
