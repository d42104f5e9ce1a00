import { describe, expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { DropReason } from '../../models/drop-reason.ts';
import { Network } from '../../models/netns/network.ts';
import { Ping } from '../../models/traffic/ping.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import { parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { Shell } from '../../shell/shell.ts';
import { decodeFrames } from '../golden/compare/decode.ts';
import { DEFAULT_OPTIONS } from '../golden/compare/options.ts';
import { summarise } from '../golden/compare/summary.ts';
import { FrameRecorder } from '../golden/frame-recorder.ts';

/** What the live oracle found to be otherwise on Linux, kept as tests that need no root. */

class World {
  readonly network = new Network(new Simulation(new WheelQueue()), 'findings');

  /** Lines of the form `NAMESPACE: COMMAND`, all of which succeed. */
  run(...lines: string[]): this {
    for (const line of lines) {
      const { status, stderr } = this.try(line);
      if (status !== 0) throw new Error(`${line}: ${stderr}`);
    }
    return this;
  }

  try(line: string) {
    const [, name, command] = /^(\w+): (.*)$/.exec(line)!;
    const namespace = this.network.namespace(name) ?? this.network.addNamespace(name);
    return new Shell(this.network, namespace).run(command);
  }

  record(name: string, dev: string): FrameRecorder {
    const recorder = new FrameRecorder(0);
    this.network.namespace(name)!.findInterface(dev)!.tap = recorder;
    return recorder;
  }

  ping(name: string, target: string, options: { size?: number } = {}) {
    const to = parseIpv4(target)!;
    const ping = new Ping(this.network.namespace(name)!, { to, count: 1, wait: 2e9, ...options });
    ping.start(this.network.simulation.now);
    while (!ping.done && this.network.simulation.step());
    return { ...ping.exit!, ...ping.result };
  }

  get now(): number {
    return this.network.simulation.now;
  }
}

/** a (10.0.0.1) and b (10.0.0.2) on one veth pair. */
function pair(): World {
  const world = new World();
  world.network.addNamespace('a');
  world.network.addNamespace('b');
  return world.run(
    'a: ip link add eth0 type veth peer name eth0 netns b',
    'a: ip addr add 10.0.0.1/24 dev eth0',
    'b: ip addr add 10.0.0.2/24 dev eth0',
    'a: ip link set eth0 up',
    'b: ip link set eth0 up',
  );
}

function lines(recorder: FrameRecorder): string[] {
  const frames = recorder.frames.map((frame) => ({ ...frame, time: BigInt(frame.time) }));
  return decodeFrames(frames, { ...DEFAULT_OPTIONS, sort: false }).map(({ fields }) => summarise(fields));
}

describe('addresses and routes', () => {
  it('a secondary has the scope of its subnet', () => {
    const { status, stderr } = pair().try('a: ip addr add 10.0.0.5/24 dev eth0 scope link');
    expect([status, stderr]).toEqual([2, 'Error: ipv4: Invalid scope value.\n']);
  });

  it('the last address of a subnet is a local and a broadcast one', () => {
    const world = pair().run('a: ip addr add 10.1.0.3/30 dev eth0');
    const { stdout } = world.try('a: ip route show table local 10.1.0.3');
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['local', 'broadcast', '']);
  });

  it('a gateway is reached by a route of narrower scope', () => {
    const world = pair();
    const refusal = 'Error: Nexthop has invalid gateway.\n';
    expect(world.try('a: ip route add 10.9.0.0/24 via 10.0.0.2 scope link').stderr).toBe(refusal);
    // a longer prefix of wide scope does not stand in the way
    world.run('a: ip route add 10.0.0.2/32 via 10.0.0.1', 'a: ip route add 10.9.0.0/24 via 10.0.0.2');
    expect(world.try('a: ip route add 10.8.0.0/24 dev eth0 onlink').stderr).toMatch('PERVASIVE and ONLINK');
  });

  it('the same way may be appended from another source', () => {
    const world = pair().run('a: ip route append 10.0.0.0/24 dev eth0');
    expect(world.try('a: ip route append 10.0.0.0/24 dev eth0').stderr).toMatch('File exists');
  });

  it("one's own address as a gateway means the link", () => {
    const world = pair().run('a: ip route add 10.9.0.0/24 via 10.0.0.1');
    const recorder = world.record('a', 'eth0');
    world.ping('a', '10.9.0.7');
    expect(lines(recorder)[0]).toContain('who-has 10.9.0.7');
  });

  it('until a rule is made, a longer prefix of table main hides a subnet on lo', () => {
    const world = pair().run(
      'b: ip link set lo up',
      'b: ip addr add 10.7.0.1/24 dev lo',
      'a: ip route add 10.7.0.0/24 via 10.0.0.2',
    );
    expect(world.ping('a', '10.7.0.9').received).toBe(1);
    world.run('b: ip route add 10.7.0.8/29 dev eth0');
    expect(world.ping('a', '10.7.0.9').received).toBe(0);
    world.run('b: ip rule add pref 100 table 77');
    expect(world.ping('a', '10.7.0.9').received).toBe(1);
  });

  it('a subnet on lo does not make its addresses martians', () => {
    const world = pair().run('b: ip link set lo up', 'b: ip addr add 10.0.0.50/24 dev lo');
    const recorder = world.record('a', 'eth0');
    world.ping('a', '10.0.0.2');
    expect(lines(recorder)[1]).toContain('ARP reply 10.0.0.2');
  });

  it('a rule about the source refuses a socket that connects', () => {
    const world = pair().run('a: ip rule add from 10.0.0.1 pref 100 unreachable');
    expect(world.ping('a', '10.0.0.2')).toMatchObject({
      status: 2,
      stderr: 'ping: connect: Network is unreachable\n',
    });
  });

  it('the MTU of a route is that of the packets', () => {
    const world = pair().run('a: ip route add 10.0.0.2 dev eth0 mtu 1000');
    const recorder = world.record('a', 'eth0');
    expect(world.ping('a', '10.0.0.2', { size: 1200 }).received).toBe(1);
    expect(lines(recorder).filter((line) => line.includes('10.0.0.1 > 10.0.0.2'))[0]).toContain('len 996 MF');
  });
});

