import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../../../models/netfilter/control-types.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import type { Flow } from '../../../../models/netns/openvswitch/flow.ts';
import { Ping, type PingOptions } from '../../../../models/traffic/ping.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog, type LoggedFrame } from '../../../support/frame-log.ts';
import { ip, MILLISECOND, SECOND } from '../../../support/networks.ts';
import { WeaveNet, type WeaveNetOptions } from '../../../support/weave-net.ts';

/** Nodes that all have a datapath, with a pod each, a1, a2 ... of 10.32.0.2, 10.33.0.2 ... */
function fastNet(options: Partial<WeaveNetOptions> = {}): { net: WeaveNet; pods: NetworkNamespace[] } {
  const nodes = options.nodes ?? 2;
  const all = Array.from({ length: nodes }, (_, place) => place + 1);
  const net = new WeaveNet({ nodes, datapaths: all, ...options });
  const pods = all.map((node) => {
    net.expose(node, `10.${31 + node}.0.1/12`);
    return net.attach(node, `a${node}`, `10.${31 + node}.0.2/12`);
  });
  net.run(SECOND);
  return { net, pods };
}

function ping(net: WeaveNet, from: NetworkNamespace, to: string, options: Partial<PingOptions> = {}) {
  const program = new Ping(from, { to: ip(to), count: 1, ...options });
  program.start(net.network.simulation.now);
  net.run(2 * SECOND);
  return program.result.received;
}

function flows(net: WeaveNet, node: number): Flow[] {
  return net.nodes[node - 1].fastdp!.datapath.flows();
}

function misses(net: WeaveNet, node: number): number {
  return net.nodes[node - 1].fastdp!.bridge.missCount;
}

function used(net: WeaveNet, from: number, to: number): string {
  return net.nodes[from - 1].connections.get(net.nodes[to - 1].peer.name)!.displayName();
}

/** `iptables -p udp --dport 6784 -j DROP` */
const NO_VXLAN: RuleSpec = {
  protocol: { number: 17 },
  matches: [{ match: 'udp', destinationPort: { first: 6784, last: 6784 } }],
  target: { target: 'DROP' },
};

/** UDP on the port of VXLAN. */
function tunnelled(log: FrameLog): LoggedFrame[] {
  return log.frames.filter(({ bytes }) => bytes[23] === 17 && bytes[36] * 256 + bytes[37] === 6784);
}

function sleeved(log: FrameLog): LoggedFrame[] {
  return log.frames.filter(({ bytes }) => bytes[23] === 17 && bytes[36] * 256 + bytes[37] === 6783);
}

