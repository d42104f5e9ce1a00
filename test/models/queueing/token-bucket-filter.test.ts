import { describe, expect, it } from 'vitest';
import type { Tap } from '../../../models/link/tap.ts';
import type { Packet } from '../../../models/packet.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { World } from '../../shell/world.ts';

describe('a token bucket filter', () => {
  it('lets a burst pass, then keeps to its rate, and drops what its queue has no room for', () => {
    const world = new World(['node', 'pod']);
    for (const line of [
      'ip link add eth0 type veth peer name eth0 netns pod',
      'ip addr add 10.0.0.1/24 dev eth0',
      'ip link set eth0 up',
      'ip -n pod addr add 10.0.0.2/24 dev eth0',
      'ip -n pod link set eth0 up',
      'ip -n pod link set eth0 address 02:00:00:00:00:02',
      // no answer to a request for a MAC address competes for the queue
      'ip link set eth0 address 02:00:00:00:00:01',
      'ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0',
      'ip -n pod neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0',
      // a frame of 1000 bytes takes 1 ms
      'tc qdisc add dev eth0 root tbf rate 8mbit burst 2000 limit 3000',
    ]) {
      expect(world.run('node', line).stderr).toBe('');
    }
    const { network } = world;
    const times: number[] = [];
    const tap: Tap = {
      ingress: () => {},
      egress: (_iface, packet: Packet, _fate, ahead) => {
        if (packet.etherType === 0x0800) times.push(network.simulation.now + ahead);
      },
    };
    network.namespace('node')!.findInterface('eth0')!.tap = tap;
    const begin = network.simulation.now;
    const socket = new UdpSocket(network.namespace('node')!);
    for (let i = 0; i < 8; i++) socket.sendTo(0x0a000002, 9, 1000 - 42);
    world.advance(1);
    expect(times.map((time) => time - begin)).toEqual([0, 0, 1e6, 2e6, 3e6]);
    const shown = world.run('node', 'tc -s qdisc show dev eth0').stdout;
    expect(shown).toContain(' Sent 5000 bytes 5 pkt (dropped 3, ');
    expect(network.drops.rows()).toContainEqual({
      namespace: 'node',
      interface: 'eth0',
      reason: 'queue_full',
      packets: 3,
    });
  });
});
