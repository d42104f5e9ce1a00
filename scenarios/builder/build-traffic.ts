import type { RandomStream } from '../../engine/random.ts';
import { NumberStore } from '../../engine/statistics/number-store.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import {
  type Arrivals,
  ConstantArrivals,
  OnOffArrivals,
  PoissonArrivals,
} from '../../models/traffic/arrivals.ts';
import { FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { PingFlow } from '../../models/traffic/ping-flow.ts';
import { UdpFlow, type UdpPattern } from '../../models/traffic/udp-flow.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { SizePlan, TrafficPlan, UdpPlan } from '../plan/traffic.ts';
import { type TrafficPair, trafficPairs } from '../plan/traffic-pairs.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Endpoint } from '../topology/endpoints.ts';
import { podName } from '../topology/pod-names.ts';
import type { BuiltNetwork } from './build-network.ts';

/** One sender and one receiver of a traffic. */
export class BuiltPair {
  readonly from: Endpoint;
  readonly to: Endpoint | undefined;
  readonly statistics: FlowStatistics;
  /** The source, once its pod is there. */
  source: UdpFlow | PingFlow | null = null;
  private readonly plan: ClusterPlan;
  private readonly traffic: TrafficPlan;
  private readonly address: Ipv4Address;
  /** Nanoseconds: senders of one traffic take turns within an interval instead of all sending at one instant. */
  private readonly phase: number;
  /** What all senders of the traffic share; null when each draws its own numbers. */
  private readonly shared: UdpPattern | null;

  constructor(
    plan: ClusterPlan,
    traffic: TrafficPlan,
    pair: TrafficPair,
    index: number,
    shared: UdpPattern | null,
    figures: NumberStore,
  ) {
    this.from = pair.from;
    this.to = pair.to;
    this.statistics = new FlowStatistics(plan.measure.warmup, figures);
    this.plan = plan;
    this.traffic = traffic;
    this.address = pair.address;
    this.phase = Math.floor((traffic.interval * index) / traffic.pairCount);
    this.shared = shared;
  }

  get fromName(): string {
    return endpointName(this.plan, this.from);
  }

  get toName(): string {
    return this.to === undefined ? formatIpv4(this.address) : endpointName(this.plan, this.to);
  }

  /** Starts sending from `namespace`, not before `now`. */
  begin(namespace: NetworkNamespace, now: number): void {
    const { traffic, statistics, address: to } = this;
    const base = Math.max(traffic.start, now);
    if (traffic.kind === 'ping') {
      const { interval: every, size, stop, count } = traffic;
      const start = base + this.phase;
      this.source = new PingFlow(namespace, statistics, { to, every, size, start, stop, count });
    } else {
      const owner = `${traffic.name} ${this.fromName}>${this.toName}`;
      const pattern =
        this.shared ?? makePattern(traffic, (purpose) => namespace.network.random.stream(purpose, owner));
      const start = base + (traffic.arrivals.kind === 'poisson' ? pattern.arrivals.next() : this.phase);
      this.source = new UdpFlow(namespace, statistics, to, start, pattern);
    }
    this.source.begin();
  }
}

/** The flows of one traffic of the scenario. */
export interface BuiltTraffic {
  plan: TrafficPlan;
  pairs: BuiltPair[];
}

/** Makes every flow and starts those whose sender is there. */
export function buildTraffic(built: BuiltNetwork, plan: ClusterPlan): BuiltTraffic[] {
  const figures = new NumberStore();
  return plan.traffic.map((traffic) => {
    const draws = built.network.random.stream('receivers', traffic.name);
    const shared = sharedPattern(traffic);
    const pairs: BuiltPair[] = [];
    for (const pair of trafficPairs(traffic, plan, () => draws.uniform())) {
      pairs.push(new BuiltPair(plan, traffic, pair, pairs.length, shared, figures));
    }
    for (const pair of pairs) {
      const namespace = namespaceOf(built, plan, pair.from);
      if (namespace !== null) pair.begin(namespace, 0);
      if (pair.to !== undefined) openPort(built, plan, traffic, pair.to);
    }
    return { plan: traffic, pairs };
  });
}

/** Opens what a pod listens on, and the port of every traffic that it receives. */
export function openPortsOf(
  built: BuiltNetwork,
  plan: ClusterPlan,
  traffic: readonly BuiltTraffic[],
  pod: number,
): void {
  const namespace = built.pods[pod];
  if (namespace === null) return;
  for (const { port } of plan.pods.groups[plan.pods.group[pod]].listen) listen(namespace, port);
  const endpoint = plan.hosts.length + pod;
  for (const { plan: one, pairs } of traffic) {
    if (pairs.some((pair) => pair.to === endpoint)) openPort(built, plan, one, endpoint);
  }
}

/** The namespace of an endpoint; null while its pod is not there. */
export function namespaceOf(
  built: BuiltNetwork,
  plan: ClusterPlan,
  endpoint: Endpoint,
): NetworkNamespace | null {
  return endpoint < plan.hosts.length ? built.hosts[endpoint] : built.pods[endpoint - plan.hosts.length];
}

function openPort(built: BuiltNetwork, plan: ClusterPlan, traffic: TrafficPlan, to: Endpoint): void {
  if (traffic.kind !== 'udp' || !traffic.openPort) return;
  const namespace = namespaceOf(built, plan, to);
  if (namespace !== null) listen(namespace, traffic.port);
}

/** A socket that takes whatever comes; one that is there already will do. */
function listen(namespace: NetworkNamespace, port: number): void {
  if (namespace.udp.lookupExact(0, port) === null) new UdpSocket(namespace).bind(0, port);
}

/** A traffic of constant pace and size draws nothing: its senders can share one pattern. */
function sharedPattern(traffic: TrafficPlan): UdpPattern | null {
  const drawsNothing =
    traffic.kind === 'udp' && traffic.arrivals.kind === 'constant' && traffic.size.kind === 'fixed';
  if (!drawsNothing) return null;
  return makePattern(traffic, () => {
    throw new Error('assertion failed: a shared pattern draws');
  });
}

function makePattern(traffic: UdpPlan, stream: (purpose: string) => RandomStream): UdpPattern {
  const { port, stop, count: packets, size } = traffic;
  return { port, stop, packets, arrivals: makeArrivals(traffic, stream), drawSize: makeSizes(size, stream) };
}

function makeArrivals(traffic: UdpPlan, stream: (purpose: string) => RandomStream): Arrivals {
  const { arrivals, interval } = traffic;
  if (arrivals.kind === 'constant') return new ConstantArrivals(interval);
  const draws = stream('arrivals');
  if (arrivals.kind === 'poisson') return new PoissonArrivals(interval, draws);
  const { on, off, distribution } = arrivals;
  const draw = (mean: number) => (distribution === 'constant' ? mean : draws.exponential(mean));
  return new OnOffArrivals(
    interval,
    () => draw(on),
    () => draw(off),
  );
}

function makeSizes(size: SizePlan, stream: (purpose: string) => RandomStream): () => number {
  if (size.kind === 'fixed') {
    const { bytes } = size;
    return () => bytes;
  }
  const draws = stream('sizes');
  switch (size.kind) {
    case 'uniform':
      return () => draws.integer(size.low, size.high);
    case 'exponential':
      return () => Math.min(Math.max(Math.round(draws.exponential(size.mean)), 1), size.max);
    case 'choice':
      return () => size.sizes[draws.integer(0, size.sizes.length - 1)];
  }
}

function endpointName(plan: ClusterPlan, endpoint: Endpoint): string {
  return endpoint < plan.hosts.length
    ? plan.hosts[endpoint].name
    : podName(plan.pods, endpoint - plan.hosts.length);
}
