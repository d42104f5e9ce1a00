import { Actor } from '../../engine/actor.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { IncastFlow } from '../../models/traffic/tcp/incast-flow.ts';
import { TcpStatistics } from '../../models/traffic/tcp/tcp-statistics.ts';
import type { UdpPattern } from '../../models/traffic/udp-flow.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { IncastPlan, TrafficPlan } from '../plan/traffic.ts';
import { endpointAddress, type TrafficPair } from '../plan/traffic-pairs.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Endpoint } from '../topology/endpoints.ts';
import { podName } from '../topology/pod-names.ts';
import type { BuiltNetwork } from './build-network.ts';
import type { StreamOf } from './draw.ts';
import { makePattern, makeSource, type SourcePair, type TrafficSource } from './traffic-source.ts';

/** What the pairs of one traffic have in common. */
export interface TrafficContext {
  plan: ClusterPlan;
  traffic: TrafficPlan;
  /** What all senders share; null when each draws its own numbers. */
  pattern: UdpPattern | null;
  built: BuiltNetwork;
  /** Makes the server of a pair ready for connections, if it is there. */
  openPorts: (pair: BuiltPair) => void;
  /** Who asks all senders at once, by receiver. */
  incasts: Map<Endpoint, IncastFlow>;
}

/**
 * One sender and one receiver of a traffic. The sender's socket and its statistics are made when it begins: a hundred
 * thousand flows that wait for their turn weigh little.
 */
export class BuiltPair implements SourcePair {
  readonly from: Endpoint;
  readonly to: Endpoint | undefined;
  private readonly given: Ipv4Address;
  private readonly context: TrafficContext;
  readonly index: number;
  /** How it sends, once it has begun. */
  private pattern: UdpPattern | null = null;
  /** Tells a beginning that was called off from the one after it. */
  private beginnings = 0;
  private sourceMade: TrafficSource | null = null;
  private measured: FlowStatistics | null = null;
  private tcpMeasured: TcpStatistics | null = null;

  constructor(context: TrafficContext, pair: TrafficPair, index: number) {
    this.from = pair.from;
    this.to = pair.to;
    this.context = context;
    this.given = pair.address;
    this.index = index;
  }

  /** Where it sends to; 0 while the receiver is a pod without an address. */
  get address(): Ipv4Address {
    const { built, plan } = this.context;
    return this.to === undefined ? this.given : addressOf(built, plan, this.to);
  }

  get statistics(): FlowStatistics {
    const { plan, built } = this.context;
    this.measured ??= new FlowStatistics(plan.measure.warmup, built.network.flows.figures);
    return this.measured;
  }

  /** Of its connections; there is no use in asking for those of other traffic. */
  get tcp(): TcpStatistics {
    const { plan, built, traffic } = this.context;
    if (this.tcpMeasured === null) {
      const { simulation, flows } = built.network;
      const unit = traffic.kind === 'tcp' ? 'segment' : 'message';
      const { warmup } = plan.measure;
      this.tcpMeasured = new TcpStatistics(this.statistics, unit, simulation, warmup, flows.figures);
    }
    return this.tcpMeasured;
  }

  /** Payload bytes that have arrived; over TCP those that applications have read. */
  get arrivedBytes(): number {
    return this.tcpMeasured === null ? this.statistics.receivedBytes : this.tcpMeasured.readBytes;
  }

  /** Null while it has had no connections. */
  get tcpIfMade(): TcpStatistics | null {
    return this.tcpMeasured;
  }

  /** Null before it has begun. */
  get source(): TrafficSource | null {
    return this.sourceMade;
  }

  get fromName(): string {
    return endpointName(this.context.plan, this.from);
  }

  get toName(): string {
    return this.to === undefined ? formatIpv4(this.address) : endpointName(this.context.plan, this.to);
  }

  get senderAddress(): Ipv4Address {
    const { built, plan } = this.context;
    return addressOf(built, plan, this.from);
  }

  /** Who is connected to; undefined for an address that the scenario names as such. */
  get server(): Endpoint | undefined {
    return this.context.traffic.kind === 'incast' ? this.from : this.to;
  }

