import { FIGURES_PER_FLOW } from '../../models/traffic/flow-figures.ts';
import { isOverTcp, type TrafficPlan } from '../plan/traffic.ts';
import { trafficPairs } from '../plan/traffic-pairs.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Endpoint } from '../topology/endpoints.ts';
import type { BuiltNetwork } from './build-network.ts';
import { BuiltPair, namespaceOf, TrafficStarter } from './built-pair.ts';
import { MessageServers } from './message-servers.ts';
import { sharedPattern } from './traffic-source.ts';

/** The flows of one traffic of the scenario. */
export interface BuiltTraffic {
  plan: TrafficPlan;
  pairs: BuiltPair[];
  starter: TrafficStarter;
  /** Makes the server of a pair ready for connections, if it is there. */
  openPorts: (pair: BuiltPair) => void;
}

/** Makes every flow; those whose sender is there will start. */
export function buildTraffic(built: BuiltNetwork, plan: ClusterPlan): BuiltTraffic[] {
  const count = plan.traffic.reduce((sum, { pairCount }) => sum + pairCount, 0);
  built.network.flows.figures.expect(count * FIGURES_PER_FLOW);
  const servers = new MessageServers(built.problems);
  return plan.traffic.map((traffic) => {
    const draws = built.network.random.stream('receivers', traffic.name);
    const openPorts = (pair: BuiltPair) => openServerPorts(built, plan, traffic, servers, pair);
    const pattern = sharedPattern(traffic);
    const context = { built, plan, traffic, pattern, openPorts, incasts: new Map() };
    const starter = new TrafficStarter(built.network.simulation);
    const { pairs } = starter;
    for (const pair of trafficPairs(traffic, plan, () => draws.uniform())) {
      pairs.push(new BuiltPair(context, pair, pairs.length));
    }
    for (const pair of pairs) {
      if (pair.canBegin) pair.begin(starter);
      if (pair.to !== undefined) openUdpPort(built, plan, traffic, pair.to);
    }
    return { plan: traffic, pairs, starter, openPorts };
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
  for (const { plan: one, pairs, openPorts } of traffic) {
    if (pairs.some((pair) => pair.to === endpoint)) openUdpPort(built, plan, one, endpoint);
    for (const pair of pairs) if (pair.server === endpoint && pair.source !== null) openPorts(pair);
  }
}

function openUdpPort(built: BuiltNetwork, plan: ClusterPlan, traffic: TrafficPlan, to: Endpoint): void {
  if (traffic.kind !== 'udp' || !traffic.openPort) return;
  namespaceOf(built, plan, to)?.openUdpPort(traffic.port);
}

/** Listeners weigh more than open ports of UDP: one is made when the first who connects begins. */
function openServerPorts(
  built: BuiltNetwork,
  plan: ClusterPlan,
  traffic: TrafficPlan,
  servers: MessageServers,
  pair: BuiltPair,
): void {
  if (!isOverTcp(traffic) || !traffic.openPort || pair.server === undefined) return;
  const namespace = namespaceOf(built, plan, pair.server);
  if (namespace === null) return;
  if (traffic.kind !== 'trace') {
    servers.open(namespace, traffic.port, traffic.options);
    return;
  }
  for (const { udp, port } of traffic.table.transfers[pair.index]) {
    if (udp) namespace.openUdpPort(port);
    else servers.open(namespace, port, traffic.options);
  }
}
