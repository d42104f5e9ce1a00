import { describe, expect, it } from 'vitest';
import { RawSocket } from '../../../models/transport/raw-socket.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { IpProtocol, parseIpv4Header } from '../../../models/wire/ipv4.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { FrameLog } from '../../support/frame-log.ts';
import { ip, routerChain, SECOND, twoHosts } from '../../support/networks.ts';

/** Sends a UDP datagram of `size` bytes by a raw socket. */
function send(socket: RawSocket, size: number, port = 9) {
  const packet = socket.namespace.network.pool.create();
  packet.sourcePort = 7;
  packet.destinationPort = port;
  packet.payloadLength = size;
  packet.noUdpChecksum = true;
  return socket.send(packet);
}

function connected(namespace: RawSocket['namespace'], remote: number): RawSocket {
  const socket = new RawSocket(namespace, IpProtocol.udp);
  socket.pathMtuDiscovery = 'do';
  expect(socket.connect(0, remote)).toBeNull();
  return socket;
}

describe('a raw socket', () => {
  it('sends with DF, a header of its program, and identifications that count up', () => {
    const { network, a, b } = twoHosts();
    let received = 0;
    const sink = new UdpSocket(b);
    sink.bind(0, 9);
    sink.onReceive = () => received++;
    const log = new FrameLog([a, 'eth0']);
    const socket = connected(a, ip('10.0.0.2'));
    for (let i = 0; i < 3; i++) expect(send(socket, 100)).toBeNull();
    network.simulation.run({ until: SECOND });
    expect(received).toBe(3);
    const headers = log.matching(/UDP/, 'out').map(({ bytes }) => {
      const header = parseIpv4Header(bytes, 14, bytes.length);
      if (isParseError(header)) throw new Error(header.message);
      return header;
    });
    expect(headers.map(({ dontFragment }) => dontFragment)).toEqual([true, true, true]);
    const [first] = headers.map(({ ipId }) => ipId);
    expect(headers.map(({ ipId }) => (ipId - first) & 0xffff)).toEqual([0, 1, 2]);
  });

  it('refuses what the interface can not take, and says what it could', () => {
    const { network, a } = twoHosts();
    const socket = connected(a, ip('10.0.0.2'));
    expect(send(socket, 1500 - 28 + 1)).toBe('EMSGSIZE');
    expect(socket.mtu).toBe(1500);
    expect(network.pool.created).toBe(0);
  });

  it('is not told of errors from the way, as tried on the kernel, and knows the path from then on', () => {
    const { network, a, routers, far } = routerChain(1);
    routers[0].setMtu('right', 1000);
    const socket = connected(a, far);
    expect(send(socket, 1200)).toBeNull();
    network.simulation.run({ until: SECOND });
    expect(send(socket, 10)).toBeNull();
    expect(socket.mtu).toBe(1000);
    expect(send(socket, 1200)).toBe('EMSGSIZE');
    network.simulation.run({ until: 2 * SECOND });
    checkPacketConservation(network);
  });

  it('is not told when the other end has nobody who listens', () => {
    const { network, a } = twoHosts();
    const socket = connected(a, ip('10.0.0.2'));
    expect(send(socket, 10)).toBeNull();
    network.simulation.run({ until: SECOND });
    expect(send(socket, 10)).toBeNull();
  });

  it('can not be connected without a route', () => {
    const { a } = twoHosts();
    expect(new RawSocket(a, IpProtocol.udp).connect(0, ip('192.168.1.1'))).toBe('ENETUNREACH');
  });
});
