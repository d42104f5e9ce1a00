import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { arbitraryTopology, type Topology } from './arbitrary-topology.ts';
import { outcomeOf } from './outcome.ts';
import { runTopology } from './run-topology.ts';

describe('a run', () => {
  test.prop([arbitraryTopology], { numRuns: 60 })('is the same on either event queue', (topology) => {
    const wheel = outcomeOf(runTopology(topology, { queue: new WheelQueue() }));
    expect(outcomeOf(runTopology(topology, { queue: new HeapJsQueue() }))).toEqual(wheel);
  });

  test.prop([arbitraryTopology], { numRuns: 30 })('is the same again with the same seed', (topology) => {
    expect(outcomeOf(runTopology(topology))).toEqual(outcomeOf(runTopology(topology)));
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
