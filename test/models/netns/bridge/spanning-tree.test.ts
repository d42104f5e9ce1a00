import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import type { Cable } from '../../../../models/link/cable.ts';
import { connect, setCable } from '../../../../models/netns/interface/link-control.ts';
import type { Network } from '../../../../models/netns/network.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { Ping } from '../../../../models/traffic/ping.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { addPod, bridgedPods, ip, newNetwork, SECOND } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

/** Fast enough for a test: hello 1 s, age 6 s, delay 2 s. */
const QUICK = { stp: true, helloTime: SECOND, maxAge: 6 * SECOND, forwardDelay: 2 * SECOND };
/** After this long every message about what is gone has aged and every port has waited twice. */
const SETTLED = 60 * SECOND;

interface World {
  network: Network;
  switches: NetworkNamespace[];
  cables: { cable: Cable; ends: [number, number] }[];
}

/** Switches with bridges br0 and cables between pairs of them. */
function mesh(priorities: readonly number[], links: readonly (readonly [number, number])[]): World {
  const network = newNetwork();
  const switches = priorities.map((priority, i) => {
    const node = network.addNamespace(`s${i}`);
    node.addBridge({ name: 'br0', mac: 0x020000000100 + i, ...QUICK, priority });
    node.setLinkUp('br0', true);
    return node;
  });
  const cables = links.map(([a, b], i) => {
    const ends = [a, b].map((end) => {
      const iface = switches[end].addPhysical({ name: `p${i}${end === a ? 'a' : 'b'}` });
      switches[end].setMaster(iface.name, 'br0');
      return iface;
    });
    const cable = connect(ends[0], ends[1], { rate: 1e9, delay: 1000 });
    for (const iface of ends) iface.namespace.setLinkUp(iface.name, true);
    return { cable, ends: [a, b] as [number, number] };
  });
  return { network, switches, cables };
}

function run(network: Network, time: number): void {
  network.simulation.run({ until: network.simulation.now + time });
}

/** Pairs of switches between which both ports forward. */
function forwardingLinks({ cables }: World): [number, number][] {
  return cables
    .filter(({ cable }) => [cable.forward, cable.backward].every(({ from }) => from.port!.forwarding))
    .map(({ ends }) => ends);
}

/** Connected parts of the switches when these links are what there is. */
function parts(count: number, links: readonly (readonly [number, number])[]): number {
  const part = Array.from({ length: count }, (_, i) => i);
  for (const [a, b] of links) {
    const [old, now] = [part[a], part[b]];
    part.forEach((value, i) => {
      if (value === old) part[i] = now;
    });
  }
  return new Set(part).size;
}

function checkTree(world: World): void {
  const count = world.switches.length;
  const links = forwardingLinks(world);
  const whole = world.cables.filter(({ cable }) => cable.up).map(({ ends }) => ends);
  const expected = parts(count, whole);
  expect(parts(count, links)).toBe(expected);
  // as many links as a forest has: no loop
  expect(links.length).toBe(count - expected);
}

