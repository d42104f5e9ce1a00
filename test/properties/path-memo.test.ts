import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { checkFlowConservation, checkPacketConservation } from '../checkers/packet-conservation.ts';
import { arbitraryTopology } from './arbitrary-topology.ts';
import { runTopology, type TopologyRun } from './run-topology.ts';

/** What the tables and counters of a host have come to. */
function stateOf(namespace: NetworkNamespace): unknown {
  return {
    name: namespace.name,
    links: namespace.links().map(({ name, statistics }) => ({ name, ...statistics })),
    fdb: namespace.fdb(),
    neighbours: namespace.neighbours(),
  };
}

function outcomeOf({ network, capture, flows }: TopologyRun): unknown {
  return {
    packets: network.packetPrint.value,
    timed: network.timedPrint.value,
    hops: network.hops,
    events: network.simulation.events,
    drops: network.drops.rows(),
    flows: flows.map((flow) => [flow.receivedPackets, flow.latency.mean, flow.lossesByReason()]),
    capture: Buffer.from(capture).toString('base64'),
    hosts: network.namespaces().map(stateOf),
  };
}

describe('remembering the path of a flow', () => {
  test.prop([arbitraryTopology], { numRuns: 150 })(
    'changes nothing but the time that it takes',
    (topology) => {
      const plain = outcomeOf(runTopology(topology, { watch: 'none', memo: false }));
      expect(outcomeOf(runTopology(topology, { watch: 'none' }))).toEqual(plain);
    },
  );

  test.prop([arbitraryTopology], { numRuns: 60 })(
    'writes the same bytes where somebody watches',
    (topology) => {
      const plain = outcomeOf(runTopology(topology, { watch: 'uplinks', memo: false }));
      expect(outcomeOf(runTopology(topology, { watch: 'uplinks' }))).toEqual(plain);
    },
  );

  test.prop([arbitraryTopology], { numRuns: 60 })('loses track of no packet', (topology) => {
    const { network, flows } = runTopology(topology, { watch: 'none' });
    checkPacketConservation(network);
    for (const flow of flows) {
      flow.check();
      checkFlowConservation(network, flow);
    }
    expect(network.pool.inFlight).toBe(0);
  });
});
