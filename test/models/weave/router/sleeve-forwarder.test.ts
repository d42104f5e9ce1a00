import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import { setCable } from '../../../../models/netns/interface/link-control.ts';
import { BytesPayload } from '../../../../models/payload.ts';
import type { ProcessorSpec } from '../../../../models/processor/processor-spec.ts';
import { Ping } from '../../../../models/traffic/ping.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import type { SleeveForwarder } from '../../../../models/weave/router/sleeve-forwarder.ts';
import { writeFrame } from '../../../../models/wire/frame-bytes.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { ip, MILLISECOND, SECOND } from '../../../support/networks.ts';
import { WeaveNet } from '../../../support/weave-net.ts';

const KEY = new Uint8Array(32).fill(1);
const HEARTBEAT = /6783: UDP, length 42$/;

function pair(key: Uint8Array | null = null) {
  const net = new WeaveNet({ nodes: 2 });
  net.expose(1, '10.32.0.1/12');
  net.expose(2, '10.32.0.2/12');
  net.connect(2, 1, key);
  net.run(SECOND);
  const pods = [net.attach(1, 'a', '10.32.1.1/12'), net.attach(2, 'b', '10.32.1.2/12')];
  net.run(SECOND);
  return { net, pods, logOf: (node: number) => new FrameLog([net.nodes[node - 1].namespace, 'eth0']) };
}

/** Times of frames that a node sends, seconds. */
function sentTimes(log: FrameLog, pattern: RegExp): number[] {
  return log.matching(pattern, 'out').map(({ time }) => Number((time / SECOND).toFixed(3)));
}

function reasons(net: WeaveNet): string[] {
  return net.network.drops.rows().map(({ reason }) => reason);
}

describe('datagrams that wait to be read', () => {
  it('have room for so many, and are read ten microseconds apart', () => {
    const { net } = pair();
    net.run(5 * SECOND);
    const [{ namespace: sender }, { namespace: receiver }] = net.nodes;
    const burst = new UdpSocket(sender);
    const address = receiver.link('eth0')!.addresses[0].address;
    const before = net.network.drops.total(DropReason.overlayUnknownPeer);
    // nobody knows who these are from; each takes 1,280 bytes of the buffer
    for (let i = 0; i < 600; i++) burst.sendTo(address, 6783, 100);
    const read = () => net.network.drops.total(DropReason.overlayUnknownPeer) - before;
    net.run(MILLISECOND);
    const early = read();
    expect(early).toBeGreaterThan(50);
    expect(early).toBeLessThanOrEqual(100);
    net.run(20 * MILLISECOND);
    const lost = net.network.drops.total(DropReason.socketBufferFull);
    expect(lost).toBeGreaterThan(300);
    expect(read() + lost).toBe(600);
    expect(600 - lost).toBeGreaterThanOrEqual(166);
    checkPacketConservation(net.network, net.held);
  });
});

describe('heartbeats', () => {
  it('come every half second until one is acknowledged, then every ten', () => {
    const net = new WeaveNet({ nodes: 2 });
    const log = new FrameLog([net.nodes[1].namespace, 'eth0']);
    net.passes = (text) => text !== '1>2 1' || net.network.simulation.now > 1.2 * SECOND;
    net.connect(2, 1);
    net.run(2 * SECOND);
    expect(sentTimes(log, HEARTBEAT).slice(0, 4)).toEqual([0, 0.5, 1, 1.5]);
  });

  it('are acknowledged once', () => {
    const { net } = pair();
    net.run(60 * SECOND);
    expect(net.control.filter((text) => text.endsWith(' 1'))).toEqual(['1>2 1', '2>1 1']);
  });

  it('go to a side that has not opened the connection once it has spoken', () => {
    const net = new WeaveNet({ nodes: 2 });
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    net.connect(2, 1);
    net.run(SECOND);
    const [first, second] = log.matching(HEARTBEAT);
    expect([first.direction, second.direction]).toEqual(['in', 'out']);
    expect(second.time).toBeGreaterThan(first.time);
  });

  it('of another connection count for nothing', () => {
    const { net } = pair();
    net.run(5 * SECOND);
    const connection = [...net.nodes[0].connections.values()][0] as SleeveForwarder;
    const bytes = new Uint8Array(22);
    bytes[21] = 9;
    const sender = { address: ip('192.168.77.99'), port: 6783 };
    (connection as SleeveForwarder).receiveSpecial({ sender, bytes });
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    net.run(10 * SECOND);
    expect(log.texts(HEARTBEAT).every((text) => !text.includes('77.99'))).toBe(true);
  });

  it('that stay away for a minute end the connection', () => {
    const { net } = pair();
    net.run(20 * SECOND);
    setCable(net.cables[1], false);
    net.run(49 * SECOND);
    expect(net.errors).toEqual([]);
    net.run(21 * SECOND);
    expect(net.errors).toEqual(['timed out waiting for UDP heartbeat']);
    expect(net.nodes.map(({ connections }) => connections.size)).toEqual([0, 0]);
  });
});

