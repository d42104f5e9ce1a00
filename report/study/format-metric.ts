import type { MetricKind } from '../../scenarios/schema/metrics.ts';
import type { Estimate } from '../../study/statistics/student-interval.ts';
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.ts';

/** A value in the unit that suits its kind and size. */
export function formatMetric(value: number, kind: MetricKind): string {
  switch (kind) {
    case 'duration':
      return formatDuration(value);
    case 'rate':
      return formatRate(value);
    case 'percent':
      return formatPercent(value);
    case 'count':
      return Number.isInteger(value) ? formatCount(value) : value.toPrecision(4);
  }
}

/** `83.9 us ± 1.2 us`; a dash where nothing was measured. */
export function formatEstimate({ mean, halfWidth }: Estimate, kind: MetricKind): string {
  if (mean === null) return '-';
  if (halfWidth === null || halfWidth === 0) return formatMetric(mean, kind);
  return `${formatMetric(mean, kind)} ± ${formatMetric(halfWidth, kind)}`;
}
