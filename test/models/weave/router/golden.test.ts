import { describe, expect, it } from 'vitest';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { RepeatingPayload } from '../../../../models/payload.ts';
import { Ping, type PingOptions } from '../../../../models/traffic/ping.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { detachPod } from '../../../../models/weave/bridge/attach-pod.ts';
import { parseMac } from '../../../../models/wire/mac-address.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import type { CapturedFrame } from '../../../golden/compare/decode.ts';
import { ip } from '../../../support/networks.ts';
import {
  BytesTap,
  differences,
  goldenCapture,
  isUdp,
  secondsOf,
  udpLength,
  unbundled,
} from '../../../support/weave-golden.ts';
import { WeaveNet, type WeaveNetOptions } from '../../../support/weave-net.ts';

/**
 * The recorded runs of the real router, given the same stimuli at the same times. The mesh is the test's: TCP and what
 * else goes on between the nodes is left out, so their own ARP comes at other times and is left out as well.
 */
class Replay {
  readonly net: WeaveNet;
  private readonly taps = new Map<string, BytesTap>();
  /** Seconds of the day at which the simulation begins. */
  private readonly origin: number;
  private steps: [time: number, action: () => void][] = [];

  constructor(origin: number, options: WeaveNetOptions) {
    this.origin = origin;
    this.net = new WeaveNet(options);
  }

  /** @param time of the day, seconds; sooner than the frame that it leads to by a program's time to wake up */
  at(time: number, action: () => void): void {
    this.steps.push([time, action]);
  }

  attach(time: number, node: number, name: string, cidr: string, mac: string): void {
    this.at(time, () => {
      const pod = this.net.attach(node, name, cidr);
      pod.setMac('eth0', parseMac(mac)!);
    });
  }

  ping(time: number, from: string, to: string, options: Partial<PingOptions> = {}): void {
    this.at(time, () => {
      const ping = new Ping(this.namespace(from), { to: ip(to), count: 1, ...options });
      ping.start(this.net.network.simulation.now);
    });
  }

  namespace(name: string): NetworkNamespace {
    return this.net.network.namespace(name)!;
  }

  watch(time: number, name: string, namespace: string, dev = 'eth0'): void {
    this.at(time, () => this.taps.set(name, new BytesTap(this.namespace(namespace), dev, this.origin)));
  }

  run(until: number): void {
    this.steps.sort(([a], [b]) => a - b);
    for (const [time, action] of this.steps) {
      this.runTo(time);
      action();
    }
    this.runTo(until);
    checkPacketConservation(this.net.network, this.net.held);
  }

  frames(name: string) {
    return this.taps.get(name)!.frames;
  }

  private runTo(time: number): void {
    this.net.network.simulation.run({ until: Math.round((time - this.origin) * 1e9) });
  }
}

const MINUTE = 60;
const HOUR = 3600;

