import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../../../../models/payload.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { PingSocket } from '../../../../models/transport/ping-socket.ts';
import { EtherType } from '../../../../models/wire/ethernet.ts';
import { BROADCAST_MAC } from '../../../../models/wire/mac-address.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { type BridgedPods, bridgedPods, ip, SECOND } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

const ETHERTYPE = 0x88b5;
const UNKNOWN = 0x020000000077;
const PRIORITY_5 = 5 << 13;

const macOf = (pod: NetworkNamespace) => pod.link('eth0')!.mac;

/** Pods on a bridge that filters; port N is untagged in VLAN `access[N]` alone, `null` leaves it without any. */
function accessPorts(...access: (number | null)[]): BridgedPods {
  const world = bridgedPods(access.length);
  world.node.setBridge('br0', { vlanFiltering: true, vlanDefaultPvid: 0 });
  for (const [index, vlan] of access.entries()) {
    if (vlan !== null) world.node.addVlan({ dev: `v-pod${index + 1}`, vlan, pvid: true, untagged: true });
  }
  return world;
}

interface Frame {
  to?: number;
  source?: number;
  /** Control information of a tag; none by default. */
  tag?: number;
}

/** Sends a frame out of a pod and answers which pods received it and with what tag, `pod3` or `pod3/10`. */
function send(world: BridgedPods, from: number, frame: Frame = {}): string[] {
  const { network, pods } = world;
  const log = new FrameLog(...pods.map((pod): [NetworkNamespace, string] => [pod, 'eth0']));
  const { to = BROADCAST_MAC, source = macOf(pods[from]), tag } = frame;
  const data = new Uint8Array(tag === undefined ? 46 : 50);
  if (tag !== undefined) new DataView(data.buffer).setUint32(0, tag * 0x10000 + ETHERTYPE);
  const type = tag === undefined ? ETHERTYPE : EtherType.vlan;
  sendRawFrame(pods[from].findInterface('eth0')!, to, source, type, data);
  network.simulation.run({ until: network.simulation.now });
  checkPacketConservation(network);
  return log.frames
    .filter(({ direction }) => direction === 'in')
    .map(({ at, bytes }) => {
      const view = new DataView(bytes.buffer);
      const name = at.replace(':eth0', '');
      return view.getUint16(12) === EtherType.vlan ? `${name}/${view.getUint16(14)}` : name;
    });
}

/** Learnt entries, as `VLAN port`. */
function learnt({ node }: BridgedPods): string[] {
  return node
    .fdb('br0')
    .filter(({ local }) => !local)
    .map(({ vlan, dev }) => `${vlan} ${dev}`);
}

/** Answers to pings of `to`. */
function ping(world: BridgedPods, from: number, to: string, count = 1): number {
  const socket = new PingSocket(world.pods[from]);
  const { simulation } = world.network;
  let answers = 0;
  socket.onReply = () => {
    answers++;
  };
  for (let sequence = 1; sequence <= count; sequence++) {
    socket.send(ip(to), sequence, 8, ZERO_PAYLOAD);
    simulation.run({ until: simulation.now + SECOND });
  }
  checkPacketConservation(world.network);
  return answers;
}

