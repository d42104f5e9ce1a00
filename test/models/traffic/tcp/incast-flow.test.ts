import { describe, expect, it } from 'vitest';
import { flowOf, runScenario, startScenario } from '../../../support/run-scenario.ts';

const incast = (keys: string, rest = '', senders = 4) => `name: incast
stop: 3s
cluster:
  nodes:
    node[1-3]: { address: 192.168.1.11/24 }
  links:
    - { endpoints: ["node*:eth0", lan], rate: 100Mbit, delay: 100us, queue: 1000 packets }
pods:
  client: { node: node1 }
  server: { replicas: ${senders}, node: "node[2-3]" }
traffic:
  i: { kind: incast, from: pod/server-*, to: pod/client-0, ${keys} }
${rest}`;

describe('incast', () => {
  it('asks all senders at once and begins the next round when all blocks are there', () => {
    const run = startScenario(incast('block: 10kB, rounds: 5, pause: 10ms, start: 100ms'));
    run.run();
    const flow = flowOf(run.result());
    expect(flow).toMatchObject({ pairs: 4, sent: 20, received: 20, lost: 0, inFlight: 0 });
    expect(flow.tcp).toMatchObject({ connections: 4, retransmits: 0 });
    const rounds = run.traffic[0].pairs.reduce((sum, { tcp }) => sum + tcp.completion.count, 0);
    expect(rounds).toBe(5);
    // 40 kB at 100 Mbit/s, with headers, and a round trip; the first round has to connect
    expect(flow.completion!.min).toBeGreaterThan(3.4e6);
    expect(flow.completion!.p50).toBeLessThan(4.5e6);
    expect(flow.latency.max).toBe(flow.completion!.max);
  });

  it('goes on until stop without a number of rounds', () => {
    const flow = flowOf(runScenario(incast('block: 100kB, stop: 1s')));
    expect(flow.throughput).toBeGreaterThan(85e6);
    expect(flow.throughput).toBeLessThan(100e6);
    expect(flow.inFlight).toBe(0);
  });

  it('goes on without a sender that is gone or refuses', () => {
    const gone = flowOf(
      runScenario(incast('block: 10kB, pause: 1ms', 'events: [{ at: 1s, pod_delete: server-2 }]')),
    );
    expect(gone.received).toBeGreaterThan(1000);
    expect(gone.sent - gone.received - gone.lost).toBeLessThanOrEqual(4);
    const closed = flowOf(runScenario(incast('block: 10kB, rounds: 3, open_port: false')));
    expect(closed.lostByReason).toEqual({ ECONNREFUSED: 12 });
  });

  it('ends with the pod of the receiver', () => {
    const flow = flowOf(
      runScenario(incast('block: 10kB, pause: 1ms', 'events: [{ at: 1s, pod_delete: client-0 }]')),
    );
    expect(flow.received).toBeGreaterThan(100);
    expect(flow.received).toBeLessThan(1200);
  });
});