describe('spanning tree', () => {
  const priority = fc.constantFrom<number>(0, 4096, 32768, 61440);
  const world = fc.integer({ min: 2, max: 6 }).chain((count) =>
    fc.record({
      priorities: fc.array(priority, { minLength: count, maxLength: count }),
      links: fc.array(
        fc
          .tuple(fc.nat(count - 1), fc.nat(count - 2))
          .map(([a, b]): [number, number] => [a, b >= a ? b + 1 : b]),
        { minLength: 1, maxLength: 9 },
      ),
      cut: fc.nat(8),
    }),
  );

  test.prop([world], { numRuns: 40 })(
    'leaves no loop and cuts nobody off, also after a cable is cut',
    ({ priorities, links, cut }) => {
      const built = mesh(priorities, links);
      run(built.network, SETTLED);
      checkTree(built);
      const best = Math.min(...priorities);
      const root = priorities.indexOf(best);
      if (parts(priorities.length, links) === 1) {
        const roots = built.switches.map((node) => node.link('br0')!.bridge!.root.mac);
        expect(new Set(roots)).toEqual(new Set([0x020000000100 + root]));
      }
      setCable(built.cables[cut % links.length].cable, false);
      run(built.network, SETTLED);
      checkTree(built);
      checkPacketConservation(built.network);
    },
  );

  it('listens, learns, and then forwards', () => {
    const built = mesh([0, 4096], [[0, 1]]);
    const state = () => built.switches[0].link('p0a')!.bridgePort!.state;
    const states = [state()];
    for (const wait of [1, 2, 2.5]) {
      run(built.network, wait * SECOND);
      states.push(state());
    }
    expect(states).toEqual(['listening', 'listening', 'learning', 'forwarding']);
    expect(built.switches[1].link('br0')!.bridge).toMatchObject({ rootPort: 1, rootPathCost: 4 });
    expect(built.switches[1].link('p0b')!.bridgePort).toMatchObject({
      designatedBridge: { priority: 0 },
      cost: 4,
    });
  });

  it('does not let a frame in before it forwards, but learns from it a while before', () => {
    const { network, node, pods } = bridgedPods(1);
    node.setBridge('br0', QUICK);
    const pod = addPod(node, 'br0', 'late', '10.244.1.9/24');
    const log = new FrameLog([pods[0], 'eth0']);
    const send = () =>
      sendRawFrame(
        pod.findInterface('eth0')!,
        0x020000000077,
        pod.link('eth0')!.mac,
        0x88b5,
        new Uint8Array(46),
      );
    const learnt = () => node.fdb('br0').filter(({ local }) => !local).length;
    send();
    run(network, SECOND);
    expect([log.matching(/88b5/).length, learnt()]).toEqual([0, 0]);
    run(network, 1.5 * SECOND);
    send();
    run(network, SECOND);
    expect([log.matching(/88b5/).length, learnt()]).toEqual([0, 1]);
    run(network, 2 * SECOND);
    send();
    run(network, SECOND);
    expect(log.matching(/88b5/)).toHaveLength(1);
    expect(network.drops.rows().some(({ reason }) => reason === 'bridge_port_state')).toBe(true);
    expect(DropReason.bridgePortState).toBeGreaterThan(0);
  });

  it('lets addresses age within the forward delay while the tree changes', () => {
    const { network, node, pods } = bridgedPods(2);
    node.setBridge('br0', QUICK);
    const ping = new Ping(pods[0], {
      to: ip('10.244.1.3'),
      target: 'pod2',
      count: 1,
      interval: SECOND,
      size: 56,
    });
    ping.start(0);
    run(network, SECOND);
    const learnt = () => node.fdb('br0').filter(({ local }) => !local).length;
    expect(learnt()).toBe(2);
    addPod(node, 'br0', 'pod3', '10.244.1.4/24');
    run(network, 5 * SECOND);
    expect(node.link('br0')!.bridge).toMatchObject({ topologyChange: true, ageing: 4 * SECOND });
    run(network, 9 * SECOND);
    expect(node.link('br0')!.bridge).toMatchObject({ topologyChange: false, ageing: 300 * SECOND });
  });

  it('keeps a guarded port from messages, and one with root_block from the root', () => {
    const built = mesh([0, 4096], [[0, 1]]);
    built.switches[1].setBridgePort('p0b', { rootBlock: true });
    run(built.network, SETTLED);
    expect(built.switches[1].link('br0')!.bridge!.rootPort).toBe(0);
    expect(built.switches[1].link('p0b')!.bridgePort!.state).not.toBe('forwarding');
    built.switches[1].setBridgePort('p0b', { rootBlock: false, guard: true });
    run(built.network, SETTLED);
    expect(built.switches[1].link('p0b')!.bridgePort!.state).toBe('disabled');
  });

  it('refuses what the kernel refuses', () => {
    const { node } = bridgedPods(1);
    expect(refusal(() => node.setBridge('br0', { helloTime: 0.5 * SECOND }))).toMatch(/^ERANGE/);
    expect(refusal(() => node.setBridge('br0', { maxAge: SECOND }))).toMatch(/^ERANGE/);
    node.setBridge('br0', { forwardDelay: SECOND });
    node.setBridge('br0', { stp: true });
    expect(node.link('br0')!.bridge!.forwardDelay).toBe(2 * SECOND);
    expect(refusal(() => node.setBridge('br0', { forwardDelay: SECOND }))).toMatch(/^ERANGE/);
    expect(refusal(() => node.setBridge('br0', { groupForwardMask: 1 }))).toMatch(/^EINVAL/);
    expect(refusal(() => node.setBridgePort('v-pod1', { state: 'blocking' }))).toMatch(/^EBUSY/);
    expect(refusal(() => node.setBridgePort('v-pod1', { priority: 64 }))).toMatch(/^ERANGE/);
    expect(refusal(() => node.setBridgePort('v-pod1', { cost: 0 }))).toMatch(/^ERANGE/);
  });
});

describe('a bridge without spanning tree', () => {
  it('lets the state of a port be set', () => {
    const { node } = bridgedPods(1);
    const state = () => node.link('v-pod1')!.bridgePort!.state;
    node.setBridgePort('v-pod1', { state: 'learning' });
    expect(state()).toBe('learning');
    node.setBridgePort('v-pod1', { state: 'blocking' });
    expect(state()).toBe('forwarding');
  });

  it('forwards reserved groups that its mask, or that of the port, names', () => {
    const world = bridgedPods(2);
    const { network, node, pods } = world;
    const LLDP = 0x0180c200000e;
    const heard = () => {
      const log = new FrameLog([pods[1], 'eth0']);
      sendRawFrame(
        pods[0].findInterface('eth0')!,
        LLDP,
        pods[0].link('eth0')!.mac,
        0x88cc,
        new Uint8Array(46),
      );
      run(network, 0);
      return log.frames.length;
    };
    expect(heard()).toBe(0);
    node.setBridge('br0', { groupForwardMask: 0x4000 });
    expect(heard()).toBe(1);
    node.setBridge('br0', { groupForwardMask: 0 });
    node.setBridgePort('v-pod1', { groupForwardMask: 0x4000 });
    expect(heard()).toBe(1);
  });

  it('answers ARP for those behind a port with neigh_suppress, and spares the port', () => {
    const { network, node, pods } = bridgedPods(2);
    const [one, two] = pods;
    const mac = two.link('eth0')!.mac;
    const ping = (from: NetworkNamespace, to: string) => {
      const program = new Ping(from, { to: ip(to), target: to, count: 1, interval: SECOND, size: 56 });
      program.start(network.simulation.now);
      run(network, 4 * SECOND);
      return program.result.received;
    };
    ping(node, '10.244.1.3');
    node.setBridgePort('v-pod2', { neighSuppress: true });
    const log = new FrameLog([two, 'eth0']);
    expect(ping(one, '10.244.1.3')).toBe(1);
    expect(log.texts(/who-has 10.244.1.3 tell 10.244.1.2/)).toEqual([]);
    expect(one.neighbours()).toMatchObject([{ mac }]);
    checkPacketConservation(network);
  });
});