describe('a bridge that filters by VLAN', () => {
  it('keeps access ports of two VLANs apart', () => {
    const world = accessPorts(10, 20, 10, 20);
    expect(send(world, 0)).toEqual(['pod3']);
    expect(send(world, 1)).toEqual(['pod4']);
    expect(send(world, 0, { to: macOf(world.pods[1]) })).toEqual(['pod3']);
    expect(ping(world, 0, '10.244.1.4')).toBe(1);
    expect(ping(world, 0, '10.244.1.3')).toBe(0);
  });

  it('passes frames to a trunk with their tag, and takes them from there', () => {
    const world = accessPorts(10, 20, null);
    world.node.addVlan({ dev: 'v-pod3', vlan: 10, last: 20 });
    expect(send(world, 0)).toEqual(['pod3/10']);
    expect(send(world, 1)).toEqual(['pod3/20']);
    expect(send(world, 2, { tag: PRIORITY_5 | 20 })).toEqual(['pod2']);
    expect(send(world, 2, { tag: 10 })).toEqual(['pod1']);
    expect(send(world, 2, { tag: 15 })).toEqual([]);
  });

  it('keeps the priority of a tag', () => {
    const world = accessPorts(10, null);
    world.node.addVlan({ dev: 'v-pod2', vlan: 10 });
    expect(send(world, 0, { tag: PRIORITY_5 })).toEqual([`pod2/${PRIORITY_5 | 10}`]);
    expect(send(world, 0, { tag: PRIORITY_5 | 10 })).toEqual([`pod2/${PRIORITY_5 | 10}`]);
  });

  it('drops at the way in what is of no VLAN of the port', () => {
    const world = accessPorts(10, 10, null);
    const dropped = () => world.network.drops.total(DropReason.vlanFiltered);
    world.node.addVlan({ dev: 'v-pod3', vlan: 10 });
    expect(send(world, 0, { tag: 20 })).toEqual([]);
    expect(dropped()).toBe(1);
    // no PVID: neither untagged frames nor those with a priority only
    expect(send(world, 2)).toEqual([]);
    expect(send(world, 2, { tag: PRIORITY_5 })).toEqual([]);
    expect(dropped()).toBe(3);
    expect(learnt(world)).toEqual([]);
  });

  it('drops a frame to an address whose port has left the VLAN', () => {
    const world = accessPorts(10, 10);
    world.node.addFdb({ mac: UNKNOWN, dev: 'v-pod2', kind: 'static' });
    expect(send(world, 0, { to: UNKNOWN })).toEqual(['pod2']);
    world.node.deleteVlan({ dev: 'v-pod2', vlan: 10 });
    expect(send(world, 0, { to: UNKNOWN })).toEqual([]);
    expect(world.network.drops.total(DropReason.vlanFiltered)).toBe(1);
  });

  it('learns the same address in two VLANs, each on its port', () => {
    const world = accessPorts(10, 20, 10, 20);
    send(world, 0, { source: UNKNOWN });
    send(world, 1, { source: UNKNOWN });
    expect(learnt(world)).toEqual(['20 v-pod2', '10 v-pod1']);
    expect(send(world, 2, { to: UNKNOWN })).toEqual(['pod1']);
    expect(send(world, 3, { to: UNKNOWN })).toEqual(['pod2']);
  });

  it('forgets an address in each VLAN by itself', () => {
    const world = accessPorts(10, 20);
    const { simulation } = world.network;
    world.node.setBridge('br0', { ageing: 10 * SECOND });
    send(world, 0, { source: UNKNOWN });
    simulation.run({ until: 6 * SECOND });
    send(world, 1, { source: UNKNOWN });
    simulation.run({ until: 11 * SECOND });
    expect(learnt(world)).toEqual(['20 v-pod2']);
    world.node.deleteVlan({ dev: 'v-pod2', vlan: 20 });
    expect(learnt(world)).toEqual([]);
  });

  it('reaches the host only in VLANs that the bridge itself is a member of', () => {
    const world = accessPorts(10, 20);
    expect(ping(world, 0, '10.244.1.1')).toBe(0);
    world.node.addVlan({ dev: 'br0', vlan: 10, pvid: true, untagged: true, self: true });
    expect(ping(world, 0, '10.244.1.1', 3)).toBe(3);
    expect(ping(world, 1, '10.244.1.1')).toBe(0);
  });

  it('passes a frame up with its tag, which is for nobody there', () => {
    const world = accessPorts(10);
    world.node.addVlan({ dev: 'br0', vlan: 10, pvid: true, self: true });
    expect(ping(world, 0, '10.244.1.1')).toBe(0);
    expect(world.network.drops.total(DropReason.otherHost)).toBeGreaterThan(0);
    expect(world.network.drops.total(DropReason.vlanFiltered)).toBe(0);
  });

  it('starts and stops with the setting, whatever paths are known by then', () => {
    const world = bridgedPods(2);
    world.node.addVlan({ dev: 'v-pod2', vlan: 20, pvid: true, untagged: true });
    world.node.deleteVlan({ dev: 'v-pod2', vlan: 1 });
    expect(ping(world, 0, '10.244.1.3', 4)).toBe(4);
    world.node.setBridge('br0', { vlanFiltering: true });
    expect(ping(world, 0, '10.244.1.3', 4)).toBe(0);
    world.node.setBridge('br0', { vlanFiltering: false });
    expect(ping(world, 0, '10.244.1.3', 4)).toBe(4);
  });

  it('lets a tag pass beside the MTU', () => {
    const world = accessPorts(10, null);
    world.node.addVlan({ dev: 'v-pod2', vlan: 10 });
    const log = new FrameLog([world.pods[1], 'eth0']);
    const iface = world.pods[0].findInterface('eth0')!;
    sendRawFrame(iface, BROADCAST_MAC, macOf(world.pods[0]), ETHERTYPE, new Uint8Array(1504));
    world.network.simulation.run({ until: SECOND });
    expect(log.frames.map(({ bytes }) => bytes.length)).toEqual([1522]);
  });
});

