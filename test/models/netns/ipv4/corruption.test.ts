import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { turnBit } from '../../../../models/netns/ipv4/corruption.ts';
import type { Packet } from '../../../../models/packet.ts';
import { Ping } from '../../../../models/traffic/ping.ts';
import { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { writeFrame } from '../../../../models/wire/frame-bytes.ts';
import { describeFrame } from '../../../../models/wire/frame-printer.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { ip, routerChain, SECOND, type TwoHosts, twoHosts } from '../../../support/networks.ts';

/** Turns a bit of each IPv4 frame that leaves a; what it was before is kept. */
function corruptAll({ a, network }: TwoHosts, bit: (packet: Packet) => number): Uint8Array[] {
  const originals: Uint8Array[] = [];
  const forward = a.findInterface('eth0')!.cable!;
  const send = forward.send.bind(forward);
  forward.send = (packet) => {
    const bytes = new Uint8Array(packet.length);
    writeFrame(packet, network.macs, bytes, 0);
    originals.push(bytes);
    turnBit(packet, network.macs, bit(packet));
    send(packet);
  };
  return originals;
}

describe('a bit that is turned over on the way', () => {
  test.prop([fc.nat(), fc.constantFrom('udp', 'ping', 'arp'), fc.nat({ max: 3000 })])(
    'is that bit in a capture, and no other',
    (number, kind, length) => {
      const hosts = twoHosts();
      const { a, b, network } = hosts;
      const log = new FrameLog([b, 'eth0']);
      if (kind !== 'arp') {
        const { mac } = b.link('eth0')!;
        a.setNeighbour({ dev: 'eth0', address: ip('10.0.0.2'), mac, state: 'permanent' }, 'add');
      }
      const originals = corruptAll(hosts, (packet) => number % (packet.length * 8));
      new UdpSocket(a).sendTo(ip('10.0.0.2'), 9, length);
      network.simulation.run();
      checkPacketConservation(network);
      const received = log.frames.filter(({ direction }) => direction === 'in');
      expect(received.length).toBeGreaterThan(0);
      received.forEach(({ bytes }, i) => {
        const bit = number % (bytes.length * 8);
        originals[i][bit >> 3] ^= 1 << (bit & 7);
        expect(bytes).toEqual(originals[i]);
      });
    },
  );

  it.each([
    ['ip_checksum', 14 + 8, 'ping'],
    ['icmp_checksum', 14 + 20 + 30, 'ping'],
    ['udp_checksum', 14 + 20 + 2, 'udp'],
    ['udp_checksum', 14 + 20 + 20, 'udp'],
    ['tcp_checksum', 14 + 20 + 4, 'tcp'],
  ])('is found by the %s', (reason, byte, protocol) => {
    const hosts = twoHosts();
    const { mac } = hosts.b.link('eth0')!;
    hosts.a.setNeighbour({ dev: 'eth0', address: ip('10.0.0.2'), mac, state: 'permanent' }, 'add');
    corruptAll(hosts, () => byte * 8);
    if (protocol === 'udp') new UdpSocket(hosts.a).sendTo(ip('10.0.0.2'), 9, 100);
    else if (protocol === 'tcp') TcpConnection.open(hosts.a, {}, ip('10.0.0.2'), 80);
    else new Ping(hosts.a, { to: ip('10.0.0.2'), count: 1 }).start(0);
    hosts.network.simulation.run({ until: 0.5 * SECOND });
    const rows = hosts.network.drops.rows().filter(({ namespace }) => namespace === 'b');
    expect(rows).toEqual([{ namespace: 'b', interface: 'eth0', reason, packets: 1 }]);
  });

  it('passes a router that looks at the IP header alone, and is found behind it, even in fragments', () => {
    const chain = routerChain(1);
    const [router] = chain.routers;
    const socket = new UdpSocket(chain.a);
    socket.sendTo(chain.far, 9, 1);
    chain.network.simulation.run();
    router.setMtu('right', 600);
    const hosts = { ...chain, cable: chain.cables[0] };
    corruptAll(hosts, () => (14 + 20 + 8 + 900) * 8);
    const log = new FrameLog([chain.b, 'eth0']);
    socket.pathMtuDiscovery = 'dont';
    socket.sendTo(chain.far, 9, 1200);
    chain.network.simulation.run();
    expect(log.matching(/UDP/, 'in').length + log.matching(/ip-proto-17/, 'in').length).toBe(3);
    expect(chain.network.drops.rows()).toContainEqual({
      namespace: 'b',
      interface: 'eth0',
      reason: 'udp_checksum',
      packets: 1,
    });
    checkPacketConservation(chain.network);
  });

  it('shows as a bad checksum', () => {
    const hosts = twoHosts();
    const log = new FrameLog([hosts.b, 'eth0']);
    const { mac } = hosts.b.link('eth0')!;
    hosts.a.setNeighbour({ dev: 'eth0', address: ip('10.0.0.2'), mac, state: 'permanent' }, 'add');
    corruptAll(hosts, () => (14 + 20 + 30) * 8);
    new Ping(hosts.a, { to: ip('10.0.0.2'), count: 1 }).start(0);
    hosts.network.simulation.run({ until: 0.5 * SECOND });
    expect(describeFrame(log.frames[0].bytes, { verbose: true })).toContain('(wrong icmp cksum!)');
  });
});