describe('the fast datapath', () => {
  it('carries frames in VXLAN, source and destination in the VNI', () => {
    const { net, pods } = fastNet();
    net.nodes[0].peer.shortId = 0x2a7;
    net.nodes[1].peer.shortId = 0xc41;
    net.connectAll();
    net.run(SECOND);
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
    const frames = tunnelled(log).map(({ direction, bytes }) => ({
      direction,
      length: bytes.length,
      vni: (bytes[46] << 16) | (bytes[47] << 8) | bytes[48],
    }));
    expect(frames).toEqual([
      { direction: 'out', length: 42 + 50, vni: 0xc412a7 },
      { direction: 'in', length: 42 + 50, vni: 0x2a7c41 },
      { direction: 'out', length: 98 + 50, vni: 0xc412a7 },
      { direction: 'in', length: 98 + 50, vni: 0x2a7c41 },
    ]);
    const [first] = tunnelled(log);
    // TOS 0, DF, TTL 64, no checksum, the flag of the VNI
    expect(first.bytes[15]).toBe(0);
    expect([...first.bytes.subarray(20, 24)]).toEqual([0x40, 0, 64, 17]);
    expect([...first.bytes.subarray(40, 46)]).toEqual([0, 0, 8, 0, 0, 0]);
    expect(sleeved(log)).toEqual([]);
    checkPacketConservation(net.network, net.held);
  });

  it('says at once, and often until it is answered, that the way carries full frames', () => {
    const { net } = fastNet();
    const log = new FrameLog([net.nodes[1].namespace, 'eth0']);
    const start = net.network.simulation.now;
    net.connectAll();
    net.run(25 * SECOND);
    const beats = tunnelled(log).filter(({ direction }) => direction === 'out');
    // the answer to the first comes before half a second is over
    expect(beats.map(({ time }) => Math.round((time - start) / SECOND))).toEqual([0, 10, 20]);
    const { bytes } = beats[0];
    expect(bytes.length).toBe(14 + 1426);
    expect([...bytes.subarray(50, 64)]).toEqual(new Array(14).fill(0));
    expect(Buffer.from(bytes.subarray(64, 72)).toString('hex')).toBe('1122334455667989');
    expect(bytes[72] * 256 + bytes[73]).toBe(1390);
    expect(bytes.subarray(74).every((byte) => byte === 0)).toBe(true);
    // one acknowledgement each, tag 0 of the first overlay
    expect(used(net, 1, 2)).toBe('fastdp');
    const attributes = net.nodes[0].connections.get(net.nodes[1].peer.name)!.attributes();
    expect([...attributes]).toEqual([
      ['mtu', 1376],
      ['name', 'fastdp'],
    ]);
    checkPacketConservation(net.network, net.held);
  });

  it('asks the router about the first frame of two addresses alone', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2');
    const before = [misses(net, 1), misses(net, 2)];
    const unicast = flows(net, 1).find(({ actions }) => actions.length === 2)!;
    const packets = unicast.packets;
    const program = new Ping(pods[0], { to: ip('10.33.0.2'), count: 3, interval: 100 * MILLISECOND });
    program.start(net.network.simulation.now);
    net.run(SECOND);
    expect(program.result.received).toBe(3);
    expect([misses(net, 1), misses(net, 2)]).toEqual(before);
    // ARP may have asked again
    expect(unicast.packets - packets).toBeGreaterThanOrEqual(3);
    expect(unicast.bytes).toBeGreaterThanOrEqual(3 * 98);
    // in the kernel nothing takes time here
    expect(program.roundTrips.maximum).toBe(0);
  });

  it('decides anew when routes change, short ids change, a port comes', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    const { fastdp, namespace } = net.nodes[0];
    const changes = [
      () => fastdp!.invalidateRoutes(),
      () => fastdp!.invalidateShortIds(),
      () => {
        namespace.addVeth({ name: 'x', peer: { name: 'y' } });
        fastdp!.datapath.addNetdev('x');
      },
    ];
    for (const change of changes) {
      ping(net, pods[0], '10.33.0.2');
      expect(flows(net, 1).length).toBeGreaterThan(0);
      change();
      expect(flows(net, 1)).toEqual([]);
    }
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
  });

  it('decides anew when an address moves to another peer', () => {
    const { net, pods } = fastNet({ nodes: 3 });
    net.connect(2, 1);
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2');
    net.connect(3, 1);
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2');
    const mac = net.network.macs.intern(pods[1].link('eth0')!.mac);
    const { router, fastdp } = net.nodes[0];
    const peersOf = () =>
      flows(net, 1)
        .filter(({ key }) => key.ethernet!.destination === mac)
        .flatMap(({ actions }) => actions)
        .flatMap((action) => (action.kind === 'set_tunnel' ? [action.tunnel.vni >> 12] : []));
    expect(peersOf()).toEqual([1]);
    pods[1].setLinkUp('eth0', false);
    pods[2].setMac('eth0', net.network.macs.address(mac));
    ping(net, pods[2], '10.32.0.2');
    expect(router.macs.lookup(mac)).toBe(net.nodes[2].peer);
    expect(ping(net, pods[0], '10.34.0.2')).toBe(1);
    expect(new Set(peersOf())).toEqual(new Set([2]));
    expect(fastdp!.holds).toBe(0);
    checkPacketConservation(net.network, net.held);
  });

  it('makes no flow for addresses that nobody knows', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    const nobody = {
      address: ip('10.33.0.9'),
      dev: 'eth0',
      mac: 0x02aabbccddee,
      state: 'permanent',
    } as const;
    pods[0].setNeighbour(nobody, 'add');
    const before = flows(net, 1).length;
    const start = misses(net, 1);
    ping(net, pods[0], '10.33.0.9', { count: 3, interval: 100 * MILLISECOND });
    expect(misses(net, 1) - start).toBe(3);
    expect(flows(net, 1)).toHaveLength(before);
  });

  it('forgets flows that were not used for a whole sweep', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2', { count: 2, interval: 100 * MILLISECOND });
    const hit = flows(net, 1).filter(({ packets }) => packets > 0);
    expect(hit.length).toBeGreaterThan(1);
    net.run(300 * SECOND);
    // the frame that a flow was made for does not count; the counters of the others begin anew
    expect(flows(net, 1)).toEqual(hit);
    expect(hit.every(({ packets, bytes, used }) => packets === 0 && bytes === 0 && used < 0)).toBe(true);
    net.run(300 * SECOND);
    expect(flows(net, 1)).toEqual([]);
  });

  it('ignores frames that name peers that nobody knows, and leaves peers without an id to sleeve', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2');
    const unknown = () =>
      net.network.drops
        .rows()
        .filter(({ reason }) => reason === 'overlay_unknown_peer')
        .reduce((sum, { packets }) => sum + packets, 0);
    expect(unknown()).toBe(0);
    // another peer has the id now, of which the second has heard sooner than the first
    net.nodes[0].peer.hasShortId = false;
    net.nodes[1].overlay.invalidateShortIds();
    expect(ping(net, pods[0], '10.33.0.2')).toBe(0);
    expect(unknown()).toBeGreaterThan(0);
    expect(flows(net, 2).filter(({ key }) => key.tunnel !== null)).toEqual([]);
    net.nodes[0].overlay.invalidateShortIds();
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
    expect(tunnelled(log)).toEqual([]);
    expect(sleeved(log).length).toBeGreaterThan(0);
    checkPacketConservation(net.network, net.held);
  });

  it('relays frames between peers that have no connection, by flows that look at the tunnel alone', () => {
    const { net, pods } = fastNet({ nodes: 3 });
    net.connect(2, 1);
    net.connect(3, 2);
    net.run(SECOND);
    expect(ping(net, pods[0], '10.34.0.2', { count: 2, interval: 100 * MILLISECOND })).toBe(2);
    const relays = flows(net, 2).filter(({ key }) => key.ethernet === null);
    expect(relays.map(({ key }) => key.tunnel!.vni)).toEqual([2 | (0 << 12), 0 | (2 << 12)]);
    // the relay has learnt none of the addresses by them
    const arrived = flows(net, 3).filter(({ key }) => key.tunnel?.vni === 2 << 12);
    expect(arrived.some(({ packets }) => packets > 0)).toBe(true);
    checkPacketConservation(net.network, net.held);
  });

  it('reaches a peer without a datapath by sleeve, through one that has both', () => {
    const { net, pods } = fastNet({ nodes: 3, datapaths: [1, 2], config: { mtu: 1376 } });
    net.connect(2, 1);
    net.connect(3, 2);
    net.run(SECOND);
    expect([used(net, 1, 2), used(net, 2, 3), used(net, 3, 2)]).toEqual(['fastdp', 'sleeve', 'sleeve']);
    const log = new FrameLog([net.nodes[2].namespace, 'eth0']);
    expect(ping(net, pods[0], '10.34.0.2')).toBe(1);
    expect(tunnelled(log)).toEqual([]);
    // no flow leads where a program has to do it
    const { number } = net.nodes[1].fastdp!.datapath.vports().find(({ type }) => type === 'vxlan')!;
    const relays = flows(net, 2).filter(({ key }) => key.inPort === number && key.ethernet === null);
    expect(relays).toEqual([]);
    checkPacketConservation(net.network, net.held);
  });

  it('leaves connections to sleeve whose way is too narrow, and takes them over when it is wide enough', () => {
    const { net, pods } = fastNet();
    // a switch on the way drops what is larger, with room for a tag, and nobody hears of it
    for (const port of ['node1', 'node2']) net.lan.setMtu(port, 1421);
    net.connectAll();
    net.run(70 * SECOND);
    expect([used(net, 1, 2), used(net, 2, 1)]).toEqual(['sleeve', 'sleeve']);
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
    for (const port of ['node1', 'node2']) net.lan.setMtu(port, 1422);
    net.run(SECOND);
    expect([used(net, 1, 2), used(net, 2, 1)]).toEqual(['fastdp', 'fastdp']);
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
    expect(tunnelled(log).length).toBeGreaterThan(0);
    checkPacketConservation(net.network, net.held);
  });

  it('is on hold after a minute without heartbeats, and back with the next', () => {
    const { net, pods } = fastNet();
    net.connectAll();
    net.run(SECOND);
    ping(net, pods[0], '10.33.0.2');
    const { netfilter } = net.nodes[1].namespace;
    netfilter.appendRule('filter', 'INPUT', NO_VXLAN);
    net.run(71 * SECOND);
    // the other end has no way to know: its frames are lost
    expect([used(net, 2, 1), used(net, 1, 2)]).toEqual(['sleeve', 'fastdp']);
    expect(flows(net, 2)).toEqual([]);
    const log = new FrameLog([net.nodes[1].namespace, 'eth0']);
    ping(net, pods[1], '10.32.0.2');
    expect(sleeved(log).length).toBeGreaterThan(0);
    netfilter.flushChain('filter');
    net.run(11 * SECOND);
    expect(used(net, 2, 1)).toBe('fastdp');
    expect(ping(net, pods[0], '10.33.0.2')).toBe(1);
    checkPacketConservation(net.network, net.held);
  });
});
