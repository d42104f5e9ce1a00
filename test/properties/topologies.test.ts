import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { readCapture } from '../../engine/pcap-writer/index.ts';
import { checkCapturedFrame } from '../checkers/captured-frames.ts';
import { checkForwardingDatabases } from '../checkers/fdb-truth.ts';
import { checkLookup } from '../checkers/lpm-oracle.ts';
import { checkFlowConservation, checkPacketConservation } from '../checkers/packet-conservation.ts';
import { arbitraryTopology } from './arbitrary-topology.ts';
import { runTopology } from './run-topology.ts';

describe('any network, whatever happens to it', () => {
  test.prop([arbitraryTopology], { numRuns: 120 })('loses track of no packet', (topology) => {
    const { network, flows } = runTopology(topology);
    checkPacketConservation(network);
    for (const flow of flows) checkFlowConservation(network, flow);
    expect(network.pool.inFlight).toBe(0);
  });

  test.prop([arbitraryTopology], { numRuns: 60 })('gives every datagram exactly one fate', (topology) => {
    for (const flow of runTopology(topology).flows) flow.check();
  });

  test.prop([arbitraryTopology], { numRuns: 60 })(
    'counts TTLs down and lets nothing live beyond',
    (topology) => {
      const { ttl } = runTopology(topology);
      ttl.check();
      expect(ttl.longestWay).toBeLessThan(64);
    },
  );

  test.prop([arbitraryTopology], { numRuns: 60 })('learns addresses only where they are', (topology) => {
    // who changes his address leaves the old one behind until it ages
    const disturbances = topology.disturbances.filter(({ what }) => what !== 'podMac');
    checkForwardingDatabases(runTopology({ ...topology, disturbances }).network);
  });

  test.prop([arbitraryTopology, fc.array(fc.integer())], { numRuns: 40 })(
    'finds the longest prefix in every table of every host',
    (topology, destinations) => {
      const { network } = runTopology(topology);
      for (const namespace of network.namespaces()) {
        for (const table of namespace.fib.tables()) {
          const own = table.routes().map((route) => route.destination + 1);
          for (const destination of [...destinations, ...own]) checkLookup(table, destination);
        }
      }
    },
  );

  test.prop([arbitraryTopology], { numRuns: 60 })(
    'captures frames that parse, checksums right',
    (topology) => {
      const { packets, truncated } = readCapture(runTopology(topology).capture);
      expect(truncated).toBe(false);
      let last = 0n;
      for (const packet of packets) {
        checkCapturedFrame(packet);
        expect(packet.time).toBeGreaterThanOrEqual(last);
        last = packet.time;
      }
    },
  );

  test.prop([arbitraryTopology, fc.integer({ min: 1, max: 100 })], { numRuns: 30 })(
    'captures the same, however many frames go to the file at once',
    (topology, chunkFrames) => {
      const { capture } = runTopology(topology, { chunkFrames });
      expect(capture.equals(runTopology(topology).capture)).toBe(true);
    },
  );
});
