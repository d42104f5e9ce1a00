import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import { fragmentsWaiting } from '../../../../models/netns/ipv4/ip-reassembly.ts';
import type { Packet } from '../../../../models/packet.ts';
import { CountingPayload } from '../../../../models/payload.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { checkFlowConservation, checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { WatchedFlow } from '../../../checkers/watched-flow.ts';
import { collectDatagrams, expectPattern } from '../../../support/datagrams.ts';
import { FrameLog, ipHeaderOf } from '../../../support/frame-log.ts';
import { ip, MILLISECOND, routerChain, SECOND, type TwoHosts, twoHosts } from '../../../support/networks.ts';

const PORT = 7000;
const PATTERN = new CountingPayload(251);

/** Teaches both hosts each other's MAC address, so that only what is sent is on the cable. */
function acquaint({ a, b }: TwoHosts): void {
  a.setNeighbour({ address: ip('10.0.0.2'), dev: 'eth0', mac: b.link('eth0')!.mac }, 'add');
  b.setNeighbour({ address: ip('10.0.0.1'), dev: 'eth0', mac: a.link('eth0')!.mac }, 'add');
}

describe('fragmentation', () => {
  it('cuts at multiples of eight bytes, all with one identification', () => {
    const world = twoHosts();
    acquaint(world);
    const log = new FrameLog([world.b, 'eth0']);
    new UdpSocket(world.a).sendTo(ip('10.0.0.2'), PORT, 4000, PATTERN);
    world.network.simulation.run({ until: SECOND });
    const fragments = log.frames.filter((frame) => frame.direction === 'in').map(ipHeaderOf);
    expect(fragments.map((f) => [f.fragmentOffset, f.totalLength, f.moreFragments, f.dontFragment])).toEqual([
      [0, 1500, true, false],
      [1480, 1500, true, false],
      [2960, 1068, false, false],
    ]);
    expect(new Set(fragments.map((f) => f.ipId)).size).toBe(1);
  });

  test.prop(
    [
      fc.integer({ min: 0, max: 20_000 }),
      fc.array(fc.integer({ min: 68, max: 3000 }), { minLength: 3, maxLength: 3 }),
    ],
    { numRuns: 60 },
  )('and reassembly give back any datagram over any MTUs', (size, mtus) => {
    const chain = routerChain(2);
    [
      [chain.a, 'eth0'] as const,
      [chain.routers[0], 'right'] as const,
      [chain.routers[1], 'right'] as const,
    ].forEach(([host, dev], i) => {
      host.setMtu(dev, mtus[i]);
    });
    const received = collectDatagrams(chain.b, PORT);
    const socket = new UdpSocket(chain.a);
    socket.pathMtuDiscovery = 'dont';
    const log = new FrameLog([chain.b, 'eth0']);
    // hundreds of fragments at once would be too many to wait for ARP
    socket.sendTo(chain.far, PORT, 0, PATTERN);
    chain.network.simulation.run({ until: SECOND });
    socket.sendTo(chain.far, PORT, size, PATTERN);
    chain.network.simulation.run({ until: 2 * SECOND });
    expect(received).toHaveLength(2);
    expectPattern(received[1], size);
    for (const frame of log.matching(/UDP|ip-proto/, 'in')) {
      expect(ipHeaderOf(frame).totalLength).toBeLessThanOrEqual(mtus[2]);
    }
    expect(chain.network.pool.inFlight).toBe(0);
    checkPacketConservation(chain.network);
  });
});

