import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { HeapJsQueue } from '../../engine/heap-js-queue.ts';
import { checkPacketConservation } from '../checkers/packet-conservation.ts';
import { startScenario, twoPods } from '../support/run-scenario.ts';

const size = fc.constantFrom(
  '20B',
  '1kB',
  '{ uniform: [20B, 20kB] }',
  '{ log_normal: { mean: 5kB, sigma: 1 } }',
);

const tcp = fc
  .record({ bytes: fc.integer({ min: 200, max: 300_000 }), parallel: fc.integer({ min: 1, max: 4 }) })
  .map(({ bytes, parallel }) => `kind: tcp, bytes: ${bytes}B, parallel: ${parallel}`);
const request = fc
  .record({
    load: fc.constantFrom(
      'rate: 200/s',
      'every: 4ms, arrivals: constant',
      'users: 5',
      'users: 8, think: 20ms',
    ),
    request: size,
    response: size,
    connections: fc.constantFrom('reuse', 'per-request'),
    more: fc.constantFrom(
      '',
      ', timeout: 30ms',
      ', max_connections: 2',
      ', open_port: false',
      ', requests: 9',
    ),
  })
  .map(
    ({ load, request, response, connections, more }) =>
      `kind: request, ${load}, request: ${request}, response: ${response}, connections: ${connections}${more}`,
  );
const incast = fc
  .record({ block: fc.integer({ min: 20, max: 50_000 }), rounds: fc.integer({ min: 1, max: 20 }) })
  .map(({ block, rounds }) => `kind: incast, block: ${block}B, rounds: ${rounds}, pause: 1ms`);
const trace = fc.constantFrom('kind: trace, file: t.csv', 'kind: trace, file: t.csv, protocol: udp');
const LINES = Array.from(
  { length: 30 },
  (_, i) => `${i * 7}ms,${i % 3 ? 'a-0,b-0' : 'b-0,a-0'},${20 + 47 * i}`,
);
const readFile = () => `time,src,dst,bytes\n${LINES.join('\n')}\n`;

const scenario = fc
  .record({
    traffic: fc.array(fc.oneof(tcp, request, incast, trace), { minLength: 1, maxLength: 3 }),
    loss: fc.constantFrom('0%', '1%', '5%'),
    queue: fc.constantFrom('5 packets', '100 packets'),
    rate: fc.constantFrom('2Mbit', '100Mbit'),
    event: fc.constantFrom('', 'link_down: "node2:eth0", for: 100ms', 'pod_delete: a-0', 'pod_delete: b-0'),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ traffic, loss, queue, rate, event, seed }) => {
    const lines = traffic.map((keys, index) => {
      const ends = keys.includes('trace') ? '' : 'from: pod/a-0, to: pod/b-0, stop: 600ms, ';
      const port = 9000 + index;
      return `t${index}: { ${ends}port: ${port}, ${keys} }`;
    });
    const rest = event === '' ? '' : `events: [{ at: 200ms, ${event} }]`;
    const link = `rate: ${rate}, delay: 100us, loss: ${loss}, queue: ${queue}`;
    return { text: twoPods(lines.join('\n'), rest, link), seed };
  });

describe('traffic over TCP', () => {
  test.prop([scenario], { numRuns: 25 })(
    'loses no packet and no request unaccounted for, and is the same again on either event queue',
    ({ text, seed }) => {
      const options = { seed, stop: '1s', readFile };
      const run = startScenario(text, options);
      run.run();
      checkPacketConservation(run.built.network);
      const result = run.result();
      for (const flow of result.flows) {
        expect(flow.inFlight).toBeGreaterThanOrEqual(0);
        expect(flow.received).toBeLessThanOrEqual(flow.sent);
        const reasons = Object.values(flow.lostByReason).reduce((sum, count) => sum + count, 0);
        expect(reasons).toBe(flow.lost);
      }
      const again = startScenario(text, options, new HeapJsQueue());
      again.run();
      expect(again.result()).toEqual(result);
    },
  );
});