describe('two peers, not encrypted', () => {
  const start = HOUR + MINUTE;
  // the connection is established 14.873 s before the first ping
  const replay = new Replay(start - 4.7272, { nodes: 2 });
  const { net } = replay;
  replay.at(start - 4.7272, () => {
    net.connect(2, 1);
    net.expose(1, '10.32.0.1/12');
    net.expose(2, '10.44.0.0/12');
  });
  replay.attach(start - 4.6, 1, 'a1', '10.32.0.2/12', 'aa:18:77:26:f9:af');
  replay.attach(start - 4.5, 1, 'a2', '10.32.0.3/12', '9e:f6:17:ba:0d:45');
  replay.attach(start - 2, 2, 'b1', '10.44.0.1/12', 'a2:f3:69:93:59:93');
  replay.attach(start - 1.9, 2, 'b2', '10.44.0.2/12', '22:7b:bd:6e:ff:cd');
  replay.watch(start + 7, 'underlay', 'node1');
  replay.watch(start + 7, 'pod-a1', 'a1');
  replay.watch(start + 7, 'pod-b1', 'b1');
  replay.watch(start + 7, 'pod-b2', 'b2');
  replay.watch(start + 7, 'peer2-vethwe-bridge', 'node2', 'vethwe-bridge');
  // what the pod learns of the path was flushed between the steps
  replay.at(start + 10, () => replay.namespace('a1').setSysctl('net.ipv4.route.mtu_expires', '0'));
  replay.ping(start + 10.145935, 'a1', '10.44.0.1', { count: 3, interval: 300e6 });
  replay.ping(start + 10.78102, 'a1', '10.44.0.1', { size: 1410, pathMtuDiscovery: 'do' });
  replay.ping(start + 10.78961, 'a1', '10.44.0.1', { size: 1411, pathMtuDiscovery: 'do' });
  replay.ping(start + 10.811039, 'a1', '10.44.0.1', { size: 3000, pathMtuDiscovery: 'dont' });
  replay.ping(start + 10.821658, 'a1', '10.32.0.3');
  replay.ping(start + 10.82866, 'a1', '10.44.0.0');
  replay.ping(start + 10.835328, 'node1', '10.44.0.1');
  replay.at(start + 10.9088, () => {
    const socket = new UdpSocket(replay.namespace('b1'));
    for (let i = 0; i < 12; i++) {
      socket.sendTo(ip('10.32.0.2'), 9, 100, new RepeatingPayload(Uint8Array.of(0x41 + i)));
    }
  });
  replay.attach(start + 11.481906, 1, 'a3', '10.32.0.4/12', '32:5d:81:26:f1:a8');
  replay.at(start + 12, () => detachPod(replay.namespace('a3')));
  replay.attach(start + 12.142151, 1, 'a4', '10.32.0.4/12', '5e:07:6d:36:72:f7');
  replay.run(start + 20);

  it.each(['pod-a1', 'pod-b1', 'pod-b2', 'peer2-vethwe-bridge'])('%s', (name) => {
    const golden = goldenCapture(`two-plain/${name}`);
    expect(differences(golden, replay.frames(name), { window: 0.05 })).toEqual([]);
  });

  // the burst of step 11, and the probes two seconds after the pings of one instant
  const isBurst = (frame: CapturedFrame) =>
    [10.91, 12.85].some((time) => Math.abs(secondsOf(frame) - start - time) < 0.01);

  it('the underlay', () => {
    const golden = goldenCapture('two-plain/underlay-peer1-data').filter(
      (one) => isUdp(one) && !isBurst(one),
    );
    const candidate = replay.frames('underlay').filter((one) => isUdp(one) && !isBurst(one));
    expect(golden.length).toBeGreaterThan(20);
    expect(differences(golden, candidate, { window: 0.05 })).toEqual([]);
  });

  it('bursts, which the two put into other datagrams', () => {
    const golden = goldenCapture('two-plain/underlay-peer1-data').filter((one) => isUdp(one) && isBurst(one));
    const candidate = replay.frames('underlay').filter((one) => isUdp(one) && isBurst(one));
    expect(candidate.length).toBeLessThan(unbundled(candidate).length);
    expect(differences(unbundled(golden), unbundled(candidate), { unordered: true })).toEqual([]);
  });
});

