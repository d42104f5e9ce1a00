import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../models/packet.ts';
import { PacketSocket } from '../../../models/transport/packet-socket.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { bridgedPods, ip, SECOND, twoHosts } from '../../support/networks.ts';

/** A socket that writes down what it gets and lets it go. */
function listen(socket: PacketSocket, heard: string[], name = ''): void {
  const { network } = socket.iface.namespace;
  socket.onReceive = (packet: Packet) => {
    heard.push(`${name}${packet.etherType.toString(16)}`);
    network.deliver(packet);
  };
}

describe('a packet socket', () => {
  it('gets a copy of what comes in, which goes on to the protocols', () => {
    const { network, a, b } = twoHosts();
    const heard: string[] = [];
    listen(new PacketSocket(b.findInterface('eth0')!), heard);
    let received = 0;
    const sink = new UdpSocket(b);
    sink.bind(0, 9);
    sink.onReceive = () => received++;
    new UdpSocket(a).sendTo(ip('10.0.0.2'), 9, 10);
    network.simulation.run({ until: SECOND });
    expect(heard).toEqual(['806', '800']);
    expect(received).toBe(1);
    checkPacketConservation(network);
  });

  it('hears nothing of what goes out', () => {
    const { network, a } = twoHosts();
    const heard: string[] = [];
    listen(new PacketSocket(a.findInterface('eth0')!), heard);
    new UdpSocket(a).sendTo(ip('10.0.0.2'), 9, 10);
    network.simulation.run({ until: SECOND });
    // the answer to ARP, and the port that is not open
    expect(heard).toEqual(['806', '800']);
  });

  it('hears the later packets of a flow as well as the first', () => {
    const { network, a, b } = twoHosts();
    new UdpSocket(b).bind(0, 9);
    const socket = new UdpSocket(a);
    for (let i = 0; i < 5; i++) {
      socket.sendTo(ip('10.0.0.2'), 9, 10);
      network.simulation.run({ until: (i + 1) * SECOND });
    }
    const heard: string[] = [];
    const watcher = new PacketSocket(b.findInterface('eth0')!);
    listen(watcher, heard);
    socket.sendTo(ip('10.0.0.2'), 9, 10);
    network.simulation.run({ until: 6 * SECOND });
    watcher.close();
    socket.sendTo(ip('10.0.0.2'), 9, 10);
    network.simulation.run({ until: 7 * SECOND });
    expect(heard.filter((type) => type === '800')).toHaveLength(1);
    checkPacketConservation(network);
  });

  it('shares with others on the same interface', () => {
    const { network, a, b } = twoHosts();
    const heard: string[] = [];
    for (const name of ['x', 'y']) listen(new PacketSocket(b.findInterface('eth0')!), heard, name);
    new UdpSocket(a).sendTo(ip('10.0.0.2'), 9, 10);
    network.simulation.run({ until: SECOND });
    expect(heard).toEqual(['x806', 'y806', 'x800', 'y800']);
    checkPacketConservation(network);
  });

  it('takes a frame that is for another host over', () => {
    const { network, node, pods } = bridgedPods(1);
    node.addVeth({ name: 'port', peer: { name: 'out' } });
    node.setMaster('port', 'br0');
    node.setLinkUp('port', true);
    node.setLinkUp('out', true);
    const heard: string[] = [];
    listen(new PacketSocket(node.findInterface('out')!, { promiscuous: true }), heard);
    expect(node.link('out')!.promiscuity).toBe(1);
    // an address whose frames the bridge floods
    pods[0].setNeighbour(
      { address: ip('10.244.1.99'), dev: 'eth0', mac: 0x020000000099, state: 'permanent' },
      'add',
    );
    new UdpSocket(pods[0]).sendTo(ip('10.244.1.99'), 9, 10);
    network.simulation.run({ until: SECOND });
    expect(heard).toEqual(['800']);
    expect(network.drops.rows()).toEqual([]);
    checkPacketConservation(network);
  });

  it('sends past the IP stack', () => {
    const { network, a, b } = twoHosts();
    const heard: number[] = [];
    const receiver = new PacketSocket(b.findInterface('eth0')!);
    receiver.onReceive = (packet) => {
      heard.push(packet.etherType);
      network.deliver(packet);
    };
    const packet = network.pool.create();
    packet.source = a.findInterface('eth0')!.mac;
    packet.destination = b.findInterface('eth0')!.mac;
    packet.etherType = 0x88b5;
    packet.payloadLength = 46;
    packet.length = 60;
    new PacketSocket(a.findInterface('eth0')!).send(packet);
    network.simulation.run({ until: SECOND });
    expect(heard).toEqual([0x88b5]);
    checkPacketConservation(network);
  });
});
