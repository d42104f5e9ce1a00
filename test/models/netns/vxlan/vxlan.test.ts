import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { VxlanSpec } from '../../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { flowHash } from '../../../../models/netns/routing/flow-hash.ts';
import { Packet, PacketType } from '../../../../models/packet.ts';
import { BytesPayload } from '../../../../models/payload.ts';
import { Ping } from '../../../../models/traffic/ping.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { IpProtocol } from '../../../../models/wire/ipv4.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { addAddress, addPod, ip, SECOND, twoHosts } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

const PERMANENT = 0xc0;

/** Two hosts on a cable, each with a pod on a bridge in 10.244.0.0/16 and a tunnel between the bridges. */
function overlay(spec: Partial<VxlanSpec> = {}, podMtu = 1450) {
  const world = twoHosts();
  const pods = [world.a, world.b].map((host, i) => {
    host.addBridge({ name: 'br0' });
    host.setLinkUp('br0', true);
    const remote = ip(`10.0.0.${2 - i}`);
    host.addVxlan({
      name: 'vx',
      vni: 5,
      port: 4789,
      local: ip(`10.0.0.${i + 1}`),
      dev: 'eth0',
      remote,
      ...spec,
    });
    host.setMaster('vx', 'br0');
    host.setLinkUp('vx', true);
    const pod = addPod(host, 'br0', `pod${i + 1}`, `10.244.0.${i + 1}/16`);
    pod.setMtu('eth0', podMtu);
    host.setMtu(`v-pod${i + 1}`, podMtu);
    return pod;
  });
  return { ...world, pods };
}

function ping(from: NetworkNamespace, to: string, size = 56, pathMtuDiscovery: 'do' | 'dont' = 'do') {
  const { simulation } = from.network;
  const program = new Ping(from, {
    to: ip(to),
    target: to,
    count: 1,
    interval: SECOND,
    size,
    pathMtuDiscovery,
  });
  program.start(simulation.now);
  simulation.run({ until: simulation.now + 4 * SECOND });
  checkPacketConservation(from.network);
  return program.result;
}

function drops(world: { network: NetworkNamespace['network'] }): string[] {
  return world.network.drops.rows().map(({ reason }) => reason);
}

