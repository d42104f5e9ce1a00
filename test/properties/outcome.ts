import { createHash } from 'node:crypto';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { TopologyRun } from './run-topology.ts';

/** Everything about a run that another run of the same network must have as well; short enough to be compared. */
export function outcomeOf({ network, capture, flows }: TopologyRun) {
  return {
    packets: network.prints.packets,
    timed: network.prints.timed,
    hops: network.hops,
    events: network.simulation.events,
    drops: network.drops.rows(),
    flows: flows.map((flow) => [flow.receivedPackets, flow.latency.mean, flow.lossesByReason()]),
    capture: createHash('sha256').update(capture).digest('hex'),
    hosts: network.namespaces().map(stateOf),
  };
}

/** What the tables and counters of a host have come to. */
function stateOf(namespace: NetworkNamespace) {
  return {
    name: namespace.name,
    links: namespace.links().map(({ name, statistics }) => ({ name, ...statistics })),
    fdb: namespace.fdb(),
    neighbours: namespace.neighbours(),
  };
}
