import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { checkFlowConservation, checkPacketConservation } from '../checkers/packet-conservation.ts';
import { arbitraryTopology } from './arbitrary-topology.ts';
import { outcomeOf } from './outcome.ts';
import { runTopology } from './run-topology.ts';

describe('remembering the path of a flow', () => {
  test.prop([arbitraryTopology], { numRuns: 150 })(
    'changes nothing but the time that it takes',
    (topology) => {
      const plain = outcomeOf(runTopology(topology, { watch: 'none', memo: false }));
      expect(outcomeOf(runTopology(topology, { watch: 'none' }))).toEqual(plain);
    },
  );

  for (const watch of ['uplinks', 'pods', 'ports', 'all'] as const) {
    test.prop([arbitraryTopology], { numRuns: 60 })(
      `writes the same bytes where somebody watches: ${watch}`,
      (topology) => {
        const plain = runTopology(topology, { watch, memo: false });
        const remembering = runTopology(topology, { watch });
        expect(outcomeOf(remembering)).toEqual(outcomeOf(plain));
        expect(remembering.ttl.problems).toEqual(plain.ttl.problems);
      },
    );
  }

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
