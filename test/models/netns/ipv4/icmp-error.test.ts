import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import { CountingPayload } from '../../../../models/payload.ts';
import { PingSocket } from '../../../../models/transport/ping-socket.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { parseIcmp } from '../../../../models/wire/icmp.ts';
import { parseIpv4Header } from '../../../../models/wire/ipv4.ts';
import { isParseError } from '../../../../models/wire/parse-error.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog, type LoggedFrame } from '../../../support/frame-log.ts';
import {
  addGateway,
  bridgedPods,
  ip,
  MILLISECOND,
  type RouterChain,
  routerChain,
  SECOND,
  twoHosts,
} from '../../../support/networks.ts';

const PATTERN = new CountingPayload(251);

/** The ICMP error in a frame and what it quotes. */
function dissect({ bytes }: LoggedFrame) {
  const outer = parseIpv4Header(bytes, 14, bytes.length);
  if (isParseError(outer)) throw new Error(outer.message);
  const icmp = parseIcmp(bytes, 34, bytes.length);
  if (isParseError(icmp) || !('datagram' in icmp)) throw new Error('no ICMP error');
  const inner = parseIpv4Header(icmp.datagram, 0, icmp.datagram.length, Number.POSITIVE_INFINITY);
  if (isParseError(inner)) throw new Error(inner.message);
  return { outer, icmp, inner };
}

/** Sends one UDP datagram from a to the far end of the chain and answers the ICMP errors that come back. */
function probe(chain: RouterChain, size: number, change: (socket: UdpSocket) => void = () => {}) {
  const log = new FrameLog([chain.a, 'eth0']);
  const socket = new UdpSocket(chain.a);
  change(socket);
  expect(socket.sendTo(chain.far, 33_434, size, PATTERN)).toBeNull();
  chain.network.simulation.run({ until: chain.network.simulation.now + 5 * SECOND });
  checkPacketConservation(chain.network);
  return log.matching(/: ICMP/, 'in').map(dissect);
}

