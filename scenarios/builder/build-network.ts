import type { Simulation } from '../../engine/simulation.ts';
import type { CableSpec, Cable as ModelCable } from '../../models/link/cable.ts';
import { ControlError } from '../../models/netns/control-error.ts';
import type { RouteSpec } from '../../models/netns/control-types.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import { connect } from '../../models/netns/interface/link-control.ts';
import { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import { podBridge, podRoutesOf } from '../plan/pod-network.ts';
import type { ClusterPlan } from '../plan.ts';
import { impairmentSpec } from '../schema/impairments.ts';
import { cpuSpec } from '../schema/node-costs.ts';
import type { RouteText } from '../schema/route.ts';
import { switchBridge } from '../topology/interfaces.ts';
import type { Cable, CableEnd, CableProperties, Host } from '../topology/topology.ts';
import { applyQdisc } from './apply-qdisc.ts';
import { plugPod, podOfNodeIndex } from './plug-pod.ts';

/** A network as the plan describes it, before any traffic. */
export interface BuiltNetwork {
  network: Network;
  /** Namespaces of nodes and routers, in the order of the plan's `hosts`. */
  hosts: NetworkNamespace[];
  /** Namespaces of LAN switches, in the order of the plan's `lans`. */
  lans: NetworkNamespace[];
  /** In the order of the plan's `cables`. */
  cables: ModelCable[];
  /** By place in the plan's table of pods; null for those that are not there now. */
  pods: (NetworkNamespace | null)[];
  /** The default route of a node's pods by their gateway: they share one object. */
  defaultRoutes: Map<Ipv4Address, RouteSpec>;
  /** What the simulated kernels refused, in words. */
  problems: string[];
}

/**
 * Builds the network the way a person would: a namespace each, links, addresses, routes, all through the control
 * surface. What a kernel refuses is noted and left out, as a script without `set -e` would go on.
 */
export function buildNetwork(plan: ClusterPlan, simulation: Simulation): BuiltNetwork {
  const network = new Network(simulation, plan.seed);
  const built: BuiltNetwork = {
    network,
    hosts: [],
    lans: [],
    cables: [],
    pods: [],
    defaultRoutes: new Map(),
    problems: [],
  };
  for (const lan of plan.lans) built.lans.push(buildSwitch(network, lan));
  for (const host of plan.hosts) built.hosts.push(buildHost(network, host));
  for (const cable of plan.cables) built.cables.push(plugCable(built, cable));
  for (const [index, host] of plan.hosts.entries()) startHost(built, plan, index, host);
  for (const cable of plan.cables) applyQdiscs(built, cable);
  if (plan.podNetwork !== undefined) {
    for (const pods of podOfNodeIndex(plan)) {
      for (const pod of pods) built.pods[pod] = plugPod(built, plan, pod);
    }
  }
  for (let pod = 0; pod < plan.pods.count; pod++) built.pods[pod] ??= null;
  for (const [index, host] of plan.hosts.entries()) addRoutes(built, plan, index, host);
  return built;
}

/** A LAN switch is a namespace with a bridge in it. */
function buildSwitch(network: Network, lan: ClusterPlan['lans'][number]): NetworkNamespace {
  const namespace = network.addNamespace(lan.name);
  namespace.setLinkUp('lo', true);
  namespace.addBridge({ name: switchBridge, mac: lan.mac, mtu: lan.mtu, ageing: lan.ageing });
  namespace.setLinkUp(switchBridge, true);
  for (const port of lan.ports) {
    namespace.addPhysical({ name: port.name, mac: port.mac, mtu: lan.mtu });
    namespace.setMaster(port.name, switchBridge);
    namespace.setLinkUp(port.name, true);
  }
  return namespace;
}

function buildHost(network: Network, host: Host): NetworkNamespace {
  const namespace = network.addNamespace(host.name);
  if (host.cpu !== undefined) namespace.setProcessor(cpuSpec(host.cpu));
  namespace.setLinkUp('lo', true);
  for (const nic of host.nics) {
    namespace.addPhysical({ name: nic.name, mac: nic.mac, mtu: nic.mtu });
    if (nic.address === undefined) continue;
    namespace.addAddress(nic.name, { address: nic.address.address, prefixLength: nic.address.length });
  }
  return namespace;
}

function plugCable(built: BuiltNetwork, cable: Cable): ModelCable {
  const [a, b] = cable.ends.map((end) => interfaceAt(built, end));
  return connect(a, b, cableSpec(cable));
}

/** What a cable is like in the terms of the models. */
export function cableSpec(cable: Omit<CableProperties, 'mtu' | 'qdisc'>): CableSpec {
  const { rate, delay, queue, loss, overhead, impairments } = cable;
  const spec: CableSpec = { rate, delay, loss, overhead };
  if (impairments !== undefined) spec.impairments = impairmentSpec(impairments);
  if (queue.packets !== undefined) spec.queuePackets = queue.packets;
  if (queue.bytes !== undefined) spec.queueBytes = queue.bytes;
  // a limit in bytes alone leaves the number of packets free
  if (queue.packets === undefined && queue.bytes !== undefined) spec.queuePackets = Number.POSITIVE_INFINITY;
  return spec;
}

/** The disciplines of the interfaces at both ends: their own, or that of the cable. */
function applyQdiscs(built: BuiltNetwork, cable: Cable): void {
  for (const end of cable.ends) {
    const qdisc = end.nic?.given.qdisc ?? cable.qdisc;
    if (qdisc === undefined) continue;
    const { namespace, name } = interfaceAt(built, end);
    attempt(built, `${namespace.name}: qdisc of ${name}`, () => applyQdisc(namespace, name, qdisc));
  }
}

function interfaceAt(built: BuiltNetwork, end: CableEnd): Interface {
  const namespace = end.nic !== undefined ? built.hosts[end.nic.host] : built.lans[end.port.lan];
  const name = end.nic !== undefined ? end.nic.name : end.port.name;
  return namespace.findInterface(name)!;
}

/** Brings a host's interfaces and its pod bridge up, and sets its kernel parameters. */
function startHost(built: BuiltNetwork, plan: ClusterPlan, index: number, host: Host): void {
  const namespace = built.hosts[index];
  for (const nic of host.nics) namespace.setLinkUp(nic.name, true);
  const bridge = podBridge(plan, index);
  if (bridge !== undefined) {
    namespace.addBridge({ name: bridge.name, mac: bridge.mac, mtu: bridge.mtu });
    namespace.addAddress(bridge.name, { address: bridge.address, prefixLength: bridge.prefixLength });
    namespace.setLinkUp(bridge.name, true);
  }
  for (const [name, value] of host.sysctls) {
    attempt(built, `${host.name}: sysctl ${name}=${value}`, () => namespace.setSysctl(name, value));
  }
}

/** Routes come last: a gateway must be reachable when its route is added. */
function addRoutes(built: BuiltNetwork, plan: ClusterPlan, index: number, host: Host): void {
  const namespace = built.hosts[index];
  for (const { route } of host.routes) {
    attempt(built, `${host.name}: route`, () => namespace.addRoute(routeSpec(route)));
  }
  for (const { destination, prefixLength, gateway } of podRoutesOf(plan, index)) {
    // the same prefix may have been given by hand already
    attempt(built, `${host.name}: route to pods`, () => {
      namespace.addRoute({ destination, prefixLength, nexthops: [{ gateway }] });
    });
  }
}

/** A route of the scenario in the terms of the control surface. */
export function routeSpec(route: RouteText): RouteSpec {
  const { type, destination, prefixLength, gateway, dev, metric, preferredSource } = route;
  const nexthops = type === 'unicast' ? [{ gateway, dev }] : undefined;
  return { type, destination, prefixLength, metric, preferredSource, nexthops };
}

/** Does what a kernel may refuse; notes a refusal. */
export function attempt(built: Pick<BuiltNetwork, 'problems'>, what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    built.problems.push(`${what}: ${error.message}`);
  }
}
