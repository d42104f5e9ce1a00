import { describe, expect, it } from 'vitest';
import { Direction, PcapngWriter, PcapWriter, readCapture } from '../../../../engine/pcap-writer/index.ts';
import { Capture } from '../../../../models/link/capture/capture.ts';
import { CaptureLog } from '../../../../models/link/capture/capture-log.ts';
import { captureTo } from '../../../../models/link/capture/capture-to.ts';
import type { FrameChunk } from '../../../../models/link/capture/frame-chunk.ts';
import type { Network } from '../../../../models/netns/network.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { Packet, updateIpLength } from '../../../../models/packet.ts';
import { CountingPayload, ZERO_PAYLOAD } from '../../../../models/payload.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { EtherType } from '../../../../models/wire/ethernet.ts';
import { describeFrame } from '../../../../models/wire/frame-printer.ts';
import { IpProtocol } from '../../../../models/wire/ipv4.ts';
import { checkCapturedFrame } from '../../../checkers/captured-frames.ts';
import { ip, MICROSECOND, routerChain, SECOND, twoHosts } from '../../../support/networks.ts';

const PATTERN = new CountingPayload(251);

/** A capture in memory, and what it holds when it is read back. */
function capture(network: Network, ...watched: [NetworkNamespace, string][]) {
  const chunks: Uint8Array[] = [];
  const recording = captureTo(network, new PcapngWriter((bytes) => chunks.push(bytes.slice())));
  for (const [namespace, dev] of watched) recording.watch(namespace.findInterface(dev)!);
  return () => {
    recording.flush();
    const { packets, interfaces } = readCapture(Buffer.concat(chunks));
    return packets.map((packet) => {
      checkCapturedFrame(packet);
      const text = describeFrame(packet.bytes).replace(/^.*?, length \d+: /, '');
      return { ...packet, at: interfaces[packet.interfaceId].name, text, time: Number(packet.time) };
    });
  };
}