describe('what the path carries', () => {
  it('is tested again with datagrams that the kernel fragments, every five minutes', () => {
    const { net, logOf } = pair();
    const log = logOf(1);
    net.run(310 * SECOND);
    const tests = log.frames.filter(({ bytes, direction }) => direction === 'out' && bytes[20] === 0x20);
    expect(Math.round(tests[0].time / SECOND)).toBe(300);
  });

  it('is shown, with the name of the overlay and whether it encrypts', () => {
    const attributes = (key: Uint8Array | null) => {
      const [connection] = pair(key).net.nodes[0].connections.values();
      return [...connection.attributes()];
    };
    expect(attributes(null)).toEqual([
      ['mtu', 1438],
      ['name', 'sleeve'],
    ]);
    expect(attributes(KEY)).toEqual([
      ['encrypted', true],
      ['mtu', 1414],
      ['name', 'sleeve'],
    ]);
  });

  it('is found out anew when the host itself learns of a narrower way', () => {
    const { net, pods } = pair();
    net.nodes[0].namespace.setMtu('eth0', 1000);
    const socket = new UdpSocket(pods[0]);
    for (let i = 0; i < 2; i++) {
      socket.sendTo(ip('10.32.1.2'), 9, 1200);
      net.run(SECOND);
    }
    const [connection] = net.nodes[0].connections.values();
    expect(connection.attributes().get('mtu')).toBe(938);
  });

  it('is no news to the sender of what is flooded', () => {
    const { net, pods } = pair();
    const log = new FrameLog([pods[0], 'eth0']);
    const socket = new UdpSocket(pods[0]);
    socket.broadcast = true;
    socket.pathMtuDiscovery = 'do';
    socket.sendTo(ip('10.47.255.255'), 9, 3000);
    net.run(SECOND);
    expect(log.texts(/ICMP/)).toEqual([]);
    expect(reasons(net)).toContain('packet_too_big');
    checkPacketConservation(net.network, net.held);
  });
});

describe('a datagram that nobody expects', () => {
  /** Sends bytes from node 2 to the router of node 1. */
  function deliver(net: WeaveNet, bytes: Uint8Array): void {
    new UdpSocket(net.nodes[1].namespace).sendTo(
      ip('192.168.77.11'),
      6783,
      bytes.length,
      new BytesPayload(bytes),
    );
    net.run(SECOND);
    checkPacketConservation(net.network, net.held);
  }

  /** An ARP frame of 42 bytes with what a router puts in front of it. */
  function arpFrom(peer: number, lengthField = 42): number[] {
    const header = [2, 0, 0, 0, 0, peer, 2, 0, 0, 0, 0, 1, 0, lengthField];
    const ethernet = [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0x77, 8, 6];
    const arp = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0x77, 10, 32, 9, 9, 0, 0, 0, 0, 0, 0, 10, 32, 9, 8];
    return [...header, ...ethernet, ...arp];
  }
  const SENDER = [2, 0, 0, 0, 0, 2];

  it('is taken when it is well made, each frame of it', () => {
    const { net, pods } = pair();
    const log = new FrameLog([pods[0], 'eth0']);
    deliver(net, Uint8Array.from([...SENDER, ...arpFrom(2), ...arpFrom(2)]));
    expect(log.texts(/who-has 10.32.9.8/)).toHaveLength(2);
  });

  it.each([
    ['of an unknown sender', [2, 0, 0, 0, 0, 9, ...arpFrom(2)], 'overlay_unknown_peer'],
    ['with a frame of an unknown peer', [...SENDER, ...arpFrom(9)], 'overlay_unknown_peer'],
    ['too short for a name', [2, 0, 0, 0], 'malformed'],
    ['with bytes behind the last frame', [...SENDER, ...arpFrom(2), 1, 2, 3], 'malformed'],
    ['with a frame longer than itself', [...SENDER, ...arpFrom(2, 43)], 'malformed'],
  ])('%s is dropped', (_what, bytes, reason) => {
    const { net } = pair();
    deliver(net, Uint8Array.from(bytes));
    expect(reasons(net)).toContain(reason);
  });

  it('and is not encrypted as it should be is dropped', () => {
    const { net } = pair(KEY);
    deliver(net, Uint8Array.from([...SENDER, ...arpFrom(2)]));
    expect(reasons(net)).toContain('overlay_not_authentic');
  });

  it('and has come before is dropped', () => {
    const { net, pods, logOf } = pair(KEY);
    const log = logOf(2);
    const ping = new Ping(pods[1], { to: ip('10.32.1.1'), count: 1 });
    ping.start(net.network.simulation.now);
    net.run(SECOND);
    const sealed = log.matching(/length 142$/, 'out')[0].bytes.slice(42);
    const before = new FrameLog([pods[0], 'eth0']);
    deliver(net, sealed);
    expect(reasons(net)).toContain('overlay_replayed');
    expect(before.texts(/echo request/)).toEqual([]);
  });
});

