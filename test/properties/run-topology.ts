import { Actor } from '../../engine/actor.ts';
import type { EventQueue } from '../../engine/event-queue.ts';
import { type ByteSink, PcapngWriter } from '../../engine/pcap-writer/index.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { Capture } from '../../models/link/capture/capture.ts';
import { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import { CaptureLog } from '../../models/link/capture/capture-log.ts';
import { chunkSize, FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import { RouteProtocol, type RouteSpec, RouteTable } from '../../models/netns/control-types.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import { setCable } from '../../models/netns/interface/link-control.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { ConstantArrivals, PoissonArrivals } from '../../models/traffic/arrivals.ts';
import { PingFlow } from '../../models/traffic/ping-flow.ts';
import { UdpFlow } from '../../models/traffic/udp-flow.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import { TtlWatch } from '../checkers/ttl-bound.ts';
import { WatchedFlow } from '../checkers/watched-flow.ts';
import { SECOND } from '../support/networks.ts';
import type { DisturbanceChoice, FlowChoice, Topology } from './arbitrary-topology.ts';
import { type BuiltNode, type BuiltTopology, buildTopology } from './build-topology.ts';
import { TurnsFlow } from './turns-flow.ts';

const OPEN_PORT = 7000;
const CLOSED_PORT = 7001;
/**
 * By then ARP has given up and fragments have been thrown away, those of the errors about fragments as well: nothing
 * is in flight any more.
 */
const END = 100 * SECOND;

export interface TopologyRun extends BuiltTopology {
  flows: WatchedFlow[];
  ttl: TtlWatch;
  /** What was captured on the uplinks and in the pods. */
  capture: Buffer;
}

export interface RunOptions {
  queue?: EventQueue;
  /** Whether packets may go the remembered way of their flow. Default true. */
  memo?: boolean;
  /** Interfaces that are captured: `all` takes those of bridges as well, `ports` what is on them and not the bridges. Default all. */
  watch?: 'all' | 'none' | 'uplinks' | 'pods' | 'ports';
  /** Frames that captures hand on at once. Default many. */
  chunkFrames?: number;
}

/** Builds the network, lets happen what is to happen, and runs until everything has come to rest. */
export function runTopology(topology: Topology, options: RunOptions = {}): TopologyRun {
  const { queue = new WheelQueue(), memo = true, watch = 'all', chunkFrames } = options;
  const built = buildTopology(topology, queue);
  const { network, nodes } = built;
  network.memo.enabled = memo;
  const ttl = new TtlWatch(watch === 'all' ? network.namespaces() : []);
  const chunks: Uint8Array[] = [];
  const capture = captureInChunks(network, (bytes) => chunks.push(bytes.slice()), chunkFrames);
  for (const iface of watchedInterfaces(built, watch)) capture.watch(iface);
  for (const { namespace, pods } of nodes) {
    for (const host of [namespace, ...pods.map((pod) => pod.namespace)]) listen(host);
  }
  const script = new Script(network.simulation);
  for (const choice of topology.disturbances) disturb(script, nodes[choice.node % nodes.length], choice);
  for (const { node, at, name, value } of topology.sysctls) {
    script.at(at, () => nodes[node % nodes.length].namespace.setSysctl(name, value));
  }
  const flows = topology.flows.map((choice, i) => beginFlow(built, choice, i));
  network.simulation.run({ until: END });
  capture.flush();
  return { ...built, flows, ttl, capture: Buffer.concat(chunks) };
}

function captureInChunks(network: Network, sink: ByteSink, frames?: number): Capture {
  const files = new CaptureFiles(network.macs);
  const file = files.add(new PcapngWriter(sink));
  return new Capture(new CaptureLog(network, files, FrameChunk.create(chunkSize(frames))), file);
}

function watchedInterfaces({ network, nodes }: BuiltTopology, watch: RunOptions['watch']): Interface[] {
  if (watch === 'all') return network.namespaces().flatMap((namespace) => namespace.interfaces());
  if (watch === 'ports') {
    return nodes.flatMap(({ namespace }) => namespace.interfaces().filter(({ port }) => port !== null));
  }
  const podsOf = ({ pods }: BuiltNode) => pods.map((pod) => pod.namespace);
  const hosts =
    watch === 'uplinks' ? nodes.map((node) => node.namespace) : watch === 'pods' ? nodes.flatMap(podsOf) : [];
  return hosts.map((host) => host.findInterface('eth0')!);
}

function listen(namespace: NetworkNamespace): void {
  new UdpSocket(namespace).bind(0, OPEN_PORT);
}

function beginFlow({ network, nodes }: BuiltTopology, choice: FlowChoice, i: number): WatchedFlow {
  const from = nodes[choice.from.node % nodes.length];
  const source = from.pods[choice.from.pod % from.pods.length].namespace;
  const podAt = ({ node, pod }: FlowChoice['to']) => {
    const { pods } = nodes[node % nodes.length];
    return pods[pod % pods.length].address;
  };
  const to = choice.toNode ? nodes[choice.to.node % nodes.length].address : podAt(choice.to);
  const { start, every, count, size } = choice;
  const statistics = new WatchedFlow();
  const stop = Number.POSITIVE_INFINITY;
  if (choice.kind === 'ping') {
    new PingFlow(source, statistics, { to, every, size, start, stop, count }).begin();
    return statistics;
  }
  const port = choice.open ? OPEN_PORT : CLOSED_PORT;
  if (choice.kind === 'turns') {
    const changesTos = choice.random;
    const turns = { to: [to, podAt(choice.other)], port, size, start, every, count, changesTos };
    new TurnsFlow(source, statistics, turns).begin();
    return statistics;
  }
  const gaps = network.random.stream('arrivals', `flow ${i}`);
  const sizes = network.random.stream('sizes', `flow ${i}`);
  new UdpFlow(source, statistics, to, start, {
    port,
    arrivals: choice.random ? new PoissonArrivals(every, gaps) : new ConstantArrivals(every),
    drawSize: choice.random ? () => sizes.integer(0, size) : () => size,
    stop,
    packets: count,
  }).begin();
  return statistics;
}

function disturb(script: Script, node: BuiltNode, choice: DisturbanceChoice): void {
  const { at, lasting } = choice;
  script.at(at, () => change(node, choice, false));
  script.at(at + lasting, () => change(node, choice, true));
}

/** What each disturbance does to a node, and (`back`) how it is taken back. */
const CHANGES: Record<DisturbanceChoice['what'], (target: Target, back: boolean) => void> = {
  cable: ({ node }, back) => setCable(node.cable, back),
  podLink: ({ pod }, back) => pod.setLinkUp('eth0', back),
  uplink: ({ node }, back) => node.namespace.setLinkUp('eth0', back),
  podBridge: ({ node }, back) => node.namespace.setLinkUp('cni0', back),
  podMtu: ({ node, pod }, back) => pod.setMtu('eth0', back ? node.choice.podMtu : 500),
  portMtu: ({ node, port }, back) => node.namespace.setMtu(port, back ? node.choice.podMtu : 500),
  uplinkMtu: ({ node }, back) => node.namespace.setMtu('eth0', back ? node.choice.uplinkMtu : 300),
  podRoute: ({ node, pod }, back) => changeDefaultRoute(pod, node, back),
  neighbours: ({ node, pod }, back) => (back ? pod : node.namespace).flushNeighbours(),
  podMac: ({ pod }) => pod.setMac('eth0', pod.link('eth0')!.mac + 256),
  ageing: ({ node }, back) =>
    node.namespace.setBridge('cni0', { ageing: back ? 300 * SECOND : 0.1 * SECOND }),
  hairpin: ({ node, port }, back) => node.namespace.setBridgePort(port, { hairpin: !back }),
  isolated: ({ node, port }, back) => node.namespace.setBridgePort(port, { isolated: !back }),
  podAddress: ({ node, pod }, back) => changeSecondAddress(pod, neighbourAddress(node, pod), back),
  podLocalRoute: ({ node, pod }, back) => changeLocalRoute(pod, neighbourAddress(node, pod), back),
  podNeighbour: ({ node, pod }) => knowNeighbour(pod, neighbourAddress(node, pod)),
};

interface Target {
  node: BuiltNode;
  pod: NetworkNamespace;
  /** The pod's port on the bridge of its node. */
  port: string;
}

function change(node: BuiltNode, { what, pod: chosen }: DisturbanceChoice, back: boolean): void {
  const pod = node.pods[chosen % node.pods.length].namespace;
  CHANGES[what]({ node, pod, port: `v-${pod.name}` }, back);
}

/** A pod loses its default route, or gets it again; it may have lost it with its link already. */
function changeDefaultRoute(pod: NetworkNamespace, node: BuiltNode, back: boolean): void {
  const gateway = node.podSubnet | 1;
  const reachable = pod.fib.lookup(gateway) !== null;
  if (back && reachable) {
    pod.addRoute({ destination: 0, prefixLength: 0, nexthops: [{ gateway }] }, 'replace');
  } else if (!back && pod.fib.main.find(0, 0) !== null) {
    pod.deleteRoute({ destination: 0, prefixLength: 0 });
  }
}

/** Does things at given times. */
export class Script extends Actor {
  private readonly actions: (() => void)[] = [];

  constructor(simulation: Simulation) {
    super(simulation);
  }

  at(time: number, action: () => void): void {
    this.simulation.schedule(this, time, 0, this.actions.push(action) - 1);
  }

  override handle(_kind: number, place: number): void {
    this.actions[place]();
  }
}

/** The address of another pod of the node; one of nobody when there is none. */
function neighbourAddress(node: BuiltNode, pod: NetworkNamespace): Ipv4Address {
  return node.pods.find(({ namespace }) => namespace !== pod)?.address ?? node.podSubnet | 14;
}

/** A pod takes the address of another as its own as well. */
function changeSecondAddress(pod: NetworkNamespace, address: Ipv4Address, back: boolean): void {
  const has = pod.findInterface('eth0')!.addresses.some((entry) => entry.address === address);
  if (!back && !has) pod.addAddress('eth0', { address, prefixLength: 32 });
  else if (back && has) pod.deleteAddress('eth0', address, 32);
}

/** A pod takes an address for local that none of its interfaces has. */
function changeLocalRoute(pod: NetworkNamespace, destination: Ipv4Address, back: boolean): void {
  const route: RouteSpec = {
    destination,
    prefixLength: 32,
    type: 'local',
    table: RouteTable.local,
    nexthops: [{ dev: 'eth0' }],
  };
  const present = pod.fib.local.find(destination, 32);
  if (!back && present === null && pod.findInterface('eth0')!.up) pod.addRoute(route);
  else if (back && present?.protocol === RouteProtocol.boot) pod.deleteRoute(route);
}

/** A pod comes to know a neighbour by an address that is not its own. */
function knowNeighbour(pod: NetworkNamespace, address: Ipv4Address): void {
  pod.setNeighbour({ address, dev: 'eth0', mac: 0x020000000099, state: 'stale' }, 'replace');
}
