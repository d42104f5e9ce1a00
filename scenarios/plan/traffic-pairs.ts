import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { Endpoint, EndpointSet } from '../topology/endpoints.ts';
import { hostAddress, type Topology } from '../topology/topology.ts';
import type { TrafficPlan } from './traffic.ts';

/** One flow: who sends, and to which address. */
export interface TrafficPair {
  from: Endpoint;
  /** Undefined for an address that the scenario names as such. */
  to: Endpoint | undefined;
  address: Ipv4Address;
}

/**
 * The flows of a traffic, one by one. `draw` gives a number from 0 up to 1 for each receiver that is drawn at
 * random; other patterns do not call it.
 */
export function* trafficPairs(
  traffic: TrafficPlan,
  plan: Topology,
  draw: () => number,
): Generator<TrafficPair> {
  if (traffic.kind === 'trace') {
    yield* traffic.table.pairs;
    return;
  }
  const { from, to, pattern } = traffic;
  const receivers = new Receivers(to, plan);
  if (pattern === 'next-node') {
    yield* nextNodePairs(from, receivers, plan);
    return;
  }
  const senders = from.endpoints;
  if (receivers.length === 0 || senders.length === 0) return;
  if (pattern === 'one-to-one') {
    const count = Math.max(senders.length, receivers.length);
    for (let index = 0; index < count; index++) {
      yield* pair(senders[index % senders.length], receivers.at(index % receivers.length));
    }
    return;
  }
  for (const sender of senders) {
    if (pattern === 'random') yield* pair(sender, drawOther(sender, receivers, draw));
    else for (let index = 0; index < receivers.length; index++) yield* pair(sender, receivers.at(index));
  }
}

/** The node on which an endpoint is: itself, or that of the pod. Routers have a place behind all nodes. */
export function nodeOf(plan: Topology, endpoint: Endpoint): number {
  const pod = endpoint - plan.hosts.length;
  return pod < 0 ? endpoint : plan.pods.node[pod];
}

export function endpointAddress(plan: Topology, endpoint: Endpoint): Ipv4Address {
  const pod = endpoint - plan.hosts.length;
  return pod < 0 ? hostAddress(plan.hosts[endpoint])! : plan.pods.address[pod];
}

type Receiver = Omit<TrafficPair, 'from'>;

/** Endpoints first and then addresses, as one list. */
class Receivers {
  readonly length: number;

  constructor(
    readonly set: EndpointSet,
    private readonly plan: Topology,
  ) {
    this.length = set.endpoints.length + set.addresses.length;
  }

  at(index: number): Receiver {
    const { endpoints, addresses } = this.set;
    if (index >= endpoints.length) return { to: undefined, address: addresses[index - endpoints.length] };
    return { to: endpoints[index], address: endpointAddress(this.plan, endpoints[index]) };
  }
}

function* pair(from: Endpoint, { to, address }: Receiver): Generator<TrafficPair> {
  if (from !== to) yield { from, to, address };
}

/** One draw, whichever it gives: whoever draws itself takes the next one. */
function drawOther(sender: Endpoint, receivers: Receivers, draw: () => number): Receiver {
  const index = Math.floor(draw() * receivers.length);
  const drawn = receivers.at(index);
  return drawn.to === sender ? receivers.at((index + 1) % receivers.length) : drawn;
}

/** The sender of number k on its node sends to the receiver of number k on the next node that has receivers. */
function* nextNodePairs(from: EndpointSet, receivers: Receivers, plan: Topology): Generator<TrafficPair> {
  const byNode = new Map<number, number[]>();
  for (const [index, endpoint] of receivers.set.endpoints.entries()) {
    const node = nodeOf(plan, endpoint);
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [index]);
    else list.push(index);
  }
  const nodes = [...byNode.keys()].sort((a, b) => a - b);
  if (nodes.length === 0) return;
  const sent = new Map<number, number>();
  for (const sender of from.endpoints) {
    const node = nodeOf(plan, sender);
    const number = sent.get(node) ?? 0;
    sent.set(node, number + 1);
    const next = byNode.get(nodeAfter(nodes, node))!;
    yield* pair(sender, receivers.at(next[number % next.length]));
  }
}

/** The first of the ascending `nodes` behind `node`, or the very first: found by halving. */
function nodeAfter(nodes: readonly number[], node: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle] <= node) low = middle + 1;
    else high = middle;
  }
  return nodes[low % nodes.length];
}