describe('membership in VLANs', () => {
  const members = ({ node }: BridgedPods) =>
    Object.fromEntries(node.vlans().map(({ dev, vlans }) => [dev, vlans.map(textOf).join(' ')]));
  const textOf = ({ vlan, pvid, untagged }: { vlan: number; pvid: boolean; untagged: boolean }) =>
    `${vlan}${pvid ? 'p' : ''}${untagged ? 'u' : ''}`;

  it('is that of the default VLAN for everybody', () => {
    const world = bridgedPods(1);
    expect(members(world)).toEqual({ br0: '1pu', 'v-pod1': '1pu' });
    world.node.setBridge('br0', { vlanFiltering: true });
    expect(members(world)).toEqual({ br0: '1pu', 'v-pod1': '1pu' });
    expect(ping(world, 0, '10.244.1.1')).toBe(1);
  });

  it('takes over the flags given last; one VLAN has the PVID', () => {
    const world = bridgedPods(1);
    world.node.addVlan({ dev: 'v-pod1', vlan: 5, pvid: true });
    expect(members(world)['v-pod1']).toBe('1u 5p');
    world.node.addVlan({ dev: 'v-pod1', vlan: 5, untagged: true });
    expect(members(world)['v-pod1']).toBe('1u 5u');
    world.node.deleteVlan({ dev: 'v-pod1', vlan: 1, last: 4 });
    expect(members(world)['v-pod1']).toBe('5u');
    world.node.deleteVlan({ dev: 'v-pod1', vlan: 5 });
    expect(members(world)).toEqual({ br0: '1pu' });
  });

  it('follows the default PVID, unless the user has said something else', () => {
    const world = bridgedPods(3);
    world.node.addVlan({ dev: 'v-pod2', vlan: 1, pvid: true });
    world.node.addVlan({ dev: 'v-pod3', vlan: 7 });
    world.node.setBridge('br0', { vlanDefaultPvid: 7 });
    expect(members(world)).toEqual({ br0: '7pu', 'v-pod1': '7pu', 'v-pod2': '1p', 'v-pod3': '1pu 7' });
    world.node.setBridge('br0', { vlanDefaultPvid: 0 });
    expect(members(world)).toEqual({ 'v-pod2': '1p', 'v-pod3': '1pu 7' });
    world.node.setMaster('v-pod2', undefined);
    world.node.setMaster('v-pod2', 'br0');
    expect(members(world)).toEqual({ 'v-pod3': '1pu 7' });
  });

  it('gives the own address of a port an entry in each of its VLANs', () => {
    const world = bridgedPods(1);
    const own = () =>
      world.node
        .fdb('br0')
        .filter(({ dev, local }) => local && dev === 'v-pod1')
        .map(({ mac, vlan }) => `${mac.toString(16)} ${vlan}`);
    const mac = world.node.link('v-pod1')!.mac.toString(16);
    expect(own()).toEqual([`${mac} undefined`]);
    world.node.addVlan({ dev: 'v-pod1', vlan: 5 });
    expect(own()).toEqual([`${mac} 5`, `${mac} 1`, `${mac} undefined`]);
    world.node.setMac('v-pod1', UNKNOWN);
    expect(own().sort()).toEqual(['20000000077 1', '20000000077 5', '20000000077 undefined']);
    world.node.deleteVlan({ dev: 'v-pod1', vlan: 1 });
    expect(own().sort()).toEqual(['20000000077 5', '20000000077 undefined']);
  });

  it('decides where an entry may stand in the forwarding database', () => {
    const { node } = accessPorts(10);
    const entry = { mac: UNKNOWN, dev: 'v-pod1', kind: 'static' } as const;
    expect(refusal(() => node.addFdb({ ...entry, vlan: 20 }))).toBe('EINVAL: Invalid argument');
    expect(refusal(() => node.addFdb({ ...entry, vlan: 4095 }))).toBe('EINVAL: invalid vlan id');
    expect(refusal(() => node.addFdb({ ...entry, vlan: 10 }))).toBe('none');
    expect(refusal(() => node.deleteFdb({ ...entry, vlan: 20 }))).toBe('ENOENT: No such file or directory');
    // without a VLAN it is meant for all
    expect(refusal(() => node.addFdb(entry, 'replace'))).toBe('none');
    expect(node.fdb('br0').filter(({ mac }) => mac === UNKNOWN)).toHaveLength(2);
    expect(refusal(() => node.deleteFdb(entry))).toBe('none');
    expect(node.fdb('br0').filter(({ mac }) => mac === UNKNOWN)).toEqual([]);
  });

  it.each([
    [{ dev: 'br0', vlan: 5 }, 'EOPNOTSUPP: Operation not supported'],
    [{ dev: 'v-pod1', vlan: 5, self: true }, 'EOPNOTSUPP: Operation not supported'],
    [{ dev: 'v-pod1', vlan: 0 }, 'EINVAL: bridge: Vlan id is invalid'],
    [{ dev: 'v-pod1', vlan: 2, last: 4095 }, 'EINVAL: bridge: Vlan id is invalid'],
    [{ dev: 'v-pod1', vlan: 2, last: 3, pvid: true }, "EINVAL: bridge: Pvid isn't allowed in a range"],
    [{ dev: 'nothing', vlan: 2 }, 'ENODEV: No such device'],
  ])('is refused: %o', (spec, expected) => {
    expect(refusal(() => bridgedPods(1).node.addVlan(spec))).toBe(expected);
  });

  it('has no default PVID past the last VLAN', () => {
    const { node } = bridgedPods(1);
    expect(refusal(() => node.setBridge('br0', { vlanDefaultPvid: 4095 }))).toBe('EINVAL: Invalid argument');
    expect(refusal(() => node.setBridge('br0', { vlanDefaultPvid: 4094 }))).toBe('none');
  });
});