describe('a VXLAN interface', () => {
  it('carries frames between two bridges, the outer packet with the header of a tunnel', () => {
    const world = overlay();
    const log = new FrameLog([world.a, 'eth0']);
    expect(ping(world.pods[0], '10.244.0.2')).toMatchObject({ received: 1 });
    const [first] = log.matching(/4789: VXLAN/, 'out');
    // no DF, TTL 64, a checksum, VNI 5
    expect([...first.bytes.subarray(20, 24)]).toEqual([0, 0, 64, 17]);
    expect(first.bytes[40] | first.bytes[41]).not.toBe(0);
    expect([...first.bytes.subarray(42, 50)]).toEqual([8, 0, 0, 0, 0, 0, 5, 0]);
    expect(first.bytes.length).toBe(42 + 50);
  });

  it('takes what was set for the outer packet', () => {
    const world = overlay({ ttl: 7, tos: 0x20, df: 'set', udpChecksum: false, sourcePorts: [1000, 1001] });
    const log = new FrameLog([world.a, 'eth0']);
    ping(world.pods[0], '10.244.0.2');
    const [{ bytes }] = log.matching(/4789: VXLAN/, 'out');
    expect([bytes[15], bytes[20], bytes[22]]).toEqual([0x20, 0x40, 7]);
    expect([bytes[34] * 256 + bytes[35], bytes[40], bytes[41]]).toEqual([1000, 0, 0]);
  });

  it('learns behind which endpoint an address lives, and forgets it with time', () => {
    const world = overlay({ ageing: 12 * SECOND });
    const start = world.network.simulation.now;
    ping(world.pods[0], '10.244.0.2');
    const learnt = () => world.a.vxlanFdb('vx').filter(({ state }) => state === 2);
    expect(learnt()).toMatchObject([{ mac: world.pods[1].link('eth0')!.mac, remote: ip('10.0.0.2') }]);
    // the last probe of the neighbours comes after five seconds
    world.network.simulation.run({ until: start + 16 * SECOND });
    expect(learnt()).toHaveLength(1);
    world.network.simulation.run({ until: start + 22 * SECOND });
    expect(learnt()).toEqual([]);
  });

  it('gives the first of several remotes the original, last', () => {
    const world = overlay();
    world.a.addVxlanFdb({ mac: 0, dev: 'vx', remote: ip('10.0.0.3'), state: PERMANENT }, 'append');
    const log = new FrameLog([world.a, 'eth0']);
    ping(world.pods[0], '10.244.0.9');
    expect(log.texts(/who-has 10.0.0.[23]/).slice(0, 2)).toEqual([
      expect.stringContaining('who-has 10.0.0.3'),
      expect.stringContaining('who-has 10.0.0.2'),
    ]);
  });

  it('without learning sends only by its entries', () => {
    const world = overlay({ learning: false, remote: undefined });
    const macs = world.pods.map((pod) => pod.link('eth0')!.mac);
    expect(ping(world.pods[0], '10.244.0.2').received).toBe(0);
    expect(drops(world)).toContain('no_tx_target');
    [world.a, world.b].forEach((host, i) => {
      const state = PERMANENT;
      host.addVxlanFdb({ mac: macs[1 - i], dev: 'vx', remote: ip(`10.0.0.${2 - i}`), state });
      const entry = {
        address: ip(`10.244.0.${2 - i}`),
        dev: 'eth0',
        mac: macs[1 - i],
        state: 'permanent',
      } as const;
      world.pods[i].setNeighbour(entry, 'replace');
    });
    expect(ping(world.pods[0], '10.244.0.2').received).toBe(1);
    expect(world.a.vxlanFdb('vx')).toHaveLength(1);
  });

  it('tells a bridged sender of a path that is too narrow, and cuts what may be cut', () => {
    const world = overlay({ dev: undefined }, 1500);
    const log = new FrameLog([world.pods[0], 'eth0']);
    expect(ping(world.pods[0], '10.244.0.2', 1422)).toMatchObject({ received: 1 });
    expect(ping(world.pods[0], '10.244.0.2', 1423)).toMatchObject({ received: 0, errors: 1 });
    expect(log.texts(/need to frag/)).toEqual([expect.stringContaining('10.244.0.2 > 10.244.0.1: ICMP')]);
    expect(log.texts(/need to frag/)[0]).toContain('mtu 1450');
    expect(ping(world.pods[1], '10.244.0.1', 1423, 'dont')).toMatchObject({ received: 1 });
  });

  it('takes frames only of its own VNI', () => {
    const world = overlay();
    world.b.deleteLink('vx');
    world.b.addVxlan({ name: 'other', vni: 6, port: 4789 });
    world.b.setLinkUp('other', true);
    expect(ping(world.pods[0], '10.244.0.2').received).toBe(0);
    expect(drops(world)).toContain('vxlan_vni_not_found');
  });

  it('reads a frame that somebody put together by hand', () => {
    const world = overlay();
    const [pod] = world.pods;
    const frame = new FrameLog([pod, 'eth0']);
    const { mac } = pod.link('eth0')!;
    const bytes = new Uint8Array(8 + 60);
    bytes.set([8, 0, 0, 0, 0, 0, 5, 0]);
    for (let i = 0; i < 6; i++) bytes[8 + i] = Math.floor(mac / 2 ** (40 - 8 * i)) % 256;
    bytes.set([2, 0, 0, 0, 0, 0x77, 0x88, 0xb5], 14);
    const socket = new UdpSocket(world.b);
    const { simulation } = world.network;
    const send = (length: number) => {
      socket.sendTo(ip('10.0.0.1'), 4789, length, new BytesPayload(bytes));
      simulation.run({ until: simulation.now + SECOND });
      checkPacketConservation(world.network);
    };
    send(68);
    expect(frame.frames).toHaveLength(1);
    expect(world.a.vxlanFdb('vx')[0]).toMatchObject({ mac: 0x020000000077, remote: ip('10.0.0.2') });
    send(12);
    bytes[0] = 0;
    send(68);
    expect(drops(world)).toEqual(expect.arrayContaining(['malformed', 'vxlan_invalid_header']));
  });

  it('does not let a static entry be moved, nor takes its own address from the tunnel', () => {
    const world = overlay();
    ping(world.pods[0], '10.244.0.2');
    const mac = world.pods[1].link('eth0')!.mac;
    world.a.addVxlanFdb({ mac, dev: 'vx', remote: ip('10.0.0.7'), state: 0x42 }, 'replace');
    ping(world.pods[1], '10.244.0.1');
    expect(drops(world)).toContain('vxlan_entry_exists');
    world.b.setMac('br0', 0x020000000055);
    world.a.setMac('vx', 0x020000000055);
    addAddress(world.b, 'br0', '10.244.0.99/16');
    ping(world.b, '10.244.0.1');
    expect(drops(world)).toContain('local_mac');
  });

  it('under external control sends nothing that does not say where it goes', () => {
    const world = twoHosts();
    world.a.addVxlan({ name: 'vx', external: true, port: 4789 });
    world.a.setLinkUp('vx', true);
    addAddress(world.a, 'vx', '10.244.0.1/16');
    ping(world.a, '10.244.0.2');
    expect(drops(world)).toContain('tunnel_tx_info');
  });
});

