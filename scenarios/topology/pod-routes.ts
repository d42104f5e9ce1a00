import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { Scenario } from '../schema/scenario.ts';
import { isOnLink, nextHop } from './next-hop.ts';
import type { Host, Topology } from './topology.ts';

/** A route that the pod network adds to a node or router. */
export interface PodRoute {
  destination: Ipv4Address;
  prefixLength: number;
  gateway: Ipv4Address;
}

export type RoutePolicy = Scenario['pod_network']['routes'];

/** The router of `routes: router`: the one named, or the only one. */
export function podRouter(scenario: Scenario, topology: Topology): number | undefined {
  const { router } = scenario.pod_network;
  const routers = topology.hosts.length - topology.nodeCount;
  if (router === undefined) return routers === 1 ? topology.nodeCount : undefined;
  const index = topology.hostByName.get(router);
  return index !== undefined && topology.hosts[index].kind === 'router' ? index : undefined;
}

/**
 * The routes by which a host finds the pods of other nodes, made when asked for: with a route per pod there are
 * as many as nodes times pods. Routers have them too, so that pods reach those of other subnets; with
 * `routes: router` the nodes only have a default route to that router.
 */
export function* podRoutes(
  policy: RoutePolicy,
  router: number | undefined,
  topology: Topology,
  host: number,
): Generator<PodRoute> {
  if (policy === 'none' || topology.pods.groups.length === 0) return;
  const from = topology.hosts[host];
  if (policy === 'router' && from.kind === 'node') {
    const gateway = router === undefined ? undefined : sharedAddress(from, topology.hosts[router]);
    const hasDefault = from.routes.some(({ route }) => route.prefixLength === 0);
    if (gateway !== undefined && !hasDefault) yield { destination: 0, prefixLength: 0, gateway };
    return;
  }
  if (policy === 'per-pod') yield* routesPerPod(topology, host);
  else yield* routesPerNode(topology, host);
}

function* routesPerNode(topology: Topology, host: number): Generator<PodRoute> {
  for (let node = 0; node < topology.nodeCount; node++) {
    const subnet = topology.hosts[node].podSubnet;
    const gateway =
      node === host || subnet === undefined ? undefined : nextHop(topology.hosts[host], topology.hosts[node]);
    if (gateway === undefined || subnet === undefined) continue;
    yield { destination: subnet.address, prefixLength: subnet.length, gateway };
  }
}

function* routesPerPod(topology: Topology, host: number): Generator<PodRoute> {
  const { hosts, pods, nodeCount } = topology;
  const gateways: (Ipv4Address | undefined)[] = [];
  for (let node = 0; node < nodeCount; node++) {
    gateways.push(node === host ? undefined : nextHop(hosts[host], hosts[node]));
  }
  for (let pod = 0; pod < pods.count; pod++) {
    const gateway = gateways[pods.node[pod]];
    if (gateway !== undefined) yield { destination: pods.address[pod], prefixLength: 32, gateway };
  }
}

/** The router's address on a subnet of the node. */
function sharedAddress(node: Host, router: Host): Ipv4Address | undefined {
  return router.nics.find((nic) => nic.address !== undefined && isOnLink(node, nic.address.address))?.address
    ?.address;
}
