import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import { learnPathMtu, pathMtu } from '../../../../models/netns/ipv4/path-mtu.ts';
import { CountingPayload } from '../../../../models/payload.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { collectDatagrams, expectPattern } from '../../../support/datagrams.ts';
import { FrameLog, ipHeaderOf } from '../../../support/frame-log.ts';
import { type RouterChain, routerChain, SECOND } from '../../../support/networks.ts';

const PORT = 7000;
const PATTERN = new CountingPayload(251);

describe('path MTU discovery', () => {
  /** a - r1 - r2 - b with an MTU of 1000 in the middle and of 800 at the end. */
  function narrowing(): RouterChain {
    const chain = routerChain(2);
    chain.routers[0].setMtu('right', 1000);
    chain.routers[1].setMtu('right', 800);
    return chain;
  }

  it('finds the smallest MTU of the way, one router after the other, and holds it for ten minutes', () => {
    const chain = narrowing();
    const received = collectDatagrams(chain.b, PORT);
    const socket = new UdpSocket(chain.a);
    socket.pathMtuDiscovery = 'do';
    const { simulation } = chain.network;
    const trySize = (size: number) => {
      const errno = socket.sendTo(chain.far, PORT, size, PATTERN);
      simulation.run({ until: simulation.now + SECOND });
      return errno ?? (received.length > 0 ? 'received' : 'sent');
    };
    expect(trySize(1473)).toBe('EMSGSIZE');
    expect(trySize(1472)).toBe('sent');
    expect(trySize(973)).toBe('EMSGSIZE');
    expect(trySize(972)).toBe('sent');
    expect(trySize(773)).toBe('EMSGSIZE');
    expect(trySize(772)).toBe('received');
    expectPattern(received[0], 772);
    simulation.run({ until: simulation.now + 601 * SECOND });
    expect(socket.sendTo(chain.far, PORT, 1472, PATTERN)).toBeNull();
    simulation.run({ until: simulation.now + SECOND });
    checkPacketConservation(chain.network);
  });

  it('lets a socket that wants it cut what is too long by itself from then on', () => {
    const chain = narrowing();
    const received = collectDatagrams(chain.b, PORT);
    const socket = new UdpSocket(chain.a);
    for (let i = 0; i < 3; i++) {
      expect(socket.sendTo(chain.far, PORT, 1400, PATTERN)).toBeNull();
      chain.network.simulation.run({ until: (i + 1) * SECOND });
    }
    // its fragments may be cut again
    expect(received).toHaveLength(2);
    for (const bytes of received) expectPattern(bytes, 1400);
    expect(chain.network.drops.total(DropReason.packetTooBig)).toBe(1);
  });

  it('is told to a connected socket', () => {
    const chain = narrowing();
    const socket = new UdpSocket(chain.a);
    const errors: string[] = [];
    socket.onError = (errno) => errors.push(errno);
    socket.connect(chain.far, PORT);
    socket.sendTo(chain.far, PORT, 1400, PATTERN);
    chain.network.simulation.run({ until: SECOND });
    expect(errors).toEqual(['EMSGSIZE']);
  });

  it('does not believe in less than 552 bytes', () => {
    const chain = narrowing();
    chain.routers[1].setMtu('right', 300);
    const socket = new UdpSocket(chain.a);
    socket.pathMtuDiscovery = 'do';
    for (const size of [972, 600]) {
      socket.sendTo(chain.far, PORT, size, PATTERN);
      chain.network.simulation.run({ until: chain.network.simulation.now + SECOND });
    }
    expect(socket.sendTo(chain.far, PORT, 524, PATTERN)).toBeNull();
    expect(socket.sendTo(chain.far, PORT, 525, PATTERN)).toBe('EMSGSIZE');
  });

  it('does not take late news of a wider link for a better way', () => {
    const chain = narrowing();
    const [nexthop] = chain.a.fib.lookup(chain.far)!.nexthops;
    const mtu = () => pathMtu(nexthop, chain.a.findInterface('eth0')!, chain.far);
    learnPathMtu(chain.a, nexthop, chain.far, 800, 0);
    learnPathMtu(chain.a, nexthop, chain.far, 1000, 1);
    expect(mtu()).toBe(800);
    chain.network.simulation.run({ until: 601 * SECOND });
    expect(mtu()).toBe(1500);
    learnPathMtu(chain.a, nexthop, chain.far, 1000, 601 * SECOND);
    expect(mtu()).toBe(1000);
  });

  it('of a router itself is nothing to the packets that it forwards', () => {
    const chain = narrowing();
    const [near] = chain.routers;
    const own = new UdpSocket(near);
    own.sendTo(chain.far, PORT, 972, PATTERN);
    chain.network.simulation.run({ until: SECOND });
    own.pathMtuDiscovery = 'do';
    expect(own.sendTo(chain.far, PORT, 972, PATTERN)).toBe('EMSGSIZE');
    const log = new FrameLog([near, 'right']);
    const socket = new UdpSocket(chain.a);
    socket.pathMtuDiscovery = 'dont';
    socket.sendTo(chain.far, PORT, 972, PATTERN);
    chain.network.simulation.run({ until: 2 * SECOND });
    expect(log.matching(/UDP|ip-proto/, 'out').map((frame) => ipHeaderOf(frame).totalLength)).toEqual([1000]);
  });
});