describe('making and setting VXLAN interfaces', () => {
  it('clamps the MTU to what the interface below lets through', () => {
    const { a } = twoHosts();
    const mtu = (spec: Partial<VxlanSpec>, number: number) =>
      a.addVxlan({ name: `vx${number}`, vni: number, ...spec }).mtu;
    expect([mtu({}, 1), mtu({ dev: 'eth0' }, 2), mtu({ dev: 'eth0', mtu: 9000 }, 3)]).toEqual([
      1500, 1450, 1450,
    ]);
    expect(mtu({ mtu: 9000 }, 4)).toBe(9000);
    expect(refusal(() => a.setMtu('vx2', 1451))).toMatch(/^EINVAL/);
    a.setMtu('vx2', 1400);
  });

  it('refuses a second interface of one VNI and port, and a taken port', () => {
    const { a } = twoHosts();
    a.addVxlan({ name: 'vx1', vni: 1, port: 4789 });
    expect(refusal(() => a.addVxlan({ name: 'vx2', vni: 1, port: 4789 }))).toMatch(/^EEXIST/);
    a.addVxlan({ name: 'vx2', vni: 1 });
    new UdpSocket(a).bind(0, 4789);
    expect(refusal(() => a.setLinkUp('vx1', true))).toMatch(/^EADDRINUSE/);
    expect(a.link('vx1')!.up).toBe(false);
    a.setLinkUp('vx2', true);
    expect(new UdpSocket(a).bind(0, 8472)).toBe('EADDRINUSE');
    a.setLinkUp('vx2', false);
    expect(new UdpSocket(a).bind(0, 8472)).toBeNull();
  });

  it('goes when the interface below goes', () => {
    const { a } = twoHosts();
    a.addVeth({ name: 'v0', peer: { name: 'v1' } });
    a.addVxlan({ name: 'vx', vni: 1, dev: 'v0' });
    a.deleteLink('v0');
    expect(a.link('vx')).toBeUndefined();
    a.addVxlan({ name: 'vx', vni: 1 });
  });

  it('changes what may be changed', () => {
    const { a } = twoHosts();
    a.addVxlan({ name: 'vx', vni: 1, remote: ip('10.0.0.2') });
    a.setVxlan('vx', { ttl: 9, remote: ip('10.0.0.3') });
    expect(a.link('vx')!.vxlan).toMatchObject({ ttl: 9, remote: ip('10.0.0.3'), learning: true });
    expect(a.vxlanFdb('vx')).toMatchObject([{ mac: 0, remote: ip('10.0.0.3') }]);
    expect(refusal(() => a.setVxlan('vx', { vni: 2 }))).toContain('Cannot change VNI');
  });

  it('keeps its entries as Linux does', () => {
    const { a } = twoHosts();
    a.addVxlan({ name: 'vx', vni: 1 });
    const entry = (mac: number, last: number, state = PERMANENT) => ({
      mac,
      dev: 'vx',
      remote: ip(`10.0.0.${last}`),
      state,
    });
    const unicast = 0x020000000001;
    a.addVxlanFdb(entry(0, 2));
    a.addVxlanFdb(entry(0, 3), 'append');
    a.addVxlanFdb(entry(0, 3), 'append');
    a.addVxlanFdb(entry(unicast, 4));
    a.addVxlanFdb(entry(unicast, 5), 'append');
    const remotes = () => a.vxlanFdb('vx').map(({ remote }) => remote! & 255);
    expect(remotes()).toEqual([4, 2, 3]);
    expect(refusal(() => a.addVxlanFdb(entry(0, 9)))).toMatch(/^EEXIST/);
    expect(refusal(() => a.addVxlanFdb(entry(0, 9), 'replace'))).toMatch(/^EOPNOTSUPP/);
    a.addVxlanFdb(entry(unicast, 6), 'replace');
    a.deleteVxlanFdb(entry(0, 2));
    expect(remotes()).toEqual([6, 3]);
    a.deleteVxlanFdb({ mac: unicast, dev: 'vx', state: PERMANENT });
    expect(remotes()).toEqual([3]);
    expect(refusal(() => a.deleteVxlanFdb(entry(unicast, 6)))).toMatch(/^ENOENT/);
    const bare = { mac: unicast, dev: 'vx', state: PERMANENT };
    expect(refusal(() => a.addVxlanFdb(bare))).toMatch(/^EINVAL/);
  });
});

describe('the flow hash', () => {
  function packetOf(from: number, to: number, ports: [number, number], protocol: number): Packet {
    const packet = new Packet();
    Object.assign(packet, { etherType: 0x800, ipSource: from, ipDestination: to, protocol });
    [packet.sourcePort, packet.destinationPort] = ports;
    packet.packetType = PacketType.host;
    return packet;
  }

  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const port = fc.integer({ min: 1, max: 65535 });

  test.prop([int32, int32, port, port])('is the same in both directions', (from, to, here, there) => {
    const there2 = packetOf(to, from, [there, here], IpProtocol.udp);
    expect(flowHash(packetOf(from, to, [here, there], IpProtocol.udp))).toBe(flowHash(there2));
  });

  it('tells flows apart by their ports', () => {
    const hashes = Array.from({ length: 100 }, (_, i) =>
      flowHash(packetOf(1, 2, [1000 + i, 9], IpProtocol.udp)),
    );
    expect(new Set(hashes).size).toBe(100);
  });
});
