import { type GoldenCase, readCase } from '../../golden/case.ts';
import { DEFAULT_OPTIONS } from '../../golden/compare/options.ts';
import { type CaseReport, runCase } from '../../golden/run-case.ts';

/** Seconds within which frames of different namespaces may change places. */
const WINDOW = 1e-6;
/** Timers without a frame of their own (an entry that fails) may lie this near the end of the captures. */
const END_SLACK = [0, -0.2, 0.2];

/** Simulates a recorded case and compares frames, outcomes and tables. */
export function judgeFolder(folder: string, window = WINDOW): CaseReport {
  const recorded = readCase(folder);
  let first: CaseReport | undefined;
  for (const slack of END_SLACK) {
    const report = judge({ ...recorded, capture_seconds: recorded.capture_seconds + slack }, window);
    if (report.verdict !== 'failed') return report;
    first ??= report;
  }
  return first!;
}

function judge(recorded: GoldenCase, window: number): CaseReport {
  const compare = { ...DEFAULT_OPTIONS, window };
  return runCase(recorded, { compare, queue: 'wheel', countOutputs: true, out: undefined });
}
