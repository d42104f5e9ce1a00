import { describe, expect, it } from 'vitest';
import { DEFAULT_PRIOMAP } from '../../../models/queueing/qdisc-spec.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { ip, routerChain } from '../../support/networks.ts';
import { OneWay } from './one-way.ts';

/** TOS of interactive traffic, of bulk traffic, and of neither (RFC 1349). */
const DELAY = 0x10;
const THROUGHPUT = 0x08;

describe.each(['prio', 'pfifo_fast'] as const)('strict priority, %s', (kind) => {
  const spec = kind === 'prio' ? { kind, bands: 3, priomap: DEFAULT_PRIOMAP } : { kind };

  it('sends what wants a short delay first and bulk traffic last', () => {
    const way = new OneWay(spec);
    // the first one takes the wire
    for (const tos of [0, THROUGHPUT, 0, DELAY, THROUGHPUT, DELAY]) way.send(100, { tos });
    expect(way.run().numbers).toEqual([0, 3, 5, 2, 1, 4]);
    expect(way.view.statistics.sentPackets).toBe(6);
  });

  it('does not take marks of congestion for a wish', () => {
    const way = new OneWay(spec);
    for (const tos of [0, 0, 1, 2, 3]) way.send(100, { tos });
    expect(way.run().numbers).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('prio', () => {
  it('has a queue of 1000 packets in each band', () => {
    const way = new OneWay({ kind: 'prio', bands: 3, priomap: DEFAULT_PRIOMAP });
    for (let i = 0; i < 1010; i++) way.send(60);
    for (let i = 0; i < 1010; i++) way.send(60, { tos: DELAY });
    way.run();
    expect(way.drops).toEqual({ queue_full: 9 + 10 });
    expect(way.view.statistics).toMatchObject({ dropped: 19, sentPackets: 2001 });
  });

  it('takes other disciplines as the queues of its bands', () => {
    const way = new OneWay({ kind: 'prio', bands: 3, priomap: DEFAULT_PRIOMAP });
    const { a } = way.hosts;
    a.setQdisc({ dev: 'eth0', parent: { major: 1, minor: 2 } }, { kind: 'pfifo', limit: 1 }, 'add');
    for (let i = 0; i < 4; i++) way.send(100);
    for (let i = 0; i < 2; i++) way.send(100, { tos: DELAY });
    expect(way.run().numbers).toEqual([0, 4, 5, 1]);
    const [root, child] = a.qdiscs().filter(({ dev }) => dev === 'eth0');
    expect([root.statistics.dropped, child.statistics.dropped]).toEqual([2, 2]);
  });

  it('knows no wish of a packet that is only bridged, and one of a packet that is forwarded', () => {
    const chain = routerChain(1, { rate: 8e6, delay: 0, overhead: 0 });
    const [router] = chain.routers;
    router.setQdisc({ dev: 'right' }, { kind: 'prio', bands: 3, priomap: DEFAULT_PRIOMAP }, 'add');
    const order: number[] = [];
    const receiver = new UdpSocket(chain.b);
    receiver.bind(0, 7);
    receiver.onReceive = ({ flowSequence }) => order.push(flowSequence);
    const sender = new UdpSocket(chain.a);
    // the first finds the MAC addresses
    sender.sendTo(chain.far, 7, 10);
    chain.network.simulation.run();
    order.length = 0;
    // a long one keeps the second cable busy while the others come
    chain.cables[0].configure({ rate: 8e9, delay: 0, overhead: 0 });
    for (const [number, tos] of [0, 0, DELAY].entries()) {
      sender.tos = tos;
      sender.sendTo(ip('10.0.1.2'), 7, 1000, undefined, 0, number);
    }
    chain.network.simulation.run();
    expect(order).toEqual([0, 2, 1]);
  });

  it('refuses bands that are not there', () => {
    const way = new OneWay(null);
    const set = (bands: number, priomap: readonly number[]) =>
      way.hosts.a.setQdisc({ dev: 'eth0' }, { kind: 'prio', bands, priomap }, 'add');
    expect(() => set(1, DEFAULT_PRIOMAP)).toThrow('Invalid argument');
    expect(() => set(17, DEFAULT_PRIOMAP)).toThrow('Invalid argument');
    expect(() => set(2, DEFAULT_PRIOMAP)).toThrow('Invalid argument');
  });
});
