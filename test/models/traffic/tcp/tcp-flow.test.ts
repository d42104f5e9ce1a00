import { describe, expect, it } from 'vitest';
import type { TcpFlow } from '../../../../models/traffic/tcp/tcp-flow.ts';
import { flowOf, runScenario, startScenario, twoPods } from '../../../support/run-scenario.ts';

const BYTES = 100_000;
const bulk = (keys: string, rest = '', link?: string) =>
  twoPods(`bulk: { kind: tcp, from: pod/a-0, to: pod/b-0, ${keys} }`, rest, link);

describe('a bulk transfer', () => {
  it('arrives whole and says how long that took', () => {
    const flow = flowOf(runScenario(bulk('bytes: 100kB, start: 1s')));
    expect(flow).toMatchObject({ kind: 'tcp', pairs: 1, lost: 0, refused: 0, inFlight: 0 });
    expect(flow.tcp).toMatchObject({ connections: 1, failed: 0, retransmits: 0 });
    const time = flow.completion!.max!;
    // the goodput is that of the transfer, not of the three seconds
    expect(flow.throughput).toBeCloseTo((BYTES * 8) / (time / 1e9), -2);
    // 1448 bytes take 1538 on the wire of 20 Mbit/s; slow start costs a few round trips of 4 ms
    expect(time / 1e6).toBeGreaterThan((BYTES / 1448) * 1538 * 4e-4);
    expect(time / 1e6).toBeLessThan((BYTES / 1448) * 1538 * 4e-4 + 30);
    expect(flow.sent).toBeGreaterThanOrEqual(BYTES / 1448);
    expect(flow.sent).toBeLessThan(BYTES / 1448 + 10);
  });

  it('shares its bytes among connections, each whole', () => {
    const run = startScenario(bulk('bytes: 1000003B, parallel: 4'));
    run.run();
    const [pair] = run.traffic[0].pairs;
    expect(pair.tcp.readBytes).toBe(1_000_003);
    expect(pair.tcp.connections).toBe(4);
    expect(pair.tcp.completion.count).toBe(1);
  });

  it('goes on until stop without a size, and counts nothing that comes later', () => {
    const flow = flowOf(runScenario(bulk('start: 1s, stop: 2s')));
    expect(flow.completion!.max).toBeNull();
    expect(flow.throughput).toBeLessThan(20e6 * (1449 / 1538));
    expect(flow.throughput).toBeGreaterThan(17e6);
    expect(flow.inFlight).toBe(0);
  });

  it('counts segments that are lost and sent again', () => {
    const flow = flowOf(runScenario(bulk('bytes: 500kB', '', 'rate: 20Mbit, delay: 1ms, loss: 1%')));
    expect(flow.lostByReason).toEqual({ link_loss: flow.lost });
    expect(flow.lost).toBeGreaterThan(0);
    expect(flow.sent).toBe(flow.received + flow.lost);
    // what was lost was sent again; of acknowledgements as many may have been lost and never missed
    expect(flow.tcp!.retransmits).toBeGreaterThanOrEqual(flow.lost);
    expect(flow.tcp!.segmentsLost).toBeGreaterThan(flow.lost);
  });

  it('tells why a connection came to nothing', () => {
    const flow = flowOf(runScenario(bulk('open_port: false')));
    expect(flow.tcp).toMatchObject({ connections: 0, failed: 1, failedByReason: { ECONNREFUSED: 1 } });
    const nowhere = twoPods('bulk: { kind: tcp, from: node/node1, to: 10.9.9.9 }');
    expect(flowOf(runScenario(nowhere)).tcp!.failedByReason).toEqual({ ENETUNREACH: 1 });
  });

  it('ends with the pod of either end', () => {
    for (const pod of ['a-0', 'b-0']) {
      const text = bulk('parallel: 2', `events: [{ at: 1s, pod_delete: ${pod} }]`);
      const result = runScenario(text);
      expect(result.flows[0].throughput).toBeLessThan(10e6);
      expect(result.packets.created + result.packets.copied).toBe(
        result.packets.delivered + result.packets.dropped + result.packets.inFlight,
      );
    }
  });

  it('does not measure the warm-up', () => {
    const flow = flowOf(runScenario(bulk('stop: 2s', 'measure: { warmup: 1s }')));
    expect(flow.tcp!.connections).toBe(0);
    expect(flow.throughput).toBeGreaterThan(17e6);
    expect(flow.throughput).toBeLessThan(20e6 * (1449 / 1538));
  });

  it('keeps to the options of its sockets', () => {
    const run = startScenario(bulk('mss: 1000, send_buffer: 5kB, receive_buffer: 8kB, no_delay: true'));
    run.run({ until: 1e9 });
    const { connection } = (run.traffic[0].pairs[0].source as TcpFlow).streams[0]!;
    // time stamps take 12 of the 1000; buffers are twice what was asked for
    expect(connection).toMatchObject({ mss: 988, sendBuffer: 10_000, noDelay: true });
    const window = connection!.maxSendWindow;
    expect(window).toBeLessThanOrEqual(16_000);
    expect(window).toBeGreaterThan(3000);
    // a window in each round trip is less than the cable takes
    expect(flowOf(run.result()).throughput).toBeLessThan(15e6);
  });

  it('is the same again with the same seed', () => {
    const text = bulk('parallel: 3', '', 'rate: 10Mbit, delay: 1ms, loss: 1%');
    expect(runScenario(text)).toEqual(runScenario(text));
    expect(runScenario(text, { seed: 2 }).fingerprint).not.toEqual(runScenario(text).fingerprint);
  });
});