  /** Whether it cannot go on without this endpoint. */
  needs(endpoint: Endpoint): boolean {
    return this.from === endpoint || (this.context.traffic.kind === 'incast' && this.to === endpoint);
  }

  incast(traffic: IncastPlan): IncastFlow | null {
    const { incasts, built, plan } = this.context;
    const receiver = this.to!;
    const namespace = namespaceOf(built, plan, receiver);
    let flow = incasts.get(receiver) ?? null;
    if (namespace !== null && flow?.namespace !== namespace) {
      flow = new IncastFlow(namespace, traffic);
      incasts.set(receiver, flow);
    }
    return flow;
  }

  /** Whether both are there whose addresses are not known before. */
  get canBegin(): boolean {
    const { built, plan } = this.context;
    const isThere = (endpoint: Endpoint | undefined) =>
      endpoint === undefined || plan.weave === undefined || namespaceOf(built, plan, endpoint) !== null;
    return namespaceOf(built, plan, this.from) !== null && isThere(this.to);
  }

  /** Lets `starter` start it, not before now. */
  begin(starter: TrafficStarter): void {
    const { built, plan } = this.context;
    const namespace = namespaceOf(built, plan, this.from)!;
    const { traffic, pattern: shared } = this.context;
    let due = Math.max(traffic.start, starter.simulation.now);
    if (traffic.kind === 'udp') {
      this.pattern = shared ?? makePattern(traffic, this.streams(namespace));
    }
    if (traffic.kind === 'udp' && traffic.arrivals.kind === 'poisson') due += this.pattern!.arrivals.next();
    else due += this.phase;
    if (due < traffic.stop) starter.await(this.index, due, ++this.beginnings);
  }

  /**
   * Its time has come, if nobody has called it off since.
   * @param due nanoseconds, not rounded
   */
  start(beginning: number, due: number): void {
    if (beginning !== this.beginnings) return;
    const { context } = this;
    const namespace = namespaceOf(context.built, context.plan, this.from)!;
    context.openPorts(this);
    this.sourceMade = makeSource(context.traffic, this, namespace, due, this.pattern);
    this.sourceMade.begin();
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.beginnings++;
    this.sourceMade?.cancel();
  }

  /** The random numbers of this pair alone, by what they are for. */
  streams({ network }: NetworkNamespace): StreamOf {
    return (purpose) => {
      const owner = `${this.context.traffic.name} ${this.fromName}>${this.toName}`;
      return network.random.stream(purpose, owner);
    };
  }

  /** Nanoseconds: senders of one traffic take turns within an interval instead of all sending at one instant. */
  private get phase(): number {
    const { traffic } = this.context;
    if (!('interval' in traffic)) return 0;
    return Math.floor((traffic.interval * this.index) / traffic.pairCount);
  }
}

/** Starts the pairs of one traffic when they are due. */
export class TrafficStarter extends Actor {
  readonly pairs: BuiltPair[] = [];
  /** By pair: as fields of theirs, a hundred thousand numbers that may be no integers would be as many objects. */
  private due = new Float64Array(0);

  /** @param due nanoseconds, not rounded */
  await(index: number, due: number, beginning: number): void {
    if (index >= this.due.length) {
      const all = new Float64Array(this.pairs.length);
      all.set(this.due);
      this.due = all;
    }
    this.due[index] = due;
    const time = Math.max(Math.round(due), this.simulation.now);
    this.simulation.schedule(this, time, beginning, index);
  }

  override handle(beginning: number, index: number): void {
    this.pairs[index].start(beginning, this.due[index]);
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

/** An address that plugins give is known when the pod is there; 0 before. */
export function addressOf(built: BuiltNetwork, plan: ClusterPlan, endpoint: Endpoint): Ipv4Address {
  if (plan.weave === undefined || endpoint < plan.hosts.length) return endpointAddress(plan, endpoint);
  const pod = namespaceOf(built, plan, endpoint)?.link('eth0');
  return pod?.addresses[0]?.address ?? 0;
}

function endpointName(plan: ClusterPlan, endpoint: Endpoint): string {
  return endpoint < plan.hosts.length
    ? plan.hosts[endpoint].name
    : podName(plan.pods, endpoint - plan.hosts.length);
}
