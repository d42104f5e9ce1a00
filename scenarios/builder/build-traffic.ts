import { Actor } from '../../engine/actor.ts';
import type { RandomStream } from '../../engine/random.ts';
import { NumberStore } from '../../engine/statistics/number-store.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import {
  type Arrivals,
  ConstantArrivals,
  OnOffArrivals,
  PoissonArrivals,
} from '../../models/traffic/arrivals.ts';
import { FIGURES_PER_FLOW, FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { PingFlow } from '../../models/traffic/ping-flow.ts';
import { UdpFlow, type UdpPattern } from '../../models/traffic/udp-flow.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { SizePlan, TrafficPlan, UdpPlan } from '../plan/traffic.ts';
import { type TrafficPair, trafficPairs } from '../plan/traffic-pairs.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Endpoint } from '../topology/endpoints.ts';
import { podName } from '../topology/pod-names.ts';
import type { BuiltNetwork } from './build-network.ts';

/** What the pairs of one traffic have in common. */
interface TrafficContext {
  plan: ClusterPlan;
  traffic: TrafficPlan;
  /** What all senders share; null when each draws its own numbers. */
  pattern: UdpPattern | null;
  /** Where the figures of all flows of the network are kept. */
  figures: NumberStore;
}

/**
 * One sender and one receiver of a traffic. The sender's socket and its statistics are made when it begins: a hundred
 * thousand flows that wait for their turn weigh little.
 */
export class BuiltPair {
  readonly from: Endpoint;
  readonly to: Endpoint | undefined;
  private readonly context: TrafficContext;
  private readonly address: Ipv4Address;
  private readonly index: number;
  /** Where it will send from, from `due` on (nanoseconds), and how. */
  private namespace: NetworkNamespace | null = null;
  private due = 0;
  private pattern: UdpPattern | null = null;
  /** Tells a beginning that was called off from the one after it. */
  private beginnings = 0;
  private source: UdpFlow | PingFlow | null = null;
  private measured: FlowStatistics | null = null;

  constructor(context: TrafficContext, pair: TrafficPair, index: number) {
    this.from = pair.from;
    this.to = pair.to;
    this.context = context;
    this.address = pair.address;
    this.index = index;
  }

  get statistics(): FlowStatistics {
    const { plan, figures } = this.context;
    this.measured ??= new FlowStatistics(plan.measure.warmup, figures);
    return this.measured;
  }

  get fromName(): string {
    return endpointName(this.context.plan, this.from);
  }

  get toName(): string {
    return this.to === undefined ? formatIpv4(this.address) : endpointName(this.context.plan, this.to);
  }

  /** Lets `starter` start it from `namespace`, not before now. */
  begin(namespace: NetworkNamespace, starter: TrafficStarter): void {
    const { traffic, pattern: shared } = this.context;
    this.namespace = namespace;
    this.due = Math.max(traffic.start, starter.simulation.now);
    if (traffic.kind === 'udp') {
      const owner = `${traffic.name} ${this.fromName}>${this.toName}`;
      this.pattern =
        shared ?? makePattern(traffic, (purpose) => namespace.network.random.stream(purpose, owner));
    }
    if (traffic.kind === 'udp' && traffic.arrivals.kind === 'poisson')
      this.due += this.pattern!.arrivals.next();
    else this.due += this.phase;
    if (this.due < traffic.stop) starter.await(this.index, this.due, ++this.beginnings);
  }

  /** Its time has come, if nobody has called it off since. */
  start(beginning: number): void {
    const { namespace, statistics, address: to } = this;
    if (beginning !== this.beginnings || namespace === null) return;
    const { traffic } = this.context;
    if (traffic.kind === 'ping') {
      const { interval: every, size, stop, count } = traffic;
      this.source = new PingFlow(namespace, statistics, { to, every, size, start: this.due, stop, count });
    } else {
      this.source = new UdpFlow(namespace, statistics, to, this.due, this.pattern!);
    }
    this.source.begin();
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.beginnings++;
    this.source?.cancel();
  }

  /** Nanoseconds: senders of one traffic take turns within an interval instead of all sending at one instant. */
  private get phase(): number {
    const { interval, pairCount } = this.context.traffic;
    return Math.floor((interval * this.index) / pairCount);
  }
}

/** Starts the pairs of one traffic when they are due. */
export class TrafficStarter extends Actor {
  readonly pairs: BuiltPair[] = [];

  /** @param due nanoseconds, not rounded */
  await(index: number, due: number, beginning: number): void {
    const time = Math.max(Math.round(due), this.simulation.now);
    this.simulation.schedule(this, time, beginning, index);
  }

  override handle(beginning: number, index: number): void {
    this.pairs[index].start(beginning);
  }
}

/** The flows of one traffic of the scenario. */
export interface BuiltTraffic {
  plan: TrafficPlan;
  pairs: BuiltPair[];
  starter: TrafficStarter;
}

/** Makes every flow; those whose sender is there will start. */
export function buildTraffic(built: BuiltNetwork, plan: ClusterPlan): BuiltTraffic[] {
  const count = plan.traffic.reduce((sum, { pairCount }) => sum + pairCount, 0);
  const figures = new NumberStore(count * FIGURES_PER_FLOW);
  return plan.traffic.map((traffic) => {
    const draws = built.network.random.stream('receivers', traffic.name);
    const context = { plan, traffic, pattern: sharedPattern(traffic), figures };
    const starter = new TrafficStarter(built.network.simulation);
    const { pairs } = starter;
    for (const pair of trafficPairs(traffic, plan, () => draws.uniform())) {
      pairs.push(new BuiltPair(context, pair, pairs.length));
    }
    for (const pair of pairs) {
      const namespace = namespaceOf(built, plan, pair.from);
      if (namespace !== null) pair.begin(namespace, starter);
      if (pair.to !== undefined) openPort(built, plan, traffic, pair.to);
    }
    return { plan: traffic, pairs, starter };
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
  for (const { port } of plan.pods.groups[plan.pods.group[pod]].listen) namespace.openUdpPort(port);
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
  if (namespace !== null) namespace.openUdpPort(traffic.port);
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
