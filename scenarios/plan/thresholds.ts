import type { MetricKind } from '../schema/metrics.ts';
import type { Scenario } from '../schema/scenario.ts';
import type { Comparison } from '../schema/thresholds.ts';

/** What one figure of one traffic must keep to. */
export interface ThresholdPlan {
  /** As the scenario names it: `noise.latency.p99`. */
  name: string;
  traffic: string;
  /** `latency.p99` */
  metric: string;
  comparison: Comparison;
  kind: MetricKind;
  /** In ns, bit/s, a fraction or a bare count. */
  value: number;
}

export function planThresholds(scenario: Scenario): ThresholdPlan[] {
  return Object.entries(scenario.thresholds).map(([name, threshold]) => {
    const dot = name.indexOf('.');
    return { name, traffic: name.slice(0, dot), metric: name.slice(dot + 1), ...threshold };
  });
}
