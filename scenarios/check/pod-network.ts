import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { isOnLink, nextHop } from '../topology/next-hop.ts';
import { podRouter } from '../topology/pod-routes.ts';
import type { Host, Topology } from '../topology/topology.ts';

/** The pod network can be made: there is a router where one is asked for, and nodes find one another. */
export function checkPodNetwork(scenario: Scenario, topology: Topology, problems: Problems): void {
  if (topology.pods.groups.length === 0) return;
  const { routes } = scenario.pod_network;
  if (routes === 'none') return;
  const nodes = topology.hosts.slice(0, topology.nodeCount);
  const count = topology.nodeCount * (routes === 'per-pod' ? topology.pods.count : topology.nodeCount);
  if (routes !== 'router' && count > limits.routes) {
    const expected = `at most ${limits.routes}: routes: per-node or router need fewer`;
    problems.error(['pod_network', 'routes'], `${count} routes to pods over all nodes`, { expected });
  } else if (routes === 'router') {
    checkRouter(scenario, topology, nodes, problems);
  } else {
    checkNextHops(nodes, problems);
  }
}

function checkRouter(
  scenario: Scenario,
  topology: Topology,
  nodes: readonly Host[],
  problems: Problems,
): void {
  const { router: name } = scenario.pod_network;
  const index = podRouter(scenario, topology);
  if (index === undefined) {
    const names = Object.keys(scenario.cluster.routers);
    const path = name === undefined ? ['pod_network', 'routes'] : ['pod_network', 'router'];
    const message = name === undefined ? 'the router is not named' : `there is no router "${name}"`;
    const expected =
      names.length === 0 ? 'one under cluster.routers' : `router: with one of ${names.join(', ')}`;
    const nearest = name && nearestName(name, names);
    problems.error(path, message, { expected, nearest, reference: name !== undefined });
    return;
  }
  const router = topology.hosts[index];
  const apart = nodes.find(
    (node) => !router.nics.some((nic) => nic.address && isOnLink(node, nic.address.address)),
  );
  if (apart === undefined) return;
  problems.warning(
    apart.path,
    `${apart.name} shares no subnet with ${router.name}, its gateway to other pods`,
    { at: 'key' },
  );
}

/** Tells of the first node that has no way to the others: one missing route is seen from both sides. */
function checkNextHops(nodes: readonly Host[], problems: Problems): void {
  const first = nodes[0];
  for (const node of nodes) {
    if (node === first || node.podSubnet === undefined || first.podSubnet === undefined) continue;
    if (nextHop(node, first) === undefined) {
      problems.warning(
        node.path,
        `${node.name} has no way to ${first.name}, so its pods get no route to there`,
        { at: 'key' },
      );
      return;
    }
    if (nextHop(first, node) === undefined) {
      problems.warning(
        first.path,
        `${first.name} has no way to ${node.name}, so its pods get no route to there`,
        { at: 'key' },
      );
      return;
    }
  }
}
