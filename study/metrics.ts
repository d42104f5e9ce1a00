import type { Weaver } from '../models/weave/weaver.ts';
import type { RunResult } from '../scenarios/builder/run-result.ts';
import type { ScenarioRun } from '../scenarios/builder/scenario-run.ts';
import { metricOf } from '../scenarios/builder/thresholds.ts';
import type { Scenario } from '../scenarios/index.ts';
import { type MetricKind, metricsOf } from '../scenarios/schema/metrics.ts';

interface NetworkMetric {
  kind: MetricKind;
  read(result: RunResult, run: ScenarioRun): number;
}

/**
 * Figures of a whole run, by names without a dot; those of its traffics are `TRAFFIC.FIGURE` as in
 * thresholds.
 */
const networkMetrics: ReadonlyMap<string, NetworkMetric> = new Map<string, NetworkMetric>([
  ['packets', { kind: 'count', read: ({ packets }) => packets.created + packets.copied }],
  ['dropped', { kind: 'count', read: ({ packets }) => packets.dropped }],
  ['packet-hops', { kind: 'count', read: ({ packetHops }) => packetHops }],
  ['overflowed', { kind: 'count', read: overflowed }],
  ['queue-peak', { kind: 'count', read: queuePeak }],
  ['route-count', { kind: 'count', read: (_, run) => routesOfHosts(run) }],
  ['control-messages', { kind: 'count', read: ofWeavers(({ mesh }) => mesh.messagesSent) }],
  ['control-bytes', { kind: 'count', read: ofWeavers(({ mesh }) => mesh.bytesSent) }],
  ['broadcast-copies', { kind: 'count', read: ofWeavers(({ broadcastCopies }) => broadcastCopies) }],
]);

export const networkMetricNames: readonly string[] = [...networkMetrics.keys()];

/** Every figure that runs of a scenario have, with its kind of value. */
export function knownMetrics(scenario: Scenario): Map<string, MetricKind> {
  const known = new Map<string, MetricKind>();
  for (const [name, traffic] of Object.entries(scenario.traffic)) {
    for (const [metric, kind] of metricsOf[traffic.kind]) known.set(`${name}.${metric}`, kind);
  }
  for (const [name, { kind }] of networkMetrics) known.set(name, kind);
  return known;
}

/** Every figure of a run, in ns, bit/s, fractions and counts; null where nothing was measured. */
export function metricsOfRun(run: ScenarioRun, result: RunResult): Record<string, number | null> {
  const values: Record<string, number | null> = {};
  for (const flow of result.flows) {
    for (const metric of metricsOf[flow.kind].keys())
      values[`${flow.name}.${metric}`] = metricOf(flow, metric);
  }
  for (const [name, { read }] of networkMetrics) values[name] = read(result, run);
  return values;
}

function overflowed({ links }: RunResult): number {
  return links.reduce((sum, { queueDropped }) => sum + queueDropped, 0);
}

function queuePeak({ links }: RunResult): number {
  return links.reduce((most, { queuePeakPackets }) => Math.max(most, queuePeakPackets), 0);
}

/** A figure of all Weave routers together that run at the end; 0 where there are none. */
function ofWeavers(read: (weaver: Weaver) => number): NetworkMetric['read'] {
  return (_, { weave }) =>
    (weave?.weavers ?? []).reduce((sum, one) => sum + (one === null ? 0 : read(one)), 0);
}

/** Routes in the main tables of all nodes and routers. */
function routesOfHosts({ built }: ScenarioRun): number {
  let count = 0;
  for (const { fib } of built.hosts) for (const _ of fib.main.routes()) count++;
  return count;
}
