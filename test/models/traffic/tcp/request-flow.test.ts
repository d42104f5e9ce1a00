import { describe, expect, it } from 'vitest';
import { flowOf, runScenario, startScenario, twoPods } from '../../../support/run-scenario.ts';

const request = (keys: string, rest = '', link?: string) =>
  twoPods(`r: { kind: request, from: pod/a-0, to: pod/b-0, ${keys} }`, rest, link);

describe('requests', () => {
  it('come at a pace that the seed decides, and are answered', () => {
    const flow = flowOf(runScenario(request('rate: 100/s, stop: 2s')));
    expect(flow.sent).toBeGreaterThan(150);
    expect(flow.sent).toBeLessThan(250);
    expect(flow).toMatchObject({ received: flow.sent, lost: 0, inFlight: 0, jitter: null });
    // 200 bytes there and 10 kB back
    expect(flow.offered).toBeCloseTo((flow.sent * 10_200 * 8) / 2, 3);
    // one round trip of 4 ms and 10 kB at 20 Mbit/s
    expect(flow.latency.min).toBeGreaterThan(8e6);
    expect(flow.latency.p50).toBeLessThan(20e6);
  });

  it('come exactly so often with constant arrivals, and no more than wanted', () => {
    const flow = flowOf(
      runScenario(request('every: 50ms, arrivals: constant, requests: 17, response: 100B')),
    );
    expect([flow.sent, flow.received]).toEqual([17, 17]);
    expect(flow.tcp!.connections).toBe(1);
  });

  it('have a connection each if that is wanted: a round trip more', () => {
    const keys = 'every: 50ms, arrivals: constant, requests: 10, response: 100B';
    const reused = flowOf(runScenario(request(keys)));
    const fresh = flowOf(runScenario(request(`${keys}, connections: per-request`)));
    expect([reused.tcp!.connections, fresh.tcp!.connections]).toEqual([1, 10]);
    expect(fresh.latency.p50! - reused.latency.p50!).toBeGreaterThan(4e6);
    expect(fresh.latency.p50! - reused.latency.p50!).toBeLessThan(4.4e6);
  });

  it('wait for a connection when all are busy', () => {
    const flow = flowOf(
      runScenario(request('every: 1ms, arrivals: constant, requests: 5, max_connections: 1, response: 100B')),
    );
    expect(flow.tcp!.connections).toBe(1);
    expect(flow.received).toBe(5);
    // each waits for those before it: about 4 ms each, less the millisecond by which it came later
    expect(flow.latency.max! - flow.latency.min!).toBeGreaterThan(8e6);
  });

  it('are given up after a time-out, with the reason', () => {
    const cut = 'events: [{ at: 500ms, link_down: "node2:eth0", for: 1s }]';
    const flow = flowOf(runScenario(request('every: 10ms, timeout: 100ms, stop: 1s', cut)));
    expect(flow.lostByReason).toEqual({ timeout: flow.lost });
    expect(flow.lost).toBeGreaterThan(30);
    expect(flow.sent).toBe(flow.received + flow.lost);
  });

  it('fail where nobody listens', () => {
    const flow = flowOf(runScenario(request('every: 100ms, open_port: false, stop: 1s')));
    expect(flow.lostByReason).toEqual({ ECONNREFUSED: flow.sent });
    expect(flow.loss).toBe(1);
  });

  it('end with the pod of the client, and those to a pod that is gone fail', () => {
    const gone = (pod: string) => `events: [{ at: 1s, pod_delete: ${pod} }]`;
    const client = flowOf(runScenario(request('every: 10ms', gone('a-0'))));
    expect(client.sent).toBeLessThan(150);
    const server = flowOf(runScenario(request('every: 10ms, timeout: 200ms', gone('b-0'))));
    expect(server.received).toBeLessThan(150);
    expect(server.lostByReason.timeout).toBeGreaterThan(100);
  });
});

describe('users', () => {
  it('send no request before the one before it is answered', () => {
    const flow = flowOf(runScenario(request('users: 3, response: 100B')));
    expect(flow.tcp!.connections).toBe(3);
    // no time to think: three requests in each round trip of 4 ms
    expect(flow.sent / 3).toBeGreaterThan(3e9 / 4.4e6);
    expect(flow.sent / 3).toBeLessThan(3e9 / 4e6);
    expect(flow.inFlight).toBeLessThanOrEqual(3);
  });

  it('think in between', () => {
    const constant = flowOf(runScenario(request('users: 1, think: { constant: 96ms }, response: 100B')));
    expect(constant.received).toBeGreaterThanOrEqual(28);
    expect(constant.received).toBeLessThanOrEqual(30);
    const drawn = flowOf(runScenario(request('users: 20, think: 100ms, response: 100B')));
    expect(drawn.sent).toBeGreaterThan(450);
    expect(drawn.sent).toBeLessThan(700);
  });
});

describe('sizes of requests and responses', () => {
  const files: Record<string, string> = {
    'plain.txt': '# sizes\n100\n200\n300 B\n',
    'table.csv': 'when,"sent bytes",note\n1,1000,x\n2,3 kB,"y, z"\n',
  };
  const readFile = (name: string) => files[name];
  const sizes = (response: string) => {
    const keys = `every: 5ms, arrivals: constant, requests: 400, request: 20B, response: ${response}`;
    const run = startScenario(request(keys, '', 'rate: 1Gbit, delay: 10us'), { readFile });
    run.run();
    const { statistics } = run.traffic[0].pairs[0];
    return { count: statistics.receivedPackets, mean: statistics.receivedBytes / statistics.receivedPackets };
  };

  it.each([
    ['5kB', 5000, 0],
    ['{ uniform: [100B, 300B] }', 200, 10],
    ['{ exponential: 1kB }', 1000, 150],
    ['{ log_normal: { mean: 2kB, sigma: 0.5 } }', 2000, 200],
    ['{ choice: [100B, 500B] }', 300, 40],
    ['{ from: { file: plain.txt } }', 200, 20],
    ['{ from: { file: table.csv, column: sent bytes } }', 2000, 200],
  ])('%s', (response, mean, tolerance) => {
    const drawn = sizes(response);
    expect(drawn.count).toBe(400);
    expect(Math.abs(drawn.mean - mean)).toBeLessThanOrEqual(tolerance);
  });
});
