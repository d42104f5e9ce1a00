import { describe, expect, it } from 'vitest';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import type { Packet } from '../../../../models/packet.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import type { Ipv4Address } from '../../../../models/wire/ipv4-address.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog, ipHeaderOf } from '../../../support/frame-log.ts';
import { bridgedPods, ip, MILLISECOND, routerChain } from '../../../support/networks.ts';

const PORT = 7000;

/** Two pods of a bridge, of which the first has sent so much to the second that it does so by a known path. */
function sendingPods() {
  const { network, pods } = bridgedPods(2);
  const [from, to] = pods;
  const server = new UdpSocket(to);
  server.bind(0, PORT);
  const log = new FrameLog([to, 'eth0']);
  const socket = new UdpSocket(from);
  const send = (address = '10.244.1.3', port = PORT) => {
    const errno = socket.sendTo(ip(address), port, 100);
    network.simulation.run({ until: network.simulation.now + MILLISECOND });
    return errno;
  };
  for (let i = 0; i < 5; i++) expect(send()).toBeNull();
  log.clear();
  const lastHeader = () => ipHeaderOf(log.matching(/UDP/, 'in').at(-1)!);
  return { network, from, to, server, socket, send, log, lastHeader };
}

describe('a datagram that goes the way of the last one', () => {
  it('is sent with the options that the socket has by then', () => {
    const { from, socket, send, lastHeader } = sendingPods();
    send();
    expect(lastHeader()).toMatchObject({ ttl: 64, tos: 0, dontFragment: true });
    socket.ttl = 9;
    send();
    expect(lastHeader().ttl).toBe(9);
    socket.ttl = 0;
    from.setSysctl('net.ipv4.ip_default_ttl', '33');
    send();
    expect(lastHeader().ttl).toBe(33);
    socket.tos = 0x10;
    send();
    expect(lastHeader().tos).toBe(0x10);
    socket.pathMtuDiscovery = 'dont';
    send();
    expect(lastHeader()).toMatchObject({ dontFragment: false, ttl: 33, tos: 0x10 });
  });

  it('has the next identification, whether a path is known or not, or none', () => {
    const { from, socket, send, lastHeader } = sendingPods();
    send();
    const first = lastHeader().ipId;
    send();
    expect(lastHeader().ipId).toBe(first + 1);
    // what holds no longer takes no identification
    from.noteLearnt();
    send();
    expect(lastHeader().ipId).toBe(first + 2);
    socket.pathMtuDiscovery = 'do';
    for (let i = 0; i < 2; i++) {
      send();
      expect(lastHeader().ipId).toBe(0);
    }
    socket.pathMtuDiscovery = 'want';
    send();
    expect(lastHeader().ipId).toBe(first + 3);
  });

  it('goes elsewhere when it is for somebody else', () => {
    const { network, send, log } = sendingPods();
    send('10.244.1.3', PORT + 1);
    expect(log.texts(/UDP/).at(-1)).toContain(`.${PORT + 1}:`);
    expect(send('10.244.1.77')).toBeNull();
    network.simulation.run({ until: network.simulation.now + 10_000 * MILLISECOND });
    checkPacketConservation(network);
  });
});

describe('a socket that sends to several', () => {
  it('reaches each of them, though their datagrams leave the same way', () => {
    const { network, a, b, routers, far } = routerChain(2);
    const other = ip('10.0.1.2');
    const received: string[] = [];
    const listen = (host: NetworkNamespace, port: number) => {
      const server = new UdpSocket(host);
      server.bind(0, port);
      server.onReceive = ({ flowSequence }) => received.push(`${flowSequence} at ${host.name}:${port}`);
    };
    listen(b, PORT);
    listen(b, PORT + 1);
    listen(routers[1], PORT);
    const socket = new UdpSocket(a);
    const sent: string[] = [];
    const send = (to: Ipv4Address, port: number) => {
      const host = to === far ? 'b' : 'r2';
      sent.push(`${sent.length} at ${host}:${port}`);
      expect(socket.sendTo(to, port, 100, undefined, 0, sent.length - 1)).toBeNull();
      network.simulation.run({ until: network.simulation.now + MILLISECOND });
    };
    for (let i = 0; i < 4; i++) send(far, PORT);
    for (let i = 0; i < 4; i++) send(far, PORT + 1);
    for (let i = 0; i < 4; i++) send(other, PORT);
    for (let i = 0; i < 6; i++) send(i % 2 === 0 ? far : other, PORT);
    expect(received).toEqual(sent);
    checkPacketConservation(network);
  });
});

describe('a socket that nobody has read', () => {
  it('hands over what arrives once somebody does', () => {
    const { network, server, send } = sendingPods();
    const received: number[] = [];
    server.onReceive = (packet: Packet) => received.push(packet.payloadLength);
    send();
    send();
    expect(received).toEqual([100, 100]);
    server.onReceive = null;
    send();
    expect(received).toHaveLength(2);
    checkPacketConservation(network);
  });
});
