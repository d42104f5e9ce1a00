import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { MacAddress } from '../../models/wire/mac-address.ts';
import type { Scenario } from '../schema/scenario.ts';
import { macOfAddress, macOfFarEnd, vethName } from '../topology/derived-mac.ts';
import { podName } from '../topology/pod-names.ts';
import { type PodRoute, podRouter, podRoutes, type RoutePolicy } from '../topology/pod-routes.ts';
import type { PodTable, Topology } from '../topology/topology.ts';

/** The by-hand pod network: a bridge on each node, a veth pair for each pod, routes between nodes. */
export interface PodNetworkPlan {
  /** Name of the bridge on each node. */
  bridge: string;
  /** Of bridges and veth pairs, in bytes. */
  mtu: number;
  routes: RoutePolicy;
  /** With routes `router`: its place in `hosts`. */
  router?: number;
}

/** The bridge of a node's pods, which is their default gateway. */
export interface PodBridge {
  name: string;
  address: Ipv4Address;
  prefixLength: number;
  mac: MacAddress;
  mtu: number;
}

/** All that is needed to plug one pod in. */
export interface PodInterface {
  pod: string;
  /** Place in `hosts`. */
  node: number;
  /** `eth0` inside the pod. */
  address: Ipv4Address;
  prefixLength: number;
  mac: MacAddress;
  mtu: number;
  gateway: Ipv4Address;
  /** The node's end of the veth pair, a port of the bridge. */
  vethName: string;
  vethMac: MacAddress;
}

interface PodCluster extends Topology {
  podNetwork?: PodNetworkPlan;
}

export function planPodNetwork(scenario: Scenario, topology: Topology): PodNetworkPlan | undefined {
  if (topology.pods.groups.length === 0 || scenario.cni !== undefined) return undefined;
  const { bridge, mtu = scenario.cluster.defaults.mtu, routes } = scenario.pod_network;
  const router = routes === 'router' ? podRouter(scenario, topology) : undefined;
  return { bridge, mtu, routes, router };
}

/** The pod bridge of a node; undefined where there is none. */
export function podBridge(plan: PodCluster, node: number): PodBridge | undefined {
  const subnet = plan.hosts[node].podSubnet;
  if (plan.podNetwork === undefined || subnet === undefined) return undefined;
  const address = (subnet.address + 1) | 0;
  const { bridge: name, mtu } = plan.podNetwork;
  return { name, address, prefixLength: subnet.length, mac: macOfAddress(address), mtu };
}

/** How the pod at a place of the table is plugged in. */
export function podInterface(plan: PodCluster & { pods: PodTable }, pod: number): PodInterface {
  const node = plan.pods.node[pod];
  const address = plan.pods.address[pod];
  const subnet = plan.hosts[node].podSubnet!;
  return {
    pod: podName(plan.pods, pod),
    node,
    address,
    prefixLength: subnet.length,
    mac: macOfAddress(address),
    mtu: plan.podNetwork!.mtu,
    gateway: (subnet.address + 1) | 0,
    vethName: vethName(address),
    vethMac: macOfFarEnd(address),
  };
}

/** The routes to the pods of other nodes that a node or router has, one by one. */
export function podRoutesOf(plan: PodCluster, host: number): Iterable<PodRoute> {
  if (plan.podNetwork === undefined) return [];
  return podRoutes(plan.podNetwork.routes, plan.podNetwork.router, plan, host);
}
