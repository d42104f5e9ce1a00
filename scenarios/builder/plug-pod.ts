import type { RouteSpec } from '../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import { podInterface } from '../plan/pod-network.ts';
import type { ClusterPlan } from '../plan.ts';
import { podName } from '../topology/pod-names.ts';
import { applyQdisc } from './apply-qdisc.ts';
import type { BuiltNetwork } from './build-network.ts';
import { type PodArrivals, type PodNetwork, podGoes, podHasCome } from './pod-arrival.ts';

/**
 * Plugs a pod in as the course notes' script does: a namespace, a veth pair with one end on the node's bridge, an
 * address and a default route inside.
 */
export function plugPod(built: BuiltNetwork, plan: ClusterPlan, pod: number): NetworkNamespace {
  const {
    pod: name,
    node,
    address,
    prefixLength,
    mac,
    mtu,
    gateway,
    vethName,
    vethMac,
  } = podInterface(plan, pod);
  const host = built.hosts[node];
  const namespace = built.network.addNamespace(name);
  namespace.shareKernel(host);
  namespace.setLinkUp('lo', true);
  namespace.addVeth({ name: 'eth0', mac, mtu, peer: { namespace: host, name: vethName, mac: vethMac, mtu } });
  namespace.addAddress('eth0', { address, prefixLength });
  host.setMaster(vethName, plan.podNetwork!.bridge);
  namespace.setLinkUp('eth0', true);
  host.setLinkUp(vethName, true);
  namespace.addRoute(defaultRoute(built, gateway));
  const { qdisc } = plan.pods.groups[plan.pods.group[pod]];
  if (qdisc !== undefined) applyQdisc(namespace, 'eth0', qdisc);
  return namespace;
}

/** Pods that are plugged in by hand come at once. */
export class HandMadePods implements PodNetwork {
  constructor(private readonly arrivals: PodArrivals) {}

  add(pod: number): void {
    const { built, plan } = this.arrivals;
    built.pods[pod] = plugPod(built, plan, pod);
    podHasCome(this.arrivals, pod);
  }

  remove(pod: number): void {
    const { built, plan } = this.arrivals;
    podGoes(this.arrivals, pod);
    built.network.removeNamespace(podName(plan.pods, pod));
    built.pods[pod] = null;
  }
}

/** The default route of the pods behind a gateway. */
function defaultRoute(built: BuiltNetwork, gateway: Ipv4Address): RouteSpec {
  const known = built.defaultRoutes.get(gateway);
  if (known !== undefined) return known;
  const route: RouteSpec = { destination: 0, prefixLength: 0, nexthops: [{ gateway, dev: 'eth0' }] };
  built.defaultRoutes.set(gateway, route);
  return route;
}

/** The pods that are there from the start, node by node: a node's pods stand next to each other in memory. */
export function podOfNodeIndex(plan: ClusterPlan): number[][] {
  const byNode: number[][] = Array.from({ length: plan.nodeCount }, () => []);
  for (let pod = 0; pod < plan.pods.initial; pod++) byNode[plan.pods.node[pod]].push(pod);
  return byNode;
}