describe('three peers in a chain', () => {
  const start = HOUR + 3 * MINUTE;
  const origin = start + 13;
  const replay = new Replay(origin, {
    nodes: 3,
    names: [0x021100000001, 0x021100000002, 0x021100000003],
    firstAddress: '192.168.79.31',
  });
  const { net } = replay;
  replay.at(start + 13.7236, () => net.connect(1, 2));
  replay.at(start + 15.2144, () => net.connect(3, 2));
  replay.at(start + 19.4, () => net.expose(1, '10.32.0.1/12'));
  replay.at(start + 19.5, () => net.expose(2, '10.40.0.0/12'));
  replay.at(start + 19.6, () => net.expose(3, '10.44.0.0/12'));
  replay.attach(start + 19.7, 1, 'x1', '10.32.0.2/12', '6a:c5:c6:91:43:23');
  replay.attach(start + 19.8, 2, 'x2', '10.40.0.1/12', '2e:c7:89:f7:b9:1c');
  replay.attach(start + 19.9, 3, 'x3', '10.44.0.1/12', '66:e1:4a:c5:8e:50');
  replay.watch(start + 22, 'underlay-peer1', 'node1');
  replay.watch(start + 22, 'underlay-peer2', 'node2');
  for (const name of ['x1', 'x2', 'x3']) replay.watch(start + 22, `pod-${name}`, name);
  const flush = (time: number, pod: string) => replay.at(time, () => replay.namespace(pod).flushNeighbours());
  const twice = { count: 2, interval: 400e6 };
  flush(start + 24.969, 'x1');
  replay.ping(start + 24.969808, 'x1', '10.44.0.1', twice);
  flush(start + 25.697, 'x3');
  replay.ping(start + 25.697659, 'x3', '10.32.0.2', twice);
  flush(start + 26.415, 'x1');
  replay.ping(start + 26.415654, 'x1', '10.40.0.1', twice);
  replay.ping(start + 27.129634, 'x1', '10.44.0.1', { size: 1410, pathMtuDiscovery: 'do' });
  replay.ping(start + 27.137128, 'x1', '10.44.0.1', { size: 1411, pathMtuDiscovery: 'do' });
  replay.run(start + 36);

  it.each(['pod-x1', 'pod-x2', 'pod-x3'])('%s', (name) => {
    const golden = goldenCapture(`three-chain/${name}`);
    expect(differences(golden, replay.frames(name), { window: 0.05 })).toEqual([]);
  });

  it.each(['underlay-peer1', 'underlay-peer2'])('%s', (name) => {
    const golden = goldenCapture(`three-chain/${name}`).filter(isUdp);
    expect(golden.length).toBeGreaterThan(20);
    expect(differences(golden, replay.frames(name).filter(isUdp), { window: 0.05 })).toEqual([]);
  });
});

describe('three peers, encrypted', () => {
  const start = HOUR + 2 * MINUTE;
  const replay = new Replay(start + 15, {
    nodes: 3,
    names: [0x7a000000000a, 0x7a000000000b, 0x7a000000000c],
    firstAddress: '192.168.78.21',
  });
  const { net } = replay;
  replay.at(start + 15.141, () => net.connectAll(new Uint8Array(32).fill(0x5a)));
  replay.at(start + 17.8, () => net.expose(1, '10.32.0.1/12'));
  replay.at(start + 17.9, () => net.expose(2, '10.44.0.0/12'));
  replay.at(start + 18, () => net.expose(3, '10.40.0.0/12'));
  replay.attach(start + 18.1, 1, 'p1', '10.32.0.2/12', '72:9a:32:37:28:88');
  replay.attach(start + 18.2, 2, 'p2', '10.44.0.1/12', 'e6:a6:ae:5b:94:cf');
  replay.attach(start + 18.3, 3, 'p3', '10.40.0.1/12', '66:32:a7:78:ed:df');
  replay.attach(start + 18.4, 1, 'q1', '10.32.0.3/12', 'c2:b1:17:a9:cf:15');
  replay.watch(start + 20, 'underlay-peer1-data', 'node1');
  replay.watch(start + 20, 'underlay-peer3-data', 'node3');
  for (const name of ['p1', 'p2', 'p3']) replay.watch(start + 20, `pod-${name}`, name);
  replay.at(start + 20, () => replay.namespace('p1').setSysctl('net.ipv4.route.mtu_expires', '0'));
  replay.ping(start + 24.237517, 'p1', '10.44.0.1', { count: 3, interval: 300e6 });
  replay.ping(start + 24.912909, 'p1', '10.44.0.1', { size: 1386, pathMtuDiscovery: 'do' });
  replay.ping(start + 24.950905, 'p1', '10.44.0.1', { size: 1387, pathMtuDiscovery: 'do' });
  replay.ping(start + 24.9855, 'p1', '10.44.0.1', { size: 3000, pathMtuDiscovery: 'dont' });
  replay.ping(start + 25.005271, 'p1', '10.32.0.3');
  replay.ping(start + 25.011851, 'p3', '10.32.0.2', { count: 2, interval: 300e6 });
  replay.ping(start + 26.258651, 'p1', '10.32.7.7', { wait: 1e9 });
  replay.run(start + 36);

  it.each(['pod-p1', 'pod-p2', 'pod-p3'])('%s', (name) => {
    const golden = goldenCapture(`three-encrypted/${name}`);
    expect(differences(golden, replay.frames(name), { window: 0.5 })).toEqual([]);
  });

  it.each(['underlay-peer1-data', 'underlay-peer3-data'])('%s: paths and lengths', (name) => {
    const golden = goldenCapture(`three-encrypted/${name}`).filter(isUdp);
    const candidate = replay.frames(name).filter(isUdp);
    expect(golden.length).toBeGreaterThan(20);
    const options = { window: 0.5, ignore: ['ip.payload', 'inner.*'] };
    expect(differences(golden, candidate, options)).toEqual([]);
  });
});

