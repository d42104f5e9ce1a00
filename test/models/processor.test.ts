import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { ProcessorSpec, Work } from '../../models/processor/processor-spec.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import { checkPacketConservation } from '../checkers/packet-conservation.ts';
import { FrameLog } from '../support/frame-log.ts';
import { bridgedPods, ip, type RouterChain, routerChain } from '../support/networks.ts';

function spec(costs: Partial<Record<Work, number>>, change: Partial<ProcessorSpec> = {}): ProcessorSpec {
  const cost = (work: Work) => ({ packet: costs[work] ?? 0, byte: 0 });
  return {
    cores: 1,
    backlog: 1000,
    receive: cost('receive'),
    cross: cost('cross'),
    forward: cost('forward'),
    bridge: cost('bridge'),
    encapsulate: cost('encapsulate'),
    copy: cost('copy'),
    encrypt: cost('encrypt'),
    ...change,
  };
}

/** A host, a router whose work costs something, a host; MAC addresses are known. */
function chainWith(router: ProcessorSpec): {
  chain: RouterChain;
  send: (count: number, from?: number) => void;
} {
  const chain = routerChain(1);
  new UdpSocket(chain.b).bind(0, 9);
  new UdpSocket(chain.a).sendTo(chain.far, 9, 1);
  chain.network.simulation.run({ until: 1e9 });
  chain.routers[0].setProcessor(router);
  const sockets = new Map<number, UdpSocket>();
  const send = (count: number, from = 1000) => {
    const socket = sockets.get(from) ?? new UdpSocket(chain.a);
    if (!sockets.has(from)) socket.bind(0, from);
    sockets.set(from, socket);
    for (let i = 0; i < count; i++) socket.sendTo(chain.far, 9, 100);
  };
  return { chain, send };
}

/** When frames that match come in at b, nanoseconds from now on. */
function arrivals({ chain, send }: ReturnType<typeof chainWith>, count: number, ...from: number[]): number[] {
  const log = new FrameLog([chain.b, 'eth0']);
  const { simulation } = chain.network;
  const begin = simulation.now;
  for (const port of from.length === 0 ? [1000] : from) send(count, port);
  simulation.run({ until: begin + 1e8 });
  checkPacketConservation(chain.network);
  return log.matching(/UDP/, 'in').map(({ time }) => time - begin);
}

describe('a node whose work takes time', () => {
  it('lets packets wait for its core, one after another', () => {
    const world = chainWith(spec({ receive: 400, forward: 600 }));
    expect(arrivals(world, 3)).toEqual([1000, 2000, 3000]);
    const [core] = world.chain.routers[0].processor!.cores;
    expect(core).toMatchObject({ busy: 3000, jobs: 3, dropped: 0 });
  });

  it('counts bytes, and carries fractions of a nanosecond', () => {
    const world = chainWith(spec({}, { forward: { packet: 0, byte: 0.3 } }));
    // 142 bytes take 42.6 ns
    expect(arrivals(world, 5)).toEqual([42, 85, 127, 170, 213]);
  });

  it('drops what its backlog has no room for', () => {
    const world = chainWith(spec({ receive: 1000 }, { backlog: 4 }));
    expect(arrivals(world, 10)).toHaveLength(5);
    expect(world.chain.network.drops.rows()).toContainEqual({
      namespace: 'r1',
      interface: 'left',
      reason: 'cpu_backlog',
      packets: 5,
    });
    expect(world.chain.routers[0].processor!.cores[0]).toMatchObject({ dropped: 5, peak: 4 });
  });

  it('spreads flows over its cores, the packets of one in order on one', () => {
    const world = chainWith(spec({ receive: 1000 }, { cores: 8 }));
    const ports = Array.from({ length: 64 }, (_, i) => 1000 + i);
    const times = arrivals(world, 2, ...ports);
    expect(times).toHaveLength(128);
    const jobs = world.chain.routers[0].processor!.cores.map((core) => core.jobs);
    expect(Math.min(...jobs)).toBeGreaterThan(0);
    // eight cores are faster than one, by less than eight as the hash is not even
    expect(Math.max(...times)).toBe(Math.max(...jobs) * 1000);
    expect(Math.max(...times)).toBeLessThan(64_000);
  });

  it('charges pods of one node to its cores: program, veth pairs, bridge, program', () => {
    const { node, pods, network } = bridgedPods(2);
    const warm = new UdpSocket(pods[0]);
    warm.sendTo(ip('10.244.1.3'), 9, 1);
    network.simulation.run({ until: 1e9 });
    node.setProcessor(spec({ copy: 700, cross: 250, bridge: 150 }));
    for (const pod of pods) pod.adoptProcessor(node);
    const received: number[] = [];
    const receiver = new UdpSocket(pods[1]);
    receiver.bind(0, 7);
    receiver.onReceive = () => received.push(network.simulation.now - 1e9);
    warm.sendTo(ip('10.244.1.3'), 7, 100);
    network.simulation.run({ until: 2e9 });
    checkPacketConservation(network);
    expect(received).toEqual([700 + 250 + 150 + 250 + 700]);
  });

  it('costs nothing and takes the short cut where nobody asked for it', () => {
    const chain = routerChain(1);
    expect(chain.routers[0].processor).toBeNull();
  });

  test.prop([
    fc.record({ receive: fc.nat(5000), forward: fc.nat(5000), cross: fc.nat(5000), copy: fc.nat(5000) }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 20 }),
    fc.array(
      fc.record({ count: fc.nat(8), from: fc.integer({ min: 1000, max: 1005 }), pause: fc.nat(20_000) }),
    ),
  ])('loses no packet out of sight', (costs, cores, backlog, steps) => {
    const { chain, send } = chainWith(spec(costs, { cores, backlog }));
    chain.a.setProcessor(spec(costs, { cores, backlog }));
    chain.b.setProcessor(spec(costs, { cores, backlog }));
    const { simulation } = chain.network;
    for (const { count, from, pause } of steps) {
      send(count, from);
      simulation.run({ until: simulation.now + pause });
      checkPacketConservation(chain.network);
    }
    simulation.run({ until: simulation.now + 20e9 });
    checkPacketConservation(chain.network);
    expect(chain.network.pool.inFlight).toBe(0);
  });
});
