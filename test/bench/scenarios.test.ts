import { describe, expect, it } from 'vitest';
import { buildScenario } from '../../bench/build-scenario.ts';
import { CHAIN_INTERVAL, chainScenario } from '../../bench/chain-scenario.ts';
import { clusterScenario, HOPS_PER_DATAGRAM, SEND_INTERVAL } from '../../bench/cluster-scenario.ts';
import type { EventQueue } from '../../engine/event-queue.ts';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';

const PACKETS = 12;

const SCENARIOS: [name: string, text: string][] = [
  ['a cluster', clusterScenario({ nodes: 4, pods: 3, stop: 20 * SEND_INTERVAL, packets: PACKETS })],
  [
    'a cluster with idle pods',
    clusterScenario({ nodes: 3, pods: 300, talking: 2, stop: 20 * SEND_INTERVAL, packets: PACKETS }),
  ],
  ['one router', chainScenario({ routers: 1, stop: 1000 * CHAIN_INTERVAL, packets: PACKETS })],
  ['a chain', chainScenario({ routers: 5, stop: 1000 * CHAIN_INTERVAL, packets: PACKETS })],
];

/** The counts of a whole run that tell whether two runs were the same. */
function outcome(text: string, options: { queue: EventQueue; memo: boolean }) {
  const { run } = buildScenario(text, options);
  run.run();
  const { fingerprint, packetHops, events, packets, flows, drops } = run.result();
  return { fingerprint, packetHops, events, packets, flows, drops };
}

describe.each(SCENARIOS)('the benchmark of %s', (_, text) => {
  const usual = outcome(text, { queue: new WheelQueue(), memo: true });

  it('delivers every datagram', () => {
    const [flow] = usual.flows;
    expect(flow.sent).toBe(flow.pairs * PACKETS);
    expect(flow.received).toBe(flow.sent);
    expect(usual.packets.inFlight).toBe(0);
  });

  it('is the same run without the path memo', () => {
    expect(outcome(text, { queue: new WheelQueue(), memo: false })).toEqual(usual);
  });

  it('is the same run on the other event queue', () => {
    expect(outcome(text, { queue: new HeapJsQueue(), memo: true })).toEqual(usual);
    expect(outcome(text, { queue: new HeapJsQueue(), memo: false })).toEqual(usual);
  });
});

describe('the cluster scenario', () => {
  it('takes as many hops for a datagram as the benchmark reckons with', () => {
    const { run } = buildScenario(clusterScenario({ nodes: 3, pods: 2, stop: 10 * SEND_INTERVAL }));
    run.run({ until: 5 * SEND_INTERVAL });
    const before = run.built.network.hops;
    run.run({ until: 6 * SEND_INTERVAL });
    expect(run.built.network.hops - before).toBe(3 * 2 * HOPS_PER_DATAGRAM);
  });
});
