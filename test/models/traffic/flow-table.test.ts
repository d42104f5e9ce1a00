import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { NumberStore } from '../../../engine/statistics/number-store.ts';
import type { ImpairmentSpec } from '../../../models/queueing/netem-spec.ts';
import { PoissonArrivals } from '../../../models/traffic/arrivals.ts';
import { FlowStatistics } from '../../../models/traffic/flow-statistics.ts';
import { UdpFlow } from '../../../models/traffic/udp-flow.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { ip, MICROSECOND, MILLISECOND, twoHosts } from '../../support/networks.ts';

const PORT = 9000;

/** What a run is like: a way that loses, doubles and delays, and a start of which nothing is counted. */
interface Way {
  impairments: ImpairmentSpec;
  warmup: number;
  stop: number;
}

const way: fc.Arbitrary<Way> = fc.record({
  impairments: fc.record({
    jitter: fc.integer({ min: 0, max: 900 }).map((us) => us * MICROSECOND),
    delay: fc.constant(MILLISECOND),
    loss: fc.record({
      model: fc.constant('random' as const),
      probability: fc.double({ min: 0, max: 0.3, noNaN: true }),
    }),
    duplicate: fc.record({ probability: fc.double({ min: 0, max: 0.5, noNaN: true }) }),
  }),
  warmup: fc.integer({ min: 0, max: 20 }).map((ms) => ms * MILLISECOND),
  stop: fc.integer({ min: 20, max: 60 }).map((ms) => ms * MILLISECOND),
});

/** All that is known of the flows of a run, some of which begin while others send. */
function figuresOf(
  { impairments, warmup, stop }: Way,
  storeOf: (network: { figures: NumberStore }) => NumberStore,
) {
  const { network, a, b } = twoHosts({ rate: 1e8, delay: 10 * MICROSECOND, impairments });
  new UdpSocket(b).bind(0, PORT);
  const flows = Array.from({ length: 70 }, (_, index) => {
    const statistics = new FlowStatistics(warmup, storeOf(network.flows));
    const arrivals = new PoissonArrivals(MILLISECOND, network.random.stream('arrivals', `${index}`));
    const drawSize = () => 100 + index;
    const pattern = { port: PORT, arrivals, drawSize, stop, packets: 5 + index };
    new UdpFlow(a, statistics, ip('10.0.0.2'), index * 500 * MICROSECOND, pattern).begin();
    return statistics;
  });
  network.simulation.run();
  return flows.map((flow) => {
    const { sentPackets, sentBytes, receivedPackets, receivedBytes, refused, reordered, duplicates } = flow;
    const { jitter, firstReceived, lastReceived, latency, lostPackets } = flow;
    const counts = { sentPackets, sentBytes, receivedPackets, receivedBytes, refused, reordered, duplicates };
    return { ...counts, jitter, firstReceived, lastReceived, lostPackets, buckets: latency.buckets() };
  });
}

describe('figures of flows', () => {
  test.prop([way], { numRuns: 30 })(
    'are the same beside each other and each in a store of its own',
    (one) => {
      const together = figuresOf(one, ({ figures }) => figures);
      expect(together).toEqual(figuresOf(one, () => new NumberStore()));
      for (const { sentPackets, receivedPackets, lostPackets } of together)
        expect(receivedPackets + lostPackets).toBe(sentPackets);
    },
  );
});