describe('a path that loses large packets silently', () => {
  const start = HOUR + 14 * MINUTE;
  const replay = new Replay(start, { nodes: 2, firstAddress: '192.168.96.11' });
  const { net } = replay;
  net.lan.netfilter.appendRule('filter', 'FORWARD', {
    matches: [{ match: 'length', first: 1401, last: 65_535 }],
    target: { target: 'DROP' },
  });
  const mtuAt = new Map<string, number>();
  const noteMtu = (time: string) =>
    replay.at(start + 0.5937 + Number(time), () => {
      const [connection] = net.nodes[0].connections.values();
      mtuAt.set(time, connection.attributes().get('mtu') as number);
    });
  replay.watch(start, 'underlay-peer1-start', 'node1');
  replay.at(start + 0.5937, () => net.connect(2, 1));
  for (const time of ['0.1', '12.6', '12.9']) noteMtu(time);
  replay.at(start + 30.2, () => net.expose(1, '10.32.0.1/12'));
  replay.at(start + 30.3, () => net.expose(2, '10.40.0.0/12'));
  replay.attach(start + 31.2, 1, 'a1', '10.32.0.2/12', 'de:3c:a7:9f:e6:f8');
  replay.attach(start + 31.3, 2, 'b1', '10.40.0.1/12', 'e6:b8:23:ad:fc:b7');
  replay.watch(start + 32, 'underlay-peer1-data', 'node1');
  for (const name of ['a1', 'b1']) replay.watch(start + 32, `pod-${name}`, name);
  replay.at(start + 34, () => replay.namespace('a1').setSysctl('net.ipv4.route.mtu_expires', '0'));
  replay.ping(start + 34.849639, 'a1', '10.40.0.1', { count: 3, interval: 300e6 });
  replay.ping(start + 35.575159, 'a1', '10.40.0.1', { size: 1310, pathMtuDiscovery: 'do' });
  replay.ping(start + 35.626377, 'a1', '10.40.0.1', { size: 1311, pathMtuDiscovery: 'do' });
  replay.ping(start + 35.705658, 'a1', '10.40.0.1', { size: 3000, pathMtuDiscovery: 'dont' });
  replay.run(start + 37);

  // the captures were not ended at the same time
  const isEarly = (frame: CapturedFrame) => secondsOf(frame) < start + 36.5;

  it.each(['pod-a1', 'pod-b1'])('%s', (name) => {
    const golden = goldenCapture(`mtu-blackhole/${name}`).filter(isEarly);
    expect(differences(golden, replay.frames(name).filter(isEarly), { window: 0.05 })).toEqual([]);
  });

  it('the underlay', () => {
    const golden = goldenCapture('mtu-blackhole/underlay-peer1-data').filter(isUdp);
    const candidate = replay.frames('underlay-peer1-data').filter((one) => isUdp(one) && isEarly(one));
    expect(differences(golden, candidate, { window: 0.05, ignore: ['inner.ip.payload'] })).toEqual([]);
  });

  it('the search for what gets through', () => {
    const isTest = (frame: CapturedFrame) =>
      isUdp(frame) && frame.bytes[31] === 1 && udpLength(frame) > 42 && isFromFirst(frame);
    const isFromFirst = ({ bytes }: CapturedFrame) => bytes[29] === 11;
    const tests = (frames: CapturedFrame[]) => frames.filter(isTest).map(udpLength);
    expect(tests(replay.frames('underlay-peer1-start'))).toEqual(
      tests(goldenCapture('mtu-blackhole/underlay-peer1-start')),
    );
    expect([...mtuAt]).toEqual([
      ['0.1', 1438],
      ['12.6', 1438],
      ['12.9', 1338],
    ]);
  });
});