describe('neighbours', () => {
  it('that are learnt of from a request to another host are stale to what waits for them, and are probed', () => {
    const world = pair().run('b: sysctl -qw net.ipv4.conf.all.arp_ignore=8');
    const socket = new UdpSocket(world.network.namespace('a')!);
    socket.sendTo(parseIpv4('10.0.0.2')!, 9, 1);
    world.run('a: sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=1');
    world.network.simulation.run({ until: world.now + 0.5e9 });
    expect(world.try('a: ip neigh').stdout).toContain('10.0.0.2 dev eth0 INCOMPLETE');
    new UdpSocket(world.network.namespace('b')!).sendTo(parseIpv4('10.0.0.77')!, 9, 1);
    world.network.simulation.run({ until: world.now + 0.5e9 });
    expect(world.try('a: ip neigh').stdout).toContain('10.0.0.2 dev eth0 lladdr');
    expect(world.try('a: ip neigh').stdout).toContain('DELAY');
    world.network.simulation.run({ until: world.now + 1e9 });
    expect(world.try('a: ip neigh').stdout).toContain('PROBE');
  });
});

describe('sockets', () => {
  it('do not broadcast unless they say so', () => {
    const world = pair();
    expect(world.ping('a', '10.0.0.255')).toMatchObject({ status: 2, sent: 0 });
    const socket = new UdpSocket(world.network.namespace('a')!);
    expect(socket.sendTo(parseIpv4('10.0.0.255')!, 9, 1)).toBe('EACCES');
    expect(socket.connect(parseIpv4('10.0.0.255')!, 9)).toBe('EACCES');
    socket.broadcast = true;
    expect(socket.sendTo(parseIpv4('10.0.0.255')!, 9, 1)).toBeNull();
  });

  it('do not send to everybody by a default route unless they broadcast, and then to no gateway', () => {
    const world = pair().run('a: ip route add default via 10.0.0.2');
    expect(world.ping('a', '255.255.255.255')).toMatchObject({ status: 2, sent: 0 });
    const socket = new UdpSocket(world.network.namespace('a')!);
    expect(socket.sendTo(parseIpv4('255.255.255.255')!, 9, 1)).toBe('EACCES');
    const recorder = world.record('a', 'eth0');
    socket.broadcast = true;
    expect(socket.sendTo(parseIpv4('255.255.255.255')!, 9, 1)).toBeNull();
    expect(lines(recorder)[0]).toMatch(/ > ff:ff:ff:ff:ff:ff IP 10\.0\.0\.1 > 255\.255\.255\.255 /);
  });

  it('leave DF clear with ip_no_pmtu_disc', () => {
    const world = pair().run('a: sysctl -qw net.ipv4.ip_no_pmtu_disc=1');
    const recorder = world.record('a', 'eth0');
    world.ping('a', '10.0.0.2');
    expect(lines(recorder).find((line) => line.includes('echo request'))).not.toContain('DF');
  });

  it('get the error of a first fragment before they send the second', () => {
    const world = pair().run('b: sysctl -qw net.ipv4.ip_forward=1', 'a: ip route add default via 10.0.0.2');
    world.ping('a', '10.0.0.2');
    const recorder = world.record('a', 'eth0');
    world.ping('a', '10.9.0.1', { size: 2000 });
    const kinds = lines(recorder).map((line) => /unreachable|off \d+/.exec(line)?.[0]);
    expect(kinds.slice(0, 3)).toEqual(['off 0', 'unreachable', 'off 1480']);
  });
});

