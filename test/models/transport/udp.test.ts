import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../models/drop-reason.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { CountingPayload } from '../../../models/payload.ts';
import { UDP_PAYLOAD_MAX, UdpSocket } from '../../../models/transport/udp.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { addAddress, ip, routerChain, SECOND, twoHosts } from '../../support/networks.ts';

const A = ip('10.0.0.1');
const B = ip('10.0.0.2');
const PATTERN = new CountingPayload(251);

/** A bound socket that writes down from which port and to which address its datagrams come. */
function open(host: NetworkNamespace, port: number, address = 0): { socket: UdpSocket; heard: number[] } {
  const socket = new UdpSocket(host);
  const heard: number[] = [];
  expect(socket.bind(address, port)).toBeNull();
  socket.onReceive = (packet) => heard.push(packet.sourcePort);
  return { socket, heard };
}

describe('the UDP sockets of a host', () => {
  it('are found by port and address, few or many, as others come and go', () => {
    const { a } = twoHosts();
    const addresses = [A, ip('127.0.0.1')];
    const opened: UdpSocket[] = [];
    const found = ({ localAddress, localPort }: UdpSocket) => a.udp.lookup(localAddress, localPort, B, 9);
    const check = () => {
      expect(a.udp.sockets()).toEqual(opened);
      for (const socket of opened) expect(found(socket)).toBe(socket);
    };
    for (const port of [50, 51, 52, 53, 54, 55]) {
      for (const address of addresses) {
        const { socket } = open(a, port, address);
        opened.push(socket);
        expect(new UdpSocket(a).bind(0, port)).toBe('EADDRINUSE');
        expect([socket.bind(0, 60), socket.bind(address, port)]).toEqual(['EINVAL', 'EINVAL']);
        check();
      }
    }
    for (const place of [0, 4, 4, 8, 5]) {
      const [socket] = opened.splice(place, 1);
      socket.close();
      socket.close();
      expect(found(socket)).toBeNull();
      check();
    }
  });
});

describe('a UDP port that is open and that nobody reads', () => {
  it('is taken, takes what comes, and has a socket once somebody asks for it', () => {
    const { network, a, b } = twoHosts();
    b.openUdpPort(53);
    expect(new UdpSocket(b).bind(0, 53)).toBe('EADDRINUSE');
    expect(new UdpSocket(b).bind(B, 53)).toBe('EADDRINUSE');
    expect(new UdpSocket(b).bind(0, 54)).toBeNull();
    b.openUdpPort(53);
    b.openUdpPort(54);
    b.openUdpPort(55);
    const senders = [53, 54, 55, 56].map((port) => ({ port, socket: new UdpSocket(a) }));
    const send = () => {
      for (const { port, socket } of senders) socket.sendTo(B, port, 1);
      network.simulation.run({ until: network.simulation.now + SECOND });
    };
    for (let i = 0; i < 3; i++) send();
    expect(network.drops.total(DropReason.noSocket)).toBe(3);
    expect(b.udp.sockets().map(({ localPort }) => localPort)).toEqual([53, 54, 55]);
    send();
    expect(network.drops.total(DropReason.noSocket)).toBe(4);
    checkPacketConservation(network);
  });
});

