import type { CableDirection } from '../../models/link/cable.ts';
import type { DropRow } from '../../models/netns/drop-counters.ts';
import type { TrafficKind } from '../schema/metrics.ts';
import type { BuiltTraffic } from './build-traffic.ts';
import { type FlowResult, type MeasuredTime, mergedHistogram, summarise } from './flow-result.ts';
import { type CoreResult, processorResults } from './processor-results.ts';
import { type QdiscResult, qdiscResults } from './qdisc-results.ts';
import type { Series } from './sample-series.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { judgeThresholds, type ThresholdResult } from './thresholds.ts';
import { type WeaveResult, weaveResults } from './weave-results.ts';

/** So many pods are named where something is wrong with them. */
const NAMED = 5;

export type { DistributionResult, FlowResult, TcpResult } from './flow-result.ts';

/** Figures of one direction of a cable. */
export interface LinkResult {
  name: string;
  rate: number;
  /** Fraction of the time for which bits were on the wire. */
  utilisation: number;
  packets: number;
  bytes: number;
  queueDropped: number;
  lost: number;
  queuePeakPackets: number;
  queuePeakBytes: number;
}

/** Everything that a run has to tell. Times in nanoseconds, rates in bit/s. */
export interface RunResult {
  scenario: string;
  seed: number;
  simulatedTime: number;
  events: number;
  packetHops: number;
  fingerprint: { packets: string; timed: string };
  packets: { created: number; copied: number; delivered: number; dropped: number; inFlight: number };
  flows: FlowResult[];
  links: LinkResult[];
  qdiscs: QdiscResult[];
  cores: CoreResult[];
  /** Of clusters with Weave. */
  weave?: WeaveResult[];
  drops: DropRow[];
  thresholds: ThresholdResult[];
  /** Distributions that the scenario asks for: [from, to, count] of every bucket. */
  histograms: Record<string, [low: number, high: number, count: number][]>;
  series: readonly Series[];
  /** What simulated kernels refused to do. */
  problems: string[];
}

/** Takes the figures of a run as they stand. */
export function resultOf(run: ScenarioRun): RunResult {
  const { plan, simulation, built, traffic } = run;
  const { network } = built;
  const { created, copied, delivered, dropped, inFlight } = network.pool;
  const flows = traffic.map((one) => summarise(one, one.pairs, one.plan.name, measuredTime(run)));
  return {
    scenario: plan.name,
    seed: plan.seed,
    simulatedTime: simulation.now,
    events: simulation.events,
    packetHops: network.hops,
    fingerprint: { packets: network.prints.packets, timed: network.prints.timed },
    packets: { created, copied, delivered, dropped, inFlight },
    flows: plan.measure.flows ? flows : [],
    links: built.cables
      .flatMap((cable) => [cable.forward, cable.backward])
      .map((direction) => linkResult(direction, simulation.now)),
    qdiscs: qdiscResults(network),
    cores: processorResults(network),
    ...(run.weave === null ? {} : { weave: weaveResults(run) }),
    drops: network.drops.rows(),
    thresholds: judgeThresholds(plan.thresholds, flows),
    histograms: histogramsOf(run),
    series: run.series,
    problems: [...built.problems, ...withoutAddress(run)],
  };
}

/** Pods that Weave has no address for, or not yet: traffic of theirs has never begun. */
function withoutAddress({ weave }: ScenarioRun): string[] {
  const pods = weave?.unattached ?? [];
  if (pods.length === 0) return [];
  const names = pods.slice(0, NAMED).join(', ');
  const others = pods.length > NAMED ? ` and ${pods.length - NAMED} more` : '';
  return [`no address of Weave for ${names}${others}: see weave status ipam on their nodes`];
}

/** The pairs of a traffic, each with figures of its own. */
export function pairResults(run: ScenarioRun, traffic: BuiltTraffic): FlowResult[] {
  return traffic.pairs.map((pair) =>
    summarise(traffic, [pair], `${pair.fromName} > ${pair.toName}`, measuredTime(run)),
  );
}

function measuredTime(run: ScenarioRun): MeasuredTime {
  return { from: run.plan.measure.warmup, now: run.simulation.now };
}

function linkResult(direction: CableDirection, now: number): LinkResult {
  const { busy, packets, bytes, queueDropped, lost, queuePeakPackets, queuePeakBytes } = direction.statistics;
  return {
    name: `${direction.from.fullName} > ${direction.to.fullName}`,
    rate: direction.rate,
    utilisation: now > 0 ? Math.min(1, busy / now) : 0,
    packets,
    bytes,
    queueDropped,
    lost,
    queuePeakPackets,
    queuePeakBytes,
  };
}

function histogramsOf(run: ScenarioRun): RunResult['histograms'] {
  const histograms: RunResult['histograms'] = {};
  for (const name of run.plan.measure.histograms) {
    const [flow, figure] = name.split('.');
    const traffic = run.traffic.find(({ plan }) => plan.name === flow);
    if (traffic === undefined) continue;
    const buckets = mergedHistogram(traffic.pairs, storedAs(traffic.plan.kind, figure)).buckets();
    histograms[name] = buckets.map(({ low, high, count }) => [low, high, count]);
  }
  return histograms;
}

/** Where a distribution of the scenario's name is kept: the round trip of a ping is its latency. */
function storedAs(kind: TrafficKind, figure: string): 'latency' | 'rtt' | 'completion' {
  if (figure === 'completion') return figure;
  return figure === 'rtt' && kind !== 'ping' ? figure : 'latency';
}
