import { LatencyHistogram } from '../../engine/statistics/latency-histogram.ts';
import type { TcpStatistics } from '../../models/traffic/tcp/tcp-statistics.ts';
import { isOverTcp, type TrafficPlan } from '../plan/traffic.ts';
import type { TrafficKind } from '../schema/metrics.ts';
import type { BuiltTraffic } from './build-traffic.ts';
import type { BuiltPair } from './built-pair.ts';

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

/** Figures of the connections of a traffic, both ends of them. */
export interface TcpResult {
  /** Handshakes that clients have completed. */
  connections: number;
  /** Connections that came to nothing or broke, and why. */
  failed: number;
  failedByReason: Record<string, number>;
  segmentsSent: number;
  segmentsLost: number;
  segmentsLostByReason: Record<string, number>;
  /** Segments sent again. */
  retransmits: number;
  /** As TCP measures it, either end. */
  rtt: DistributionResult;
}

/** Figures of one traffic of the scenario, or of one of its pairs. */
export interface FlowResult {
  name: string;
  kind: TrafficKind;
  /** Pairs of sender and receiver that the figures are of. */
  pairs: number;
  /** Packets; segments with data for tcp, requests, blocks or transfers of the others. */
  sent: number;
  received: number;
  /** Lost on the way, all reasons; a ping is lost when its request or its reply is. */
  lost: number;
  lostByReason: Record<string, number>;
  /** Not even sent: the sender's own stack refused (no route, no such pod). */
  refused: number;
  /** Still on their way at the end. */
  inFlight: number;
  /** Fraction of what was sent that was lost or refused. */
  loss: number;
  /** Payload bit/s that arrived, over the time in which the flow was to send; over TCP what applications have read. */
  throughput: number;
  /** Payload bit/s that was sent. */
  offered: number;
  /** One way for udp and tcp, round trip for ping; of the others until the last byte has been read. */
  latency: DistributionResult;
  /** Nanoseconds (RFC 3550), the mean over the pairs. */
  jitter: number | null;
  reordered: number;
  /** Arrived once more, having been duplicated on the way. */
  duplicates: number;
  /** Of traffic over TCP. */
  tcp?: TcpResult;
  /** Of tcp with `bytes`: until the receiver has read all; of incast: the rounds. */
  completion?: DistributionResult;
}

/** The time for which figures are taken. */
export interface MeasuredTime {
  /** End of the warm-up, nanoseconds. */
  from: number;
  now: number;
}

/** The figures of some pairs of a traffic as one. */
export function summarise(
  traffic: BuiltTraffic,
  pairs: readonly BuiltPair[],
  name: string,
  time: MeasuredTime,
): FlowResult {
  const sum = (pick: (pair: BuiltPair) => number) => pairs.reduce((total, pair) => total + pick(pair), 0);
  const sent = sum((pair) => pair.statistics.sentPackets);
  const received = sum((pair) => pair.statistics.receivedPackets);
  const lost = sum((pair) => pair.statistics.lostPackets);
  const refused = sum((pair) => pair.statistics.refused);
  const seconds = sendingTime(traffic.plan, pairs, time) / 1e9;
  const measured = pairs.filter((pair) => pair.statistics.hasJitter);
  const arrived = sum((pair) => pair.arrivedBytes);
  return {
    name,
    kind: traffic.plan.kind,
    pairs: pairs.length,
    sent,
    received,
    lost,
    lostByReason: mergedCounts(pairs.map((pair) => pair.statistics.lossesByReason())),
    refused,
    inFlight: sent - received - lost - refused,
    loss: sent === 0 ? 0 : (lost + refused) / sent,
    throughput: seconds > 0 ? (arrived * 8) / seconds : 0,
    offered: seconds > 0 ? (sum((pair) => pair.statistics.sentBytes) * 8) / seconds : 0,
    latency: distribution(mergedHistogram(pairs, 'latency')),
    jitter: measured.length === 0 ? null : sum((pair) => pair.statistics.jitter) / measured.length,
    reordered: sum((pair) => pair.statistics.reordered),
    duplicates: sum((pair) => pair.statistics.duplicates),
    ...(isOverTcp(traffic.plan) ? overTcp(pairs) : {}),
  };
}

function overTcp(pairs: readonly BuiltPair[]): Pick<FlowResult, 'tcp' | 'completion'> {
  const all = pairs.flatMap((pair) => pair.tcpIfMade ?? []);
  const sum = (pick: (one: TcpStatistics) => number) => all.reduce((total, one) => total + pick(one), 0);
  const failedByReason = mergedCounts(all.map(({ failures }) => Object.fromEntries(failures)));
  return {
    tcp: {
      connections: sum((one) => one.connections),
      failed: Object.values(failedByReason).reduce((total, count) => total + count, 0),
      failedByReason,
      segmentsSent: sum((one) => one.segmentsSent),
      segmentsLost: sum((one) => one.segmentsLost),
      segmentsLostByReason: mergedCounts(all.map((one) => one.segmentsLostByReason())),
      retransmits: sum((one) => one.retransmits),
      rtt: distribution(mergedHistogram(pairs, 'rtt')),
    },
    completion: distribution(mergedHistogram(pairs, 'completion')),
  };
}

/** Nanoseconds of the measured part of the run in which the traffic was to send. */
function sendingTime(plan: TrafficPlan, pairs: readonly BuiltPair[], time: MeasuredTime): number {
  const from = Math.max(plan.start, time.from);
  const to = Math.min(plan.stop, time.now);
  return Math.max(0, (completionTime(plan, pairs) ?? to) - from);
}

/** When the last of transfers of a given length was over; undefined while one is not. */
function completionTime(plan: TrafficPlan, pairs: readonly BuiltPair[]): number | undefined {
  if (plan.kind !== 'tcp' || pairs.length === 0) return undefined;
  let last = 0;
  for (const { tcpIfMade } of pairs) {
    if (!tcpIfMade?.isComplete || tcpIfMade.lastRead < 0) return undefined;
    last = Math.max(last, tcpIfMade.lastRead);
  }
  return last;
}

/** `latency`, also of pings, where the scenario calls it `rtt`; of TCP its own `rtt`, and `completion`. */
export function mergedHistogram(
  pairs: readonly BuiltPair[],
  name: 'latency' | 'rtt' | 'completion',
): LatencyHistogram {
  const histograms = pairs.flatMap((pair) => histogramOf(pair, name) ?? []);
  if (histograms.length === 1) return histograms[0];
  const merged = new LatencyHistogram();
  for (const histogram of histograms) merged.merge(histogram);
  return merged;
}

function histogramOf(pair: BuiltPair, name: 'latency' | 'rtt' | 'completion'): LatencyHistogram | undefined {
  if (name === 'latency') return pair.statistics.latency;
  return name === 'rtt' ? pair.tcpIfMade?.roundTrip : pair.tcpIfMade?.completion;
}

function mergedCounts(all: readonly Record<string, number>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const counts of all) {
    for (const [reason, count] of Object.entries(counts)) merged[reason] = (merged[reason] ?? 0) + count;
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
