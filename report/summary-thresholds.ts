import type { ThresholdResult } from '../scenarios/builder/thresholds.ts';
import type { SummaryOptions } from './summary.ts';
import { type Cell, renderTable } from './table.ts';
import { formatCount, formatDuration, formatPercent, formatRate } from './units.ts';

/** Thresholds that held, listed at most; those that failed are all listed. */
const LISTED = 10;

/** How the run stands to its thresholds, the failed ones first. */
export function thresholdTable(thresholds: readonly ThresholdResult[], options: SummaryOptions): string[] {
  if (thresholds.length === 0) return [];
  const failed = thresholds.filter(({ passed }) => !passed);
  const passed = thresholds.filter((threshold) => threshold.passed);
  const rows = [...failed, ...passed.slice(0, LISTED)].map((threshold): Cell[] => [
    threshold.passed
      ? { text: 'pass', dress: options.colors.green }
      : { text: 'FAIL', dress: options.colors.red },
    threshold.name,
    `${threshold.comparison} ${valueText(threshold, threshold.bound)}`,
    threshold.value === null ? 'nothing was measured' : valueText(threshold, threshold.value),
  ]);
  const columns = [{ title: '' }, { title: 'figure' }, { title: 'wanted' }, { title: 'measured' }];
  const lines = renderTable(columns, rows, options);
  if (passed.length > LISTED) lines.push(`  and ${passed.length - LISTED} more that passed`);
  return lines;
}

function valueText({ kind }: ThresholdResult, value: number): string {
  switch (kind) {
    case 'duration':
      return formatDuration(value);
    case 'percent':
      return formatPercent(value);
    case 'rate':
      return formatRate(value);
    case 'count':
      return formatCount(value);
  }
}