describe('under load', () => {
  it('what comes at once waits its turn and arrives in order', () => {
    const { net, pods } = pair();
    const received: number[] = [];
    const sink = new UdpSocket(pods[1]);
    sink.bind(0, 9);
    sink.onReceive = (packet) => received.push(packet.payloadLength);
    const socket = new UdpSocket(pods[0]);
    socket.sendTo(ip('10.32.1.2'), 9, 0);
    net.run(SECOND);
    for (let i = 1; i <= 300; i++) socket.sendTo(ip('10.32.1.2'), 9, i);
    net.run(0.05 * MILLISECOND);
    expect(net.held).toBeGreaterThan(200);
    checkPacketConservation(net.network, net.held);
    net.run(SECOND);
    expect(received).toEqual(Array.from({ length: 301 }, (_, i) => i));
  });

  it('what the capture has no room for is lost', () => {
    const { net, pods } = pair();
    const socket = new UdpSocket(pods[0]);
    socket.pathMtuDiscovery = 'dont';
    socket.sendTo(ip('10.32.1.2'), 9, 0);
    net.run(SECOND);
    for (let i = 0; i < 140; i++) socket.sendTo(ip('10.32.1.2'), 9, 65_000);
    net.run(SECOND);
    const full = net.network.drops.rows().find(({ reason }) => reason === 'socket_buffer_full');
    expect(full?.packets).toBe(140 - Math.floor(2 ** 23 / 65_042));
    net.stop();
    net.run(SECOND);
    checkPacketConservation(net.network, net.held);
  });

  it('frames that wait when the connection ends are lost', () => {
    const { net, pods } = pair();
    const socket = new UdpSocket(pods[0]);
    socket.sendTo(ip('10.32.1.2'), 9, 0);
    net.run(SECOND);
    for (let i = 0; i < 5; i++) socket.sendTo(ip('10.32.1.2'), 9, 0);
    net.run(0.06 * MILLISECOND);
    net.stop();
    expect(reasons(net)).toContain('overlay_closed');
    checkPacketConservation(net.network, net.held);
  });
});

describe('a node whose work takes time', () => {
  const free = { packet: 0, byte: 0 };
  const spec: ProcessorSpec = {
    cores: 1,
    backlog: 1000,
    receive: free,
    cross: free,
    forward: free,
    bridge: free,
    encapsulate: { packet: 1000, byte: 0 },
    copy: { packet: 100, byte: 0 },
    encrypt: { packet: 10, byte: 0 },
  };

  it.each([
    ['in clear', null, 0],
    ['encrypted', KEY, 10],
  ])('pays for copies and for what is put around frames: %s', (_what, key, encryption) => {
    const { net, pods } = pair(key);
    const socket = new UdpSocket(pods[0]);
    socket.sendTo(ip('10.32.1.2'), 9, 0);
    net.run(SECOND);
    const node = net.nodes[0].namespace;
    node.setProcessor(spec);
    pods[0].adoptProcessor(node);
    socket.sendTo(ip('10.32.1.2'), 9, 100);
    net.run(SECOND);
    // the pod's call, reading the frame, sending the datagram; out and back, where the answer is an ICMP error
    const out = 100 + 100 + 1000 + encryption + 100;
    const back = 100 + 1000 + encryption + 100;
    expect(node.processor!.cores[0].busy).toBe(out + back);
  });
});

it('the bytes of a datagram that two look at are the same', () => {
  const { net, pods } = pair(KEY);
  const seen: string[] = [];
  const note = (node: number) => {
    const { namespace } = net.nodes[node];
    namespace.findInterface('eth0')!.tap = {
      ingress: (_iface, packet) => seen.push(hex(packet)),
      egress: (_iface, packet) => seen.push(hex(packet)),
    };
  };
  const hex = (packet: Parameters<typeof writeFrame>[0]) => {
    const bytes = new Uint8Array(packet.length);
    writeFrame(packet, net.network.macs, bytes, 0);
    return Buffer.from(bytes).toString('hex');
  };
  note(0);
  note(1);
  new UdpSocket(pods[0]).sendTo(ip('10.32.1.2'), 9, 10);
  net.run(SECOND);
  const datagrams = seen.filter((text) => text.includes('1a7f1a7f'));
  expect(datagrams.length).toBeGreaterThan(3);
  for (const text of datagrams) expect(datagrams.filter((other) => other === text)).toHaveLength(2);
});
