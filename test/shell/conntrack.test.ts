import { describe, expect, it } from 'vitest';
import type { ConntrackView } from '../../models/netfilter/control-types.ts';
import { Ping } from '../../models/traffic/ping.ts';
import { UdpClient } from '../../models/traffic/udp-client.ts';
import { type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { conntrackFile, formatFlow } from '../../shell/commands/conntrack/format.ts';
import { World } from './world.ts';

function ip(text: string): Ipv4Address {
  return parseIpv4(text)!;
}

const VERSION = 'conntrack v1.4.7 (conntrack-tools)';
const COUNTERS = { packets: 0, bytes: 0 };

const WEB: ConntrackView = {
  id: 7,
  protocol: 6,
  state: 'TIME_WAIT',
  timeout: 106,
  original: {
    ...COUNTERS,
    source: ip('10.244.1.2'),
    destination: ip('10.96.0.10'),
    sourcePort: 20002,
    destinationPort: 80,
  },
  reply: {
    ...COUNTERS,
    source: ip('10.244.2.2'),
    destination: ip('10.244.1.2'),
    sourcePort: 8080,
    destinationPort: 20002,
  },
  seenReply: true,
  assured: true,
  sourceNat: false,
  destinationNat: true,
  mark: 0,
  zone: 0,
};

const UNANSWERED_PING: ConntrackView = {
  id: 8,
  protocol: 1,
  timeout: 19,
  original: {
    ...COUNTERS,
    source: ip('10.244.1.2'),
    destination: ip('10.96.0.10'),
    icmp: { type: 8, code: 0, id: 17181 },
  },
  reply: {
    ...COUNTERS,
    source: ip('10.96.0.10'),
    destination: ip('192.168.1.11'),
    icmp: { type: 0, code: 0, id: 17181 },
  },
  seenReply: false,
  assured: false,
  sourceNat: true,
  destinationNat: false,
  mark: 0,
  zone: 0,
};

describe('a line of conntrack -L', () => {
  it('is spaced as conntrack-tools space it', () => {
    expect(formatFlow(WEB, { extended: false })).toBe(
      'tcp      6 106 TIME_WAIT src=10.244.1.2 dst=10.96.0.10 sport=20002 dport=80 ' +
        'src=10.244.2.2 dst=10.244.1.2 sport=8080 dport=20002 [ASSURED] mark=0 use=1',
    );
    expect(formatFlow(UNANSWERED_PING, { extended: true, id: true })).toBe(
      'ipv4     2 icmp     1 19 src=10.244.1.2 dst=10.96.0.10 type=8 code=0 id=17181 [UNREPLIED] ' +
        'src=10.96.0.10 dst=192.168.1.11 type=0 code=0 id=17181 mark=0 use=1 id=8',
    );
  });

  it('has a zone and another use count in the file of the kernel', () => {
    expect(conntrackFile([WEB])).toBe(
      'ipv4     2 tcp      6 106 TIME_WAIT src=10.244.1.2 dst=10.96.0.10 sport=20002 dport=80 ' +
        'src=10.244.2.2 dst=10.244.1.2 sport=8080 dport=20002 [ASSURED] mark=0 zone=0 use=2\n',
    );
  });
});

/** A node that has pinged itself and sent a datagram to an address that it translates: as it was recorded. */
function build(): World {
  const world = new World(['node']);
  world.setUp(
    'node',
    'ip link set lo up',
    'iptables -t nat -A OUTPUT -p udp -d 127.0.0.9 -j DNAT --to-destination 127.0.0.1:5353',
    'iptables -A OUTPUT -p udp -j CONNMARK --set-mark 7',
  );
  const node = world.network.namespace('node')!;
  new UdpClient(node, { to: ip('127.0.0.9'), port: 53, sourcePort: 7000, sizes: [1] }).start(0);
  new Ping(node, { to: ip('127.0.0.1'), count: 1 }).start(0);
  world.advance(0.5);
  return world;
}

const DATAGRAM =
  'udp      17 29 src=127.0.0.1 dst=127.0.0.9 sport=7000 dport=53 [UNREPLIED] ' +
  'src=127.0.0.1 dst=127.0.0.1 sport=5353 dport=7000 mark=7 use=1\n';
const PING =
  /^icmp {5}1 29 src=127\.0\.0\.1 dst=127\.0\.0\.1 type=8 code=0 id=(\d+) src=127\.0\.0\.1 dst=127\.0\.0\.1 type=0 code=0 id=\1 mark=0 use=1$/m;

describe('conntrack', () => {
  it('lists what was tracked, on two streams', () => {
    const { status, stdout, stderr } = build().run('node', 'conntrack -L');
    expect(stdout).toContain(DATAGRAM);
    expect(stdout).toMatch(PING);
    expect({ status, stderr, lines: stdout.split('\n').length }).toEqual({
      status: 0,
      stderr: `${VERSION}: 2 flow entries have been shown.\n`,
      lines: 3,
    });
  });

  it.each([
    ['-p udp', true],
    ['-p icmp', false],
    ['-p 17 --dport 53 --sport 7000', true],
    ['-p udp --dport 54', false],
    ['-s 127.0.0.0/8 -d 127.0.0.9', true],
    ['-d 127.0.0.8', false],
    ['--reply-src 127.0.0.1 -p udp --reply-port-src 5353', true],
    ['-m 7', true],
    ['--mark 0x17/0xf', true],
    ['-m 8', false],
    ['-u UNREPLIED', true],
    ['-u SEEN_REPLY', false],
    ['-g', true],
    ['-n', false],
    ['-j', true],
    ['-f ipv6', false],
  ])('selects by %s', (options, shown) => {
    const world = build();
    expect(world.run('node', `conntrack -L ${options}`).stdout.includes(DATAGRAM)).toBe(shown);
    const before = Number(world.run('node', 'conntrack -C').stdout);
    const { status, stdout } = world.run('node', `conntrack -D ${options}`);
    expect(stdout.includes(DATAGRAM)).toBe(shown);
    const deleted = stdout.split('\n').length - 1;
    expect(status).toBe(deleted === 0 ? 1 : 0);
    expect(world.run('node', 'conntrack -C').stdout).toBe(`${before - deleted}\n`);
  });

  it('empties the table', () => {
    const world = build();
    expect(world.run('node', 'conntrack -F').stderr).toBe(
      `${VERSION}: connection tracking table has been emptied.\n`,
    );
    expect(world.run('node', 'conntrack -C; cat /proc/net/nf_conntrack').stdout).toBe('0\n');
  });

  it('shows the kernel its file', () => {
    expect(build().run('node', 'cat /proc/net/nf_conntrack').stdout).toContain(
      `ipv4     2 ${DATAGRAM.replace('use=1', 'zone=0 use=2')}`,
    );
  });
});
