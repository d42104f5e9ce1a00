import type { ThresholdPlan } from '../plan/thresholds.ts';
import type { DistributionResult, FlowResult } from './flow-result.ts';

/** How a run stands to one of its thresholds. */
export interface ThresholdResult {
  /** As in the scenario: `noise.latency.p99`. */
  name: string;
  comparison: ThresholdPlan['comparison'];
  kind: ThresholdPlan['kind'];
  /** In ns, bit/s, a fraction or a count. */
  bound: number;
  /** Null when nothing was measured, which fails. */
  value: number | null;
  passed: boolean;
}

export function judgeThresholds(
  plans: readonly ThresholdPlan[],
  flows: readonly FlowResult[],
): ThresholdResult[] {
  return plans.map(({ name, traffic, metric, comparison, kind, value: bound }) => {
    const flow = flows.find((candidate) => candidate.name === traffic);
    const value = flow === undefined ? null : metricOf(flow, metric);
    return {
      name,
      comparison,
      kind,
      bound,
      value,
      passed: value !== null && holds(value, comparison, bound),
    };
  });
}

/** A figure of a flow by the name that `metricsOf` gives it; null where nothing was measured. */
export function metricOf(flow: FlowResult, metric: string): number | null {
  const [name, statistic] = metric.split('.');
  switch (name) {
    case 'latency':
      return flow.latency[statistic as keyof DistributionResult];
    case 'rtt':
      return (flow.tcp?.rtt ?? flow.latency)[statistic as keyof DistributionResult];
    case 'completion':
      return flow.completion![statistic as keyof DistributionResult];
    case 'connections':
    case 'failed':
    case 'retransmits':
      return flow.tcp![name];
    case 'sent':
    case 'received':
    case 'lost':
    case 'loss':
    case 'throughput':
    case 'jitter':
      return flow[name];
    default:
      throw new Error(`assertion failed: metric ${metric}`);
  }
}

function holds(value: number, comparison: ThresholdPlan['comparison'], bound: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
  }
}
