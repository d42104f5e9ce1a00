import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import type { BridgePortSpec } from '../../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { BROADCAST_MAC } from '../../../../models/wire/mac-address.ts';
import { checkForwardingDatabases } from '../../../checkers/fdb-truth.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { type BridgedPods, bridgedPods, SECOND } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

const ETHERTYPE = 0x88b5;
const UNKNOWN = 0x020000000077;
const GROUP = 0x01005e000001;

const macOf = (pod: NetworkNamespace) => pod.link('eth0')!.mac;

/** Sends a frame out of a pod, as if from `source`, and answers which pods received it, in order. */
function sendFrom(world: BridgedPods, from: number, to: number, source = macOf(world.pods[from])): string[] {
  const { network, pods } = world;
  const log = new FrameLog(...pods.map((pod): [NetworkNamespace, string] => [pod, 'eth0']));
  sendRawFrame(pods[from].findInterface('eth0')!, to, source, ETHERTYPE, new Uint8Array(46));
  network.simulation.run({ until: network.simulation.now });
  checkPacketConservation(network);
  return log.frames.filter((frame) => frame.direction === 'in').map((frame) => frame.at.replace(':eth0', ''));
}

function learnt(world: BridgedPods): string[] {
  return world.node
    .fdb('br0')
    .filter((entry) => !entry.local)
    .map((entry) => entry.dev);
}

describe('a bridge', () => {
  it('floods an unknown address, newest port first, and not back', () => {
    const world = bridgedPods(4);
    expect(sendFrom(world, 1, UNKNOWN)).toEqual(['pod4', 'pod3', 'pod1']);
    expect(learnt(world)).toEqual(['v-pod2']);
  });

  it('sends to the one port behind which an address was seen', () => {
    const world = bridgedPods(3);
    sendFrom(world, 1, UNKNOWN);
    expect(sendFrom(world, 0, macOf(world.pods[1]))).toEqual(['pod2']);
    checkForwardingDatabases(world.network);
  });

  it('floods groups and passes them up to its host; unknown unicast it does not', () => {
    const world = bridgedPods(2);
    const log = new FrameLog([world.node, 'br0']);
    sendFrom(world, 0, UNKNOWN);
    expect(log.frames).toEqual([]);
    expect(sendFrom(world, 0, BROADCAST_MAC)).toEqual(['pod2']);
    expect(sendFrom(world, 0, GROUP)).toEqual(['pod2']);
    expect(log.frames).toHaveLength(2);
    sendFrom(world, 0, world.node.link('br0')!.mac);
    expect(log.frames).toHaveLength(3);
  });

  it('forgets an address that is not seen for its ageing time', () => {
    const world = bridgedPods(3);
    world.node.setBridge('br0', { ageing: 10 * SECOND });
    sendFrom(world, 1, UNKNOWN);
    world.network.simulation.run({ until: 9 * SECOND });
    expect(sendFrom(world, 0, macOf(world.pods[1]))).toEqual(['pod2']);
    world.network.simulation.run({ until: 11 * SECOND });
    expect(learnt(world)).toEqual(['v-pod1']);
    expect(sendFrom(world, 0, macOf(world.pods[1]))).toEqual(['pod3', 'pod2']);
  });

  it('has an address move with the last frame from it, but never its own', () => {
    const world = bridgedPods(3);
    const wanderer = 0x020000000042;
    sendFrom(world, 0, UNKNOWN, wanderer);
    expect(learnt(world)).toEqual(['v-pod1']);
    sendFrom(world, 1, UNKNOWN, wanderer);
    expect(learnt(world)).toEqual(['v-pod2']);
    sendFrom(world, 2, UNKNOWN, world.node.link('br0')!.mac);
    expect(world.node.fdb('br0').filter((entry) => entry.mac === world.node.link('br0')!.mac)).toMatchObject([
      { local: true },
    ]);
  });

  it('forgets what it learnt on a port that goes down or leaves', () => {
    const world = bridgedPods(3);
    for (const from of [0, 1]) sendFrom(world, from, UNKNOWN);
    world.pods[0].setLinkUp('eth0', false);
    expect(learnt(world)).toEqual(['v-pod2']);
    world.node.setMaster('v-pod2', undefined);
    expect(learnt(world)).toEqual([]);
  });

  it.each<[string, BridgePortSpec, string[], string[]]>([
    ['flood off', { flood: false }, ['pod2'], ['pod3', 'pod2']],
    ['broadcast flood off', { broadcastFlood: false }, ['pod3', 'pod2'], ['pod2']],
    ['multicast flood off', { multicastFlood: false }, ['pod3', 'pod2'], ['pod3', 'pod2']],
  ])('with %s keeps the frames of that kind from the port', (_what, spec, unknown, broadcast) => {
    const world = bridgedPods(3);
    world.node.setBridgePort('v-pod3', spec);
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(unknown);
    expect(sendFrom(world, 0, BROADCAST_MAC)).toEqual(broadcast);
    expect(sendFrom(world, 0, GROUP)).toEqual(spec.multicastFlood === false ? ['pod2'] : ['pod3', 'pod2']);
  });

  it('sends back out of a hairpin port, and only there', () => {
    const world = bridgedPods(2);
    sendFrom(world, 0, UNKNOWN);
    expect(sendFrom(world, 0, macOf(world.pods[0]))).toEqual([]);
    world.node.setBridgePort('v-pod1', { hairpin: true });
    expect(sendFrom(world, 0, macOf(world.pods[0]))).toEqual(['pod1']);
    expect(sendFrom(world, 0, BROADCAST_MAC)).toEqual(['pod2', 'pod1']);
  });

  it('lets isolated ports talk to the others only', () => {
    const world = bridgedPods(3);
    for (const port of ['v-pod1', 'v-pod2']) world.node.setBridgePort(port, { isolated: true });
    expect(sendFrom(world, 0, BROADCAST_MAC)).toEqual(['pod3']);
    expect(sendFrom(world, 2, BROADCAST_MAC)).toEqual(['pod2', 'pod1']);
    expect(sendFrom(world, 0, macOf(world.pods[2]))).toEqual(['pod3']);
  });

  it('learns nothing on a port whose learning is off, or with an ageing time of 0', () => {
    const world = bridgedPods(2);
    world.node.setBridgePort('v-pod1', { learning: false });
    sendFrom(world, 0, UNKNOWN);
    world.node.setBridge('br0', { ageing: 0 });
    sendFrom(world, 1, UNKNOWN);
    expect(learnt(world)).toEqual([]);
  });

  it.each([
    [0x0180c2000000, true],
    [0x0180c2000001, false],
    [0x0180c200000e, false],
    [0x0180c2000010, true],
  ])('with reserved group %i forwards: %s', (group, forwards) => {
    expect(sendFrom(bridgedPods(2), 0, group)).toEqual(forwards ? ['pod2'] : []);
  });

  it.each([0, BROADCAST_MAC, GROUP])('drops a frame from %i', (source) => {
    const world = bridgedPods(2);
    expect(sendFrom(world, 0, UNKNOWN, source)).toEqual([]);
    expect(world.network.drops.total(DropReason.badSourceMac)).toBe(1);
  });

  it('passes no frame while it is down', () => {
    const world = bridgedPods(2);
    world.node.setLinkUp('br0', false);
    expect(sendFrom(world, 0, UNKNOWN)).toEqual([]);
    world.node.setLinkUp('br0', true);
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(['pod2']);
  });

  it('drops what is longer than the MTU of the port that it should leave by', () => {
    const world = bridgedPods(2);
    world.node.setMtu('v-pod2', 68);
    const { pods, network } = world;
    const eth0 = pods[0].findInterface('eth0')!;
    sendRawFrame(eth0, UNKNOWN, macOf(pods[0]), ETHERTYPE, new Uint8Array(200));
    network.simulation.run();
    expect(network.drops.total(DropReason.frameTooBig)).toBe(1);
  });

  it('ends a loop of veth pairs that nothing else would end', () => {
    const world = bridgedPods(2);
    for (const number of [1, 2]) {
      world.node.addVeth({ name: `loop${number}`, peer: { name: `pool${number}` } });
    }
    world.node.addBridge({ name: 'br1' });
    world.node.setLinkUp('br1', true);
    for (const number of [1, 2]) {
      world.node.setMaster(`loop${number}`, 'br0');
      world.node.setMaster(`pool${number}`, 'br1');
      for (const name of [`loop${number}`, `pool${number}`]) world.node.setLinkUp(name, true);
    }
    sendFrom(world, 0, BROADCAST_MAC);
    expect(world.network.drops.total(DropReason.backlogFull)).toBeGreaterThan(0);
  });
});

