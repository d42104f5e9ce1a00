import { describe, expect, it } from 'vitest';
import { flowOf, runScenario, twoPods } from '../../../support/run-scenario.ts';

const replay = (csv: string, keys = '', rest = '') =>
  flowOf(runScenario(twoPods(`t: { kind: trace, file: t.csv${keys} }`, rest), { readFile: () => csv }));

describe('a trace', () => {
  it('sends each transfer at its time', () => {
    const flow = replay(
      'time,src,dst,bytes,proto,sport,dport\n0.5,a-0,b-0,10000,tcp,1234,80\n20ms,pod/b-0,10.244.1.2,500,udp,,53\n',
    );
    expect(flow).toMatchObject({ kind: 'trace', pairs: 2, sent: 2, received: 2, lost: 0, inFlight: 0 });
    expect(flow.tcp).toMatchObject({ connections: 1, failed: 0 });
    // the datagram one way over two cables, behind ARP; the transfer with its handshake
    expect(flow.latency.min).toBeGreaterThan(2e6);
    expect(flow.latency.min).toBeLessThan(8e6);
    expect(flow.latency.max).toBeGreaterThan(6e6);
    expect(flow.latency.max).toBeLessThan(20e6);
  });

  it('may have transfers of a pair at the same time, in any order', () => {
    const flow = replay('bytes,dst,src,time\n20,b-0,a-0,0.3\n100000,b-0,a-0,0.1\n2 kB,b-0,a-0,0.1\n');
    expect([flow.sent, flow.received, flow.tcp!.connections]).toEqual([3, 3, 3]);
  });

  it('begins at start and ends at stop', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `${i / 10},a-0,b-0,100\n`).join('');
    const flow = replay(`time,src,dst,bytes\n${lines}`, ', start: 500ms, stop: 1s, protocol: udp');
    expect([flow.sent, flow.received]).toEqual([5, 5]);
  });

  it('tells what failed', () => {
    const flow = replay(
      'time,src,dst,bytes,proto\n0.1,a-0,b-0,100,tcp\n0.2,a-0,b-0,100,udp\n0.3,node1,10.9.9.9,100,udp\n',
      ', open_port: false',
    );
    expect(flow.lostByReason).toEqual({ ECONNREFUSED: 1, no_socket: 1 });
    expect(flow.refused).toBe(1);
  });
});