describe('an ICMP error', () => {
  it('quotes up to 548 bytes, with the sender address of the interface on the way back', () => {
    const [{ outer, icmp, inner }] = probe(routerChain(1), 1400);
    expect(icmp).toMatchObject({ kind: 'destinationUnreachable', code: 3, checksum: 'correct' });
    expect(icmp.datagram).toHaveLength(548);
    expect(outer).toMatchObject({ ipSource: ip('10.0.1.2'), ttl: 63, tos: 0xc0, totalLength: 576 });
    // as it arrived: one router has counted it down
    expect(inner).toMatchObject({
      ttl: 63,
      totalLength: 1428,
      ipSource: ip('10.0.0.1'),
      checksum: 'correct',
    });
    expect([...icmp.datagram.subarray(28, 34)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('quotes a short packet whole', () => {
    const [{ icmp }] = probe(routerChain(1), 10);
    expect(icmp.datagram).toHaveLength(38);
  });

  it('keeps the low bits of the type of service that it answers', () => {
    const [{ outer }] = probe(routerChain(1), 10, (socket) => {
      socket.tos = 0x1f;
    });
    expect(outer.tos).toBe(0xc0 | 0x1e);
  });

  it.each([1, 2, 3])('of time exceeded comes from the router at TTL %i and quotes it as received', (ttl) => {
    const [{ outer, icmp, inner }] = probe(routerChain(3), 10, (socket) => {
      socket.ttl = ttl;
    });
    expect(icmp).toMatchObject({ kind: 'timeExceeded', code: 0 });
    expect(outer).toMatchObject({ ipSource: ip(`10.0.${ttl - 1}.2`), ttl: 65 - ttl });
    expect(inner.ttl).toBe(1);
  });

  it('is sent when nobody answers ARP for the next hop', () => {
    const chain = routerChain(1);
    chain.b.setLinkUp('eth0', false);
    chain.b.setLinkUp('eth0', true);
    chain.b.setSysctl('net.ipv4.conf.all.arp_ignore', '8');
    const errors = probe(chain, 10);
    expect(errors.map(({ outer, icmp, inner }) => [outer.ipSource, icmp.kind, inner.ttl])).toEqual([
      [ip('10.0.0.2'), 'destinationUnreachable', 63],
    ]);
    expect(errors[0].icmp).toMatchObject({ code: 1 });
  });

  it.each([
    ['unreachable', 1, DropReason.unreachable],
    ['prohibit', 13, DropReason.prohibited],
  ] as const)('tells of a route of type %s', (type, code, reason) => {
    const chain = routerChain(1);
    chain.routers[0].addRoute({ destination: chain.far, prefixLength: 32, type });
    expect(probe(chain, 10)).toMatchObject([{ icmp: { kind: 'destinationUnreachable', code } }]);
    expect(chain.network.drops.total(reason)).toBe(1);
  });

  it('does not tell of a blackhole, nor of a host that does not forward', () => {
    const chain = routerChain(1);
    chain.routers[0].addRoute({ destination: chain.far, prefixLength: 32, type: 'blackhole' });
    expect(probe(chain, 10)).toEqual([]);
    expect(chain.network.drops.total(DropReason.blackhole)).toBe(1);
    chain.routers[0].setSysctl('net.ipv4.ip_forward', '0');
    expect(probe(chain, 10)).toEqual([]);
    expect(chain.network.drops.total(DropReason.notForwarding)).toBe(1);
  });

  it('tells that the network is unreachable when there is no route', () => {
    const chain = routerChain(1);
    addGateway(chain.a, '0.0.0.0/0', '10.0.0.2');
    chain.far = ip('99.0.0.1');
    expect(probe(chain, 10)).toMatchObject([{ icmp: { code: 0 }, outer: { ipSource: ip('10.0.0.2') } }]);
  });

  it('is never sent about an ICMP error, a broadcast, or a fragment other than the first', () => {
    const { network, node, pods } = bridgedPods(2);
    const log = new FrameLog([pods[0], 'eth0']);
    const socket = new UdpSocket(pods[0]);
    socket.sendTo(ip('10.244.1.255'), 9, 10);
    socket.sendTo(-1, 9, 10);
    network.simulation.run({ until: SECOND });
    expect(log.texts(/ICMP/)).toEqual([]);
    socket.pathMtuDiscovery = 'dont';
    socket.sendTo(ip('10.244.1.1'), 9, 4000);
    network.simulation.run({ until: 2 * SECOND });
    expect(log.texts(/ICMP/)).toHaveLength(1);
    expect(node.hasAddress(ip('10.244.1.1'))).toBe(true);
    checkPacketConservation(network);
  });
  it('reports a protocol that nobody speaks', () => {
    const { network, a, b } = twoHosts();
    const log = new FrameLog([a, 'eth0']);
    const packet = network.pool.create();
    Object.assign(packet, {
      source: a.findInterface('eth0')!.mac,
      destination: b.findInterface('eth0')!.mac,
      etherType: 0x0800,
      ipSource: ip('10.0.0.1'),
      ipDestination: ip('10.0.0.2'),
      protocol: 99,
      ttl: 64,
      length: 60,
      payloadLength: 26,
    });
    a.findInterface('eth0')!.cable!.send(packet);
    network.simulation.run({ until: SECOND });
    expect(log.matching(/ICMP/, 'in').map(dissect)).toMatchObject([{ icmp: { code: 2 } }]);
    expect(network.drops.total(DropReason.noProtocol)).toBe(1);
    checkPacketConservation(network);
  });
});

describe('the rate of ICMP errors', () => {
  /** Port unreachable answers to `count` datagrams, one every `every` ns. */
  function answers(count: number, every: number, ratelimit?: string): number {
    const { network, a, b } = twoHosts();
    if (ratelimit !== undefined) b.setSysctl('net.ipv4.icmp_ratelimit', ratelimit);
    const log = new FrameLog([a, 'eth0']);
    const socket = new UdpSocket(a);
    for (let i = 0; i < count; i++) {
      network.simulation.run({ until: i * every });
      socket.sendTo(ip('10.0.0.2'), 9, 10);
    }
    network.simulation.run({ until: count * every + SECOND / 2 });
    return log.matching(/unreachable/, 'in').length;
  }

  it('is a burst of six to one host, then one a second', () => {
    expect(answers(20, MILLISECOND)).toBe(6);
    expect(answers(10, SECOND)).toBe(10);
    // 6 at once and 4 more in the 4 s that the rest takes
    expect(answers(41, SECOND / 10)).toBeGreaterThanOrEqual(9);
    expect(answers(41, SECOND / 10)).toBeLessThanOrEqual(10);
  });

  it('is what icmp_ratelimit says, without a limit at 0', () => {
    expect(answers(20, MILLISECOND, '0')).toBe(20);
    expect(answers(20, 10 * MILLISECOND, '10')).toBe(20);
  });

  it('leaves all of the burst of routing errors with a shorter icmp_ratelimit', () => {
    const { network, a, b } = twoHosts();
    a.addRoute({ destination: 0, prefixLength: 0, nexthops: [{ gateway: ip('10.0.0.2') }] });
    b.setSysctl('net.ipv4.ip_forward', '1');
    b.setSysctl('net.ipv4.icmp_ratelimit', '100');
    const log = new FrameLog([a, 'eth0']);
    const socket = new UdpSocket(a);
    // as recorded on Linux 6.18: each costs a second of five, and a tenth of one at the same instant
    for (const time of [0, 0.44]) {
      network.simulation.run({ until: time * SECOND });
      socket.sendTo(ip('192.168.2.2'), 9, 10);
    }
    network.simulation.run({ until: SECOND });
    expect(log.matching(/unreachable/, 'in')).toHaveLength(2);
  });

  it('does not hold back echo replies', () => {
    const { network, a } = twoHosts();
    const log = new FrameLog([a, 'eth0']);
    const socket = new PingSocket(a);
    for (let i = 1; i <= 50; i++) socket.send(ip('10.0.0.2'), i, 8, PATTERN);
    network.simulation.run({ until: SECOND });
    expect(log.matching(/echo reply/, 'in')).toHaveLength(50);
  });
});