describe('entries made by hand', () => {
  it('are static or local and do not age', () => {
    const world = bridgedPods(3);
    const { node, network } = world;
    node.addFdb({ mac: UNKNOWN, dev: 'v-pod2', kind: 'static' });
    network.simulation.run({ until: 1000 * SECOND });
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(['pod2']);
    // where the address is seen it is: static is not sticky
    sendFrom(world, 2, macOf(world.pods[0]), UNKNOWN);
    network.simulation.run({ until: 2000 * SECOND });
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(['pod3']);
    expect(node.fdb('br0').find(({ mac }) => mac === UNKNOWN)).toMatchObject({ dev: 'v-pod3', static: true });
    expect(refusal(() => node.addFdb({ mac: UNKNOWN, dev: 'v-pod1' }))).toBe('EEXIST: File exists');
    node.addFdb({ mac: UNKNOWN, dev: 'v-pod3', kind: 'static' }, 'replace');
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(['pod3']);
    expect(refusal(() => node.deleteFdb({ mac: UNKNOWN, dev: 'v-pod1' }))).toMatch('ENOENT');
    node.deleteFdb({ mac: UNKNOWN, dev: 'v-pod3' });
    expect(sendFrom(world, 0, UNKNOWN)).toEqual(['pod3', 'pod2']);
    expect(refusal(() => node.addFdb({ mac: UNKNOWN, dev: 'lo' }))).toMatch('EOPNOTSUPP');
  });
});