describe('a UDP socket', () => {
  it('receives what is for its port, with the data that was sent', () => {
    const { network, a, b } = twoHosts();
    const { socket } = open(b, 53);
    const data: number[][] = [];
    socket.onReceive = (packet) => {
      const bytes = new Uint8Array(packet.payloadLength);
      packet.payload.writeTo(bytes, 0, 0, bytes.length);
      data.push([...bytes]);
    };
    const sender = new UdpSocket(a);
    for (const size of [0, 1, 5]) expect(sender.sendTo(B, 53, size, PATTERN)).toBeNull();
    network.simulation.run({ until: SECOND });
    expect(data).toEqual([[], [0], [0, 1, 2, 3, 4]]);
    checkPacketConservation(network);
  });

  it('on loopback works without a network', () => {
    const { network, a } = twoHosts();
    const { heard } = open(a, 53);
    new UdpSocket(a).sendTo(ip('127.0.0.1'), 53, 10);
    new UdpSocket(a).sendTo(A, 53, 10);
    network.simulation.run({ until: SECOND });
    expect(heard).toHaveLength(2);
    expect(network.hops).toBe(0);
  });

  it('gets a datagram before others when it is connected to its sender, then when bound to its address', () => {
    const { network, a, b } = twoHosts();
    addAddress(b, 'eth0', '10.0.0.3/24');
    const specific = open(b, 53, B);
    const connected = new UdpSocket(b);
    const heard: number[] = [];
    connected.bind(ip('10.0.0.3'), 53);
    connected.connect(A, 4444);
    connected.onReceive = (packet) => heard.push(packet.sourcePort);
    const [from4444, from5555] = [4444, 5555].map((port) => open(a, port).socket);
    for (const socket of [from4444, from5555]) {
      for (const address of [B, ip('10.0.0.3')]) socket.sendTo(address, 53, 1);
    }
    network.simulation.run({ until: SECOND });
    expect(specific.heard).toEqual([4444, 5555]);
    expect(heard).toEqual([4444]);
    expect(network.drops.total(DropReason.noSocket)).toBe(1);
  });

  it('needs an address of its own and a free port', () => {
    const { a } = twoHosts();
    open(a, 53, A);
    expect(new UdpSocket(a).bind(B, 99)).toBe('EADDRNOTAVAIL');
    expect(new UdpSocket(a).bind(A, 53)).toBe('EADDRINUSE');
    addAddress(a, 'eth0', '10.0.0.9/24');
    expect(new UdpSocket(a).bind(ip('10.0.0.9'), 53)).toBeNull();
    // every address includes those that are taken
    expect(new UdpSocket(a).bind(0, 53)).toBe('EADDRINUSE');
    open(a, 54);
    expect(new UdpSocket(a).bind(A, 54)).toBe('EADDRINUSE');
  });

  it('is given a free port of ip_local_port_range', () => {
    const { a } = twoHosts();
    a.setSysctl('net.ipv4.ip_local_port_range', '40000 40009');
    const ports = Array.from({ length: 10 }, () => {
      const socket = new UdpSocket(a);
      socket.bind(0, 0);
      return socket.localPort;
    });
    expect(ports.sort()).toEqual(Array.from({ length: 10 }, (_, i) => 40_000 + i));
  });

  it('hears nothing any more once it is closed', () => {
    const { network, a, b } = twoHosts();
    const { socket, heard } = open(b, 53);
    const sender = new UdpSocket(a);
    sender.sendTo(B, 53, 1);
    network.simulation.run({ until: SECOND });
    socket.close();
    sender.sendTo(B, 53, 1);
    network.simulation.run({ until: 2 * SECOND });
    expect(heard).toHaveLength(1);
    expect(network.drops.total(DropReason.noSocket)).toBe(1);
    expect(new UdpSocket(b).bind(0, 53)).toBeNull();
  });

  it('is refused what cannot be sent', () => {
    const { network, a } = twoHosts();
    const socket = new UdpSocket(a);
    expect(socket.sendTo(ip('99.0.0.1'), 53, 1)).toBe('ENETUNREACH');
    expect(socket.sendTo(B, 53, UDP_PAYLOAD_MAX + 1)).toBe('EMSGSIZE');
    for (const [type, errno] of [
      ['unreachable', 'EHOSTUNREACH'],
      ['prohibit', 'EACCES'],
      ['blackhole', 'EINVAL'],
    ] as const) {
      a.addRoute({ destination: ip('99.0.0.1'), prefixLength: 32, type }, 'replace');
      expect(socket.sendTo(ip('99.0.0.1'), 53, 1)).toBe(errno);
      expect(new UdpSocket(a).connect(ip('99.0.0.1'), 53)).toBe(errno);
    }
    expect(network.pool.created).toBe(0);
    checkPacketConservation(network);
  });
});

describe('errors', () => {
  it('of a closed port reach a connected socket, not another', () => {
    const { network, a } = twoHosts();
    const errors: string[] = [];
    for (const connects of [true, false]) {
      const socket = new UdpSocket(a);
      socket.onError = (errno) => errors.push(`${connects} ${errno}`);
      if (connects) socket.connect(B, 9);
      socket.sendTo(B, 9, 1);
    }
    network.simulation.run({ until: SECOND });
    expect(errors).toEqual(['true ECONNREFUSED']);
  });

  it('that are soft reach nobody but who asks for all', () => {
    const chain = routerChain(1);
    chain.routers[0].addRoute({ destination: chain.far, prefixLength: 32, type: 'unreachable' });
    const socket = new UdpSocket(chain.a);
    const errors: string[] = [];
    const quotes: number[] = [];
    socket.onError = (errno) => errors.push(errno);
    socket.onIcmp = (quote) => quotes.push(quote.code);
    socket.connect(chain.far, 9);
    socket.sendTo(chain.far, 9, 1);
    chain.network.simulation.run({ until: SECOND });
    expect([errors, quotes]).toEqual([[], [1]]);
    chain.routers[0].addRoute({ destination: chain.far, prefixLength: 32, type: 'prohibit' }, 'replace');
    socket.sendTo(chain.far, 9, 1);
    chain.network.simulation.run({ until: 2 * SECOND });
    expect([errors, quotes]).toEqual([['EHOSTUNREACH'], [1, 13]]);
  });

  it('about somebody else are not reported', () => {
    const { network, a } = twoHosts();
    const [one, other] = [new UdpSocket(a), new UdpSocket(a)];
    const errors: string[] = [];
    other.onError = (errno) => errors.push(errno);
    other.connect(B, 10);
    one.connect(B, 9);
    one.sendTo(B, 9, 1);
    network.simulation.run({ until: SECOND });
    expect(errors).toEqual([]);
  });
});
