import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { arbitraryTopology, type Topology } from './arbitrary-topology.ts';
import { runTopology, type TopologyRun } from './run-topology.ts';

/** Everything about a run that another run of the same network must have as well. */
function traceOf({ network, capture, flows }: TopologyRun): unknown {
  return {
    packets: network.packetPrint.value,
    timed: network.timedPrint.value,
    hops: network.hops,
    events: network.simulation.events,
    drops: network.drops.rows(),
    capture: Buffer.from(capture).toString('base64'),
    received: flows.map((flow) => [flow.receivedPackets, flow.latency.mean, flow.lossesByReason()]),
  };
}

describe('a run', () => {
  test.prop([arbitraryTopology], { numRuns: 60 })('is the same on either event queue', (topology) => {
    const wheel = traceOf(runTopology(topology, { queue: new WheelQueue() }));
    expect(traceOf(runTopology(topology, { queue: new HeapJsQueue() }))).toEqual(wheel);
  });

  test.prop([arbitraryTopology], { numRuns: 30 })('is the same again with the same seed', (topology) => {
    expect(traceOf(runTopology(topology))).toEqual(traceOf(runTopology(topology)));
  });

  test.prop([arbitraryTopology], { numRuns: 30 })(
    'sends the same datagrams at the same times when there is another flow',
    (topology) => {
      const alone: Topology = { ...topology, flows: topology.flows.slice(0, 1) };
      const [first] = runTopology(topology).flows;
      const [only] = runTopology(alone).flows;
      expect(first.sendings).toEqual(only.sendings);
    },
  );
});
