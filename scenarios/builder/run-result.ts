import { LatencyHistogram } from '../../engine/statistics/latency-histogram.ts';
import type { CableDirection } from '../../models/link/cable.ts';
import type { DropRow } from '../../models/netns/drop-counters.ts';
import type { BuiltPair, BuiltTraffic } from './build-traffic.ts';
import { type CoreResult, processorResults } from './processor-results.ts';
import { type QdiscResult, qdiscResults } from './qdisc-results.ts';
import type { Series } from './sample-series.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { judgeThresholds, type ThresholdResult } from './thresholds.ts';

/** A distribution of times, nanoseconds; null where nothing was measured. */
export interface DistributionResult {
  min: number | null;
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

/** Figures of one traffic of the scenario, or of one of its pairs. */
export interface FlowResult {
  name: string;
  kind: 'ping' | 'udp';
  /** Pairs of sender and receiver that the figures are of. */
  pairs: number;
  sent: number;
  received: number;
  /** Lost on the way, all reasons; a ping is lost when its request or its reply is. */
  lost: number;
  lostByReason: Record<string, number>;
  /** Not even sent: the sender's own stack refused (no route, no such pod). */
  refused: number;
  /** Still on their way at the end. */
  inFlight: number;
  /** Fraction of the sent packets that was lost or refused. */
  loss: number;
  /** Payload bit/s that arrived, over the time in which the flow was to send. */
  throughput: number;
  /** Payload bit/s that was sent. */
  offered: number;
  /** One way for udp, round trip for ping. */
  latency: DistributionResult;
  /** Nanoseconds (RFC 3550), the mean over the pairs. */
  jitter: number | null;
  reordered: number;
  /** Arrived once more, having been duplicated on the way. */
  duplicates: number;
}

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
  const flows = traffic.map((one) => flowResult(run, one));
  return {
    scenario: plan.name,
    seed: plan.seed,
    simulatedTime: simulation.now,
    events: simulation.events,
    packetHops: network.hops,
    fingerprint: { packets: network.packetPrint.value, timed: network.timedPrint.value },
    packets: { created, copied, delivered, dropped, inFlight },
    flows: plan.measure.flows ? flows : [],
    links: built.cables
      .flatMap((cable) => [cable.forward, cable.backward])
      .map((direction) => linkResult(direction, simulation.now)),
    qdiscs: qdiscResults(network),
    cores: processorResults(network),
    drops: network.drops.rows(),
    thresholds: judgeThresholds(plan.thresholds, flows),
    histograms: histogramsOf(run),
    series: run.series,
    problems: [...built.problems],
  };
}

/** The pairs of a traffic, each with figures of its own. */
export function pairResults(run: ScenarioRun, traffic: BuiltTraffic): FlowResult[] {
  return traffic.pairs.map((pair) => summarise(run, traffic, [pair], `${pair.fromName} > ${pair.toName}`));
}

function flowResult(run: ScenarioRun, traffic: BuiltTraffic): FlowResult {
  return summarise(run, traffic, traffic.pairs, traffic.plan.name);
}

function summarise(
  run: ScenarioRun,
  traffic: BuiltTraffic,
  pairs: readonly BuiltPair[],
  name: string,
): FlowResult {
  const latency = mergedLatency(pairs);
  const sum = (pick: (pair: BuiltPair) => number) => pairs.reduce((total, pair) => total + pick(pair), 0);
  const sent = sum((pair) => pair.statistics.sentPackets);
  const received = sum((pair) => pair.statistics.receivedPackets);
  const lost = sum((pair) => pair.statistics.lostPackets);
  const refused = sum((pair) => pair.statistics.refused);
  const seconds = sendingTime(run, traffic) / 1e9;
  const measured = pairs.filter((pair) => pair.statistics.receivedPackets > 1);
  return {
    name,
    kind: traffic.plan.kind,
    pairs: pairs.length,
    sent,
    received,
    lost,
    lostByReason: mergedLosses(pairs),
    refused,
    inFlight: sent - received - lost - refused,
    loss: sent === 0 ? 0 : (lost + refused) / sent,
    throughput: seconds > 0 ? (sum((pair) => pair.statistics.receivedBytes) * 8) / seconds : 0,
    offered: seconds > 0 ? (sum((pair) => pair.statistics.sentBytes) * 8) / seconds : 0,
    latency: distribution(latency),
    jitter: measured.length === 0 ? null : sum((pair) => pair.statistics.jitter) / measured.length,
    reordered: sum((pair) => pair.statistics.reordered),
    duplicates: sum((pair) => pair.statistics.duplicates),
  };
}

/** Nanoseconds of the measured part of the run in which the traffic was to send. */
function sendingTime(run: ScenarioRun, { plan }: BuiltTraffic): number {
  const from = Math.max(plan.start, run.plan.measure.warmup);
  return Math.max(0, Math.min(plan.stop, run.simulation.now) - from);
}

/** The delays of all packets of some pairs; nanoseconds. */
export function mergedLatency(pairs: readonly BuiltPair[]): LatencyHistogram {
  if (pairs.length === 1) return pairs[0].statistics.latency;
  const merged = new LatencyHistogram();
  for (const pair of pairs) merged.merge(pair.statistics.latency);
  return merged;
}

function mergedLosses(pairs: readonly BuiltPair[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const pair of pairs) {
    for (const [reason, count] of Object.entries(pair.statistics.lossesByReason())) {
      merged[reason] = (merged[reason] ?? 0) + count;
    }
  }
  return merged;
}

function distribution(histogram: LatencyHistogram): DistributionResult {
  if (histogram.count === 0) {
    return { min: null, mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null };
  }
  const at = (p: number) => histogram.percentile(p);
  return {
    min: histogram.min,
    mean: histogram.mean,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max,
  };
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
    const traffic = run.traffic.find(({ plan }) => plan.name === name.split('.')[0]);
    if (traffic === undefined) continue;
    const buckets = mergedLatency(traffic.pairs).buckets();
    histograms[name] = buckets.map(({ low, high, count }) => [low, high, count]);
  }
  return histograms;
}
