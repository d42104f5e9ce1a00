import { differenceLines } from './compare/print.ts';
import type { OutputDifference } from './outputs.ts';
import type { CaseReport } from './run-case.ts';

/** Differences in outputs shown per case unless all are asked for. */
const OUTPUTS_SHOWN = 3;

/** One line per case, and below it what was different. */
export function reportLines(report: CaseReport, all: boolean): string[] {
  const { name, verdict, reason } = report;
  if (verdict === 'skipped') return [`SKIP ${name}: needs ${reason}`];
  const frames = report.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const counts = `${report.captures.length} captures, ${frames} frames${outputsText(report)}`;
  const head = verdict === 'passed' ? `PASS ${name}: ${counts}` : `FAIL ${name}: ${reason ?? counts}`;
  const unsupported = all ? new Set(report.outputsUnsupported) : [];
  return [
    head,
    ...frameLines(report, all),
    ...outputLines(report.outputDifferences, all),
    ...Array.from(unsupported, (line) => `  not available: ${line}`),
  ];
}

/** `17 passed, 0 failed, 1 skipped` */
export function closingLine(reports: readonly CaseReport[]): string {
  const count = (verdict: CaseReport['verdict']) => reports.filter((r) => r.verdict === verdict).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}

function outputsText({ outputsCompared, outputsUnsupported, outputDifferences }: CaseReport): string {
  if (outputsCompared + outputsUnsupported.length === 0) return '';
  const missing = outputsUnsupported.length === 0 ? '' : `, ${outputsUnsupported.length} not available`;
  return `; ${outputsCompared} outputs, ${outputDifferences.length} differ${missing}`;
}

/** The first difference of the case, or with `all` those of every capture. */
function frameLines({ captures }: CaseReport, all: boolean): string[] {
  const differing = captures.filter(({ differences }) => differences.length > 0);
  return (all ? differing : differing.slice(0, 1)).flatMap(({ file, differences }) =>
    differences.flatMap((difference) => differenceLines(difference)).map((line) => `  ${file}: ${line}`),
  );
}

function outputLines(differences: readonly OutputDifference[], all: boolean): string[] {
  const shown = all ? differences : differences.slice(0, OUTPUTS_SHOWN);
  const lines = shown.flatMap(({ where, golden, candidate }) => [
    `  output of ${where}`,
    `      golden    ${golden ?? '(nothing more)'}`,
    `      candidate ${candidate ?? '(nothing more)'}`,
  ]);
  const hidden = differences.length - shown.length;
  return hidden === 0 ? lines : [...lines, `  and ${hidden} more outputs (--all shows them)`];
}