describe('links', () => {
  it('get the index that is asked for', () => {
    const world = new World().run('a: ip link add br0 index 7 type bridge', 'a: ip link add br1 type bridge');
    expect(world.try('a: ip -o link').stdout.match(/^\d+: \w+/gm)).toEqual(['1: lo', '2: br1', '7: br0']);
    expect(world.try('a: ip link add br2 index 7 type bridge').stderr).toBe(
      'RTNETLINK answers: File exists\n',
    );
    expect(world.try('a: ip link set br0 index 9').status).toBe(255);
  });

  it('hear no IPv6 group where IPv6 does not fit', () => {
    const world = new World().run('a: ip link add br0 mtu 1279 type bridge', 'a: ip link set br0 up');
    expect(world.try('a: bridge fdb show dev br0').stdout).not.toContain('33:33');
    world.run('a: ip link set br0 mtu 1280');
    expect(world.try('a: bridge fdb show dev br0').stdout).toContain('33:33:00:00:00:01');
  });

  it('a bridge without carrier sends nothing', () => {
    const world = new World().run(
      'a: ip link add br0 type bridge',
      'a: ip link add p0 type veth peer name p1',
      'a: ip link set p0 master br0',
      'a: ip addr add 10.0.0.1/24 dev br0',
      'a: ip link set br0 up',
    );
    const recorder = world.record('a', 'br0');
    world.ping('a', '10.0.0.2');
    expect(recorder.frames).toEqual([]);
  });

  it('what a bridge passes up for an entry made local by hand is not for this host', () => {
    const world = new World();
    for (const name of ['a', 'sw', 'b']) world.network.addNamespace(name);
    world.run(
      'sw: ip link add br0 type bridge',
      'sw: ip link set br0 up',
      'sw: sysctl -qw net.ipv4.ip_forward=1',
      'sw: ip addr add 10.0.0.9/24 dev br0',
    );
    for (const [name, number] of Object.entries({ a: 1, b: 2 })) {
      world.run(
        `${name}: ip link add eth0 address 0a:58:0a:00:00:0${number} type veth peer name p${number} netns sw`,
        `${name}: ip addr add 10.0.0.${number}/24 dev eth0`,
        `sw: ip link set p${number} master br0 up`,
        `${name}: ip link set eth0 up`,
      );
    }
    expect(world.ping('a', '10.0.0.2')).toMatchObject({ received: 1 });
    world.run('sw: bridge fdb replace 0a:58:0a:00:00:02 dev p2 master local');
    const before = world.network.drops.total(DropReason.otherHost);
    expect(world.ping('a', '10.0.0.2')).toMatchObject({ received: 0 });
    expect(world.network.drops.total(DropReason.otherHost)).toBe(before + 1);
  });

  it("a host's own broadcast leaves by bridge ports that others' broadcasts do not leave by", () => {
    const world = pair().run(
      'a: ip link add br0 type bridge',
      'a: ip addr del 10.0.0.1/24 dev eth0',
      'a: ip addr add 10.0.0.1/24 dev br0',
      'a: ip link set eth0 master br0',
      'a: ip link set br0 up',
      'a: bridge link set dev eth0 bcast_flood off mcast_flood off flood off',
    );
    expect(world.ping('a', '10.0.0.2')).toMatchObject({ received: 1 });
  });
});