describe('reassembly', () => {
  /** Catches what a sends of one datagram, to hand it to b in any order. */
  function catchFragments(
    size: number,
    mtu: number,
  ): { world: TwoHosts; fragments: Packet[]; received: Uint8Array[] } {
    const world = twoHosts();
    acquaint(world);
    world.a.setMtu('eth0', mtu);
    const received = collectDatagrams(world.b, PORT);
    const { network, cable } = world;
    const fragments: Packet[] = [];
    const receive = network.receiveFromCable.bind(network);
    network.receiveFromCable = (_iface, packet) => void fragments.push(packet);
    const socket = new UdpSocket(world.a);
    socket.pathMtuDiscovery = 'dont';
    socket.sendTo(ip('10.0.0.2'), PORT, size, PATTERN);
    network.simulation.run();
    network.receiveFromCable = receive;
    expect(cable.forward.inFlight).toBe(0);
    return { world, fragments, received };
  }

  test.prop(
    [
      fc.integer({ min: 100, max: 3000 }).chain((size) =>
        fc.record({
          size: fc.constant(size),
          order: fc.shuffledSubarray([...Array(Math.ceil((size + 8) / 176)).keys()], {
            minLength: Math.ceil((size + 8) / 176),
          }),
        }),
      ),
    ],
    { numRuns: 60 },
  )('does not mind the order', ({ size, order }) => {
    const { world, fragments, received } = catchFragments(size, 196);
    expect(fragments).toHaveLength(order.length);
    const { network, b } = world;
    for (const [i, place] of order.entries()) {
      expect(received).toHaveLength(0);
      expect(fragmentsWaiting(b)).toBe(i);
      network.receiveFromCable(b.findInterface('eth0')!, fragments[place]);
    }
    expectPattern(received[0], size);
    expect(fragmentsWaiting(b)).toBe(0);
    network.simulation.run();
    checkPacketConservation(network);
  });

  it('takes no harm from a fragment that comes twice', () => {
    const { world, fragments, received } = catchFragments(500, 196);
    const { network, b } = world;
    const eth0 = b.findInterface('eth0')!;
    for (const fragment of fragments) {
      const again = network.pool.copy(fragment);
      network.receiveFromCable(eth0, fragment);
      network.receiveFromCable(eth0, again);
    }
    expect(received).toHaveLength(1);
    expectPattern(received[0], 500);
    network.simulation.run();
    checkPacketConservation(network);
  });

  it.each([0, 1, 2])(
    'gives up after 30 s when fragment %i is lost, and says so if the first is here',
    (lost) => {
      const { world, fragments, received } = catchFragments(500, 196);
      const { network, a, b } = world;
      const log = new FrameLog([a, 'eth0']);
      for (const [i, fragment] of fragments.entries()) {
        if (i === lost) network.drop(fragment, DropReason.linkLoss, b.findInterface('eth0')!);
        else network.receiveFromCable(b.findInterface('eth0')!, fragment);
      }
      network.simulation.run({ until: 29.9 * SECOND });
      expect(fragmentsWaiting(b)).toBe(2);
      network.simulation.run({ until: 32 * SECOND });
      expect(fragmentsWaiting(b)).toBe(0);
      expect(received).toEqual([]);
      expect(network.drops.total(DropReason.reassemblyTimeout)).toBe(2);
      expect(log.texts(/reassembly time exceeded/)).toHaveLength(lost === 0 ? 0 : 1);
      checkPacketConservation(network);
    },
  );

  it('gives up what waits in a namespace that goes away', () => {
    const { world, fragments, received } = catchFragments(500, 196);
    const { network, b } = world;
    for (const one of fragments.slice(1)) network.receiveFromCable(b.findInterface('eth0')!, one);
    network.drop(fragments[0], DropReason.linkLoss, b.findInterface('eth0')!);
    network.simulation.run({ until: SECOND });
    expect(fragmentsWaiting(b)).toBe(fragments.length - 1);
    network.removeNamespace(b.name);
    expect(network.drops.total(DropReason.deviceGone)).toBe(fragments.length - 1);
    network.simulation.run({ until: 40 * SECOND });
    expect(received).toEqual([]);
    expect(network.pool.inFlight).toBe(0);
    checkPacketConservation(network);
  });

  it('drops a datagram whose fragments overlap', () => {
    const { world, fragments, received } = catchFragments(500, 196);
    const { network, b } = world;
    const eth0 = b.findInterface('eth0')!;
    const overlapping = network.pool.copy(fragments[1]);
    overlapping.fragmentOffset -= 8;
    network.receiveFromCable(eth0, fragments[0]);
    network.receiveFromCable(eth0, overlapping);
    for (const rest of fragments.slice(1)) network.receiveFromCable(eth0, rest);
    network.simulation.run({ until: 40 * SECOND });
    expect(received).toEqual([]);
    expect(network.pool.inFlight).toBe(0);
    checkPacketConservation(network);
  });

  it('counts a datagram of a flow lost once, however many of its fragments are', () => {
    const world = twoHosts({ rate: 1e9, delay: 0, loss: 0.3 });
    acquaint(world);
    collectDatagrams(world.b, PORT);
    const { network, a } = world;
    const flow = new WatchedFlow();
    const number = network.flows.add(flow);
    const socket = new UdpSocket(a);
    for (let sequence = 1; sequence <= 200; sequence++) {
      flow.sent(network.simulation, 5000);
      socket.sendTo(ip('10.0.0.2'), PORT, 5000, PATTERN, number, sequence);
      network.simulation.run({ until: sequence * MILLISECOND });
    }
    network.simulation.run();
    flow.check();
    checkFlowConservation(network, flow);
    expect(flow.lossesByReason()).toEqual({ link_loss: 200 - flow.receivedPackets });
    expect(flow.receivedPackets).toBeGreaterThan(20);
    expect(network.pool.inFlight).toBe(0);
  });
});