describe('a capture', () => {
  it('names interfaces, tells the direction and stamps last bits', () => {
    const world = twoHosts({ rate: 8e6, delay: 5 * MICROSECOND, overhead: 0 });
    const read = capture(world.network, [world.a, 'eth0'], [world.b, 'eth0']);
    new UdpSocket(world.a).sendTo(ip('10.0.0.2'), 9, 58, PATTERN);
    world.network.simulation.run({ until: SECOND });
    const frames = read();
    expect(frames.slice(0, 6).map((frame) => [frame.at, frame.direction, frame.time / MICROSECOND])).toEqual([
      ['a:eth0', 2, 42],
      ['b:eth0', 1, 47],
      ['b:eth0', 2, 89],
      ['a:eth0', 1, 94],
      ['a:eth0', 2, 194],
      ['b:eth0', 1, 199],
    ]);
  });

  it('says of a frame that was dropped where it came in why', () => {
    const world = twoHosts();
    const read = capture(world.network, [world.b, 'eth0']);
    new UdpSocket(world.a).sendTo(ip('10.0.0.2'), 9, 10, PATTERN);
    world.network.simulation.run({ until: SECOND });
    const comments = read().map((frame) => [
      /ARP|UDP|ICMP|Request|Reply/.exec(frame.text)?.[0],
      frame.comment,
    ]);
    expect(comments).toContainEqual(['UDP', 'dropped at b:eth0: noSocket']);
    expect(comments.filter(([, comment]) => comment !== null)).toHaveLength(1);
  });

  it('never says of one frame what became of another', () => {
    const chain = routerChain(1);
    const [router] = chain.routers;
    router.setSysctl('net.ipv4.neigh.right.mcast_solicit', '2');
    chain.b.setSysctl('net.ipv4.conf.all.arp_ignore', '8');
    const read = capture(chain.network, [router, 'left']);
    const { simulation } = chain.network;
    const socket = new UdpSocket(chain.a);
    // waits for ARP in the router, in vain
    socket.sendTo(chain.far, 9, 10, PATTERN);
    // meanwhile others come by, each in the record of the one before
    open(router);
    for (let time = 0.002 * SECOND; time < 4 * SECOND; time += 0.004 * SECOND) {
      simulation.run({ until: time });
      socket.sendTo(ip('10.0.0.2'), 7, 10, PATTERN);
    }
    simulation.run({ until: 10 * SECOND });
    const wrong = read().filter(
      (frame) => frame.comment !== null && !frame.text.includes('> 10.0.1.2.9: UDP'),
    );
    expect(wrong.map((frame) => [frame.text, frame.comment])).toEqual([]);
  });

  describe.each([
    { kind: 'of zeros', protocol: IpProtocol.udp, payload: ZERO_PAYLOAD },
    { kind: 'of UDP', protocol: IpProtocol.udp, payload: PATTERN },
    { kind: 'of TCP', protocol: IpProtocol.tcp, payload: PATTERN },
  ])('of a flow $kind', ({ protocol, payload }) => {
    const tcp = { sequence: 1, acknowledgement: 2, flags: 16, window: 3, options: new Uint8Array() };

    /** Seen at a port and its bridge and the other way round, and on a cable. */
    function record(recurring: boolean, snaplen: number, lengths: readonly number[]) {
      const { network, a } = twoHosts();
      a.addBridge({ name: 'br0' });
      const [port, bridge] = ['eth0', 'br0'].map((name) => a.findInterface(name)!);
      const chunks: Uint8Array[] = [];
      const writer = new PcapngWriter((bytes) => chunks.push(bytes.slice()));
      const recording = captureTo(network, writer, snaplen);
      for (const iface of [port, bridge]) recording.watch(iface);
      const known = [0, 0, 0];
      const again = (place: number, packet: Packet, ahead: number) =>
        recurring && known[place] !== 0 && recording.seeAgain(known[place], packet, ahead);
      for (const [i, payloadLength] of lengths.entries()) {
        const packet = new Packet();
        Object.assign(packet, { etherType: EtherType.ipv4, protocol, payload, payloadLength });
        Object.assign(packet, {
          ipSource: ip('10.0.0.1'),
          ipDestination: ip('10.0.0.9'),
          ipId: (99 * i) & 0xffff,
        });
        if (protocol === IpProtocol.tcp) packet.tcp = tcp;
        updateIpLength(packet);
        packet.arrivalOrder = network.nextOrder();
        if (!again(0, packet, 0)) {
          for (const iface of [port, bridge]) recording.ingress(iface, packet);
          known[0] = recording.remember(port, bridge, packet, Direction.inbound);
        }
        if (i % 3 === 1) recording.note(packet.captureSerial, 'dropped');
        if (!again(1, packet, 0)) {
          for (const iface of [bridge, port]) recording.egress(iface, packet, null, 0);
          known[1] = recording.remember(bridge, port, packet, Direction.outbound);
        }
        if (!again(2, packet, 40)) {
          recording.egress(port, packet, null, 40);
          known[2] = recording.remember(port, null, packet, Direction.outbound);
        }
        network.simulation.run({ until: network.simulation.now + (i % 2 === 0 ? 30 : 100) });
      }
      recording.flush();
      return { file: Buffer.concat(chunks).toString('hex'), order: network.nextOrder() };
    }

    it.each([60, 96, 65_535])('has the same frames whether they are known or not, cut at %i', (snaplen) => {
      const lengths = [100, 100, 101, 100, 1400, 1400, 0, 18, 0, 100, 100, 1400];
      const known = record(true, snaplen, lengths);
      expect(known).toEqual(record(false, snaplen, lengths));
      const { packets } = readCapture(Buffer.from(known.file, 'hex'));
      expect(packets).toHaveLength(5 * lengths.length);
      const dropped = packets.filter(({ comment }) => comment === 'dropped');
      expect(dropped.map(({ interfaceId, direction }) => [interfaceId, direction])).toEqual(
        new Array(lengths.length / 3).fill([1, Direction.inbound]),
      );
      if (snaplen === 65_535) packets.forEach(checkCapturedFrame);
    });

    it('has them too when there are so many that they are copied from one another', () => {
      const lengths = Array.from({ length: 6000 }, (_, i) => (i % 100 < 80 ? 64 : i % 7));
      expect(record(true, 96, lengths)).toEqual(record(false, 96, lengths));
    });
  });

  it('knows the frames of a flow by one template at each place, whatever comes between', () => {
    const { network, a, b } = twoHosts();
    let templates = 0;
    const take = (chunk: FrameChunk) => {
      templates += chunk.templates.count;
      chunk.clear();
    };
    const recording = new Capture(new CaptureLog(network, { take, flush: take }), 0);
    for (const host of [a, b]) recording.watch(host.findInterface('eth0')!);
    new UdpSocket(b).bind(0, 9);
    const socket = new UdpSocket(a);
    for (let i = 0; i < 300; i++) {
      socket.sendTo(ip('10.0.0.2'), 9, 100, i % 2 === 0 ? PATTERN : ZERO_PAYLOAD);
      network.simulation.run({ until: network.simulation.now + MICROSECOND });
    }
    recording.flush();
    expect(templates).toBe(2);
  });

  it('keeps what the filter wants, cut at the snap length', () => {
    const world = twoHosts();
    const chunks: Uint8Array[] = [];
    const writer = new PcapWriter((bytes) => chunks.push(bytes.slice()));
    const recording = captureTo(world.network, writer, 60, (packet) => packet.protocol === 17);
    recording.watch(world.a.findInterface('eth0')!);
    open(world.b);
    new UdpSocket(world.a).sendTo(ip('10.0.0.2'), 7, 1000, PATTERN);
    world.network.simulation.run({ until: SECOND });
    recording.flush();
    const { packets } = readCapture(Buffer.concat(chunks));
    expect(packets.map((packet) => [packet.bytes.length, packet.originalLength])).toEqual([[60, 1042]]);
  });

  it('writes the same whatever the buffer holds at once', () => {
    const files = [64, 1000, 2 ** 18].map((bufferSize) => {
      const world = routerChain(2, { rate: 1e7, delay: 5 * MICROSECOND });
      const chunks: Uint8Array[] = [];
      const writer = new PcapngWriter((bytes) => chunks.push(bytes.slice()), { bufferSize });
      const recording = captureTo(world.network, writer);
      for (const host of world.network.namespaces()) {
        for (const iface of host.interfaces()) recording.watch(iface);
      }
      open(world.b);
      const sockets = [7, 9].map((port) => ({ port, socket: new UdpSocket(world.a) }));
      for (let i = 1; i <= 20; i++) {
        for (const { port, socket } of sockets) {
          socket.sendTo(world.far, port, 10 * i, i % 3 === 0 ? PATTERN : ZERO_PAYLOAD);
        }
        world.network.simulation.run({ until: i * 300 * MICROSECOND });
      }
      world.network.simulation.run({ until: 10 * SECOND });
      recording.flush();
      return Buffer.concat(chunks);
    });
    const times = readCapture(files[0]).packets.map((packet) => packet.time);
    expect(times.length).toBeGreaterThan(100);
    expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    expect(files.map((file) => file.equals(files[0]))).toEqual([true, true, true]);
  });

  it('lets several watch one interface', () => {
    const world = twoHosts();
    const [first, second] = [1, 2].map(() => capture(world.network, [world.a, 'eth0']));
    open(world.b);
    new UdpSocket(world.a).sendTo(ip('10.0.0.2'), 7, 10, PATTERN);
    world.network.simulation.run({ until: SECOND });
    const frames = first();
    expect(frames).toHaveLength(3);
    expect(second()).toEqual(frames);
  });
});

/** Somebody who takes datagrams to port 7 and says nothing. */
function open(host: NetworkNamespace): void {
  new UdpSocket(host).bind(0, 7);
}
