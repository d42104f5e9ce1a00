import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { UdpSocket } from '../../models/transport/udp.ts';
import { parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { World } from './world.ts';

describe('the shell', () => {
  const world = new World(['node', 'pod']);

  it('knows its environment', () => {
    const shell = world.shell('node', {
      environment: new Map([
        ['HOME', '/root'],
        ['TWO', 'a  b'],
      ]),
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a parameter of sh
    expect(shell.run('echo $HOME ${HOME}x "$HOME" \'$HOME\' $none end').stdout).toBe(
      '/root /rootx /root $HOME end\n',
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a parameter of sh
    expect(shell.run('echo $TWO "$TWO" x${TWO}y').stdout).toBe('a b a  b xa by\n');
  });

  it.each([
    ['for i in 1 2; do echo $i; done', 'the compound command "for"'],
    ['(echo a)', 'a subshell or function'],
    ['echo a &', 'a background job'],
    ['X=1 echo a', 'a variable assignment'],
    ['echo $(ip link)', 'command substitution'],
    ['cat <<END', 'a here-document'],
    ['nft list ruleset', 'the language of nft'],
    ['iptables -A INPUT -m owner --uid-owner 0 -j ACCEPT', '-m owner'],
    ['tc qdisc add dev eth0 root handle 1: htb default 1', 'tc qdisc htb'],
    ['ip link add vxlan5 type vxlan id 5 dstport 4789 gbp', '"gbp"'],
    ['ip link add gre1 type gre', 'gre'],
    ['ip addr add fd00::1/64 dev lo', 'IPv6'],
    ['ip monitor', '"ip monitor"'],
    ['true; ip xfrm || bridge mdb', '"ip xfrm"'],
  ])('says what it does not have: %s', (line, mechanism) => {
    const result = world.run('node', line);
    expect(result.status).toBe(1);
    expect(result.unsupported[0]).toBe(mechanism);
    expect(result.stderr).toContain(`${mechanism} is not supported yet\n`);
  });

  it('resolves names of the hosts table in arp and netstat', () => {
    world.setUp('node', 'ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 netns pod');
    world.setUp(
      'node',
      'ip addr add 10.0.0.1/24 dev eth0',
      'ip link set eth0 up',
      'ip -n pod link set eth0 up',
    );
    world.setUp(
      'node',
      'ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0',
      'ip route add default via 10.0.0.2',
    );
    const shell = world.shell('node', { hosts: new Map([['node2', parseIpv4('10.0.0.2')!]]) });
    const heading = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n';
    expect(shell.run('arp').stdout).toBe(
      `${heading}node2                    ether   02:00:00:00:00:02   CM                    eth0\n`,
    );
    expect(shell.run('arp node2').stdout).toBe(shell.run('arp').stdout);
    expect(shell.run('arp -a').stdout).toBe('node2 (10.0.0.2) at 02:00:00:00:00:02 [ether] PERM on eth0\n');
    expect(shell.run('arp -n').stdout).toContain('\n10.0.0.2  ');
    expect(shell.run('netstat -r').stdout).toContain('\ndefault         10.0.0.2        0.0.0.0         UG ');
    expect(world.run('node', 'arp node2')).toMatchObject({
      status: 255,
      stderr: 'node2: Host name lookup failure\n',
    });
  });

  it('lists UDP sockets', () => {
    const pod = world.network.namespace('pod')!;
    world.setUp('pod', 'ip link set lo up');
    const heading = 'Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n';
    const server = new UdpSocket(pod);
    expect(server.bind(0, 7)).toBeNull();
    const client = new UdpSocket(pod);
    expect(client.bind(0, 20001)).toBeNull();
    expect(client.connect(parseIpv4('127.0.0.1')!, 7)).toBeNull();
    expect(world.run('pod', 'netstat -nlu').stdout).toBe(
      `Active Internet connections (only servers)\n${heading}` +
        'udp        0      0 0.0.0.0:7               0.0.0.0:*                          \n',
    );
    expect(world.run('pod', 'netstat -nu').stdout).toBe(
      `Active Internet connections (w/o servers)\n${heading}` +
        'udp        0      0 127.0.0.1:20001         127.0.0.1:7             ESTABLISHED\n',
    );
    expect(world.run('pod', 'netstat -ntl').stdout).toBe(
      `Active Internet connections (only servers)\n${heading}`,
    );
  });
});

/** Words that take the parsers of ip, bridge and sh everywhere. */
const words = fc.oneof(
  fc.constantFrom(
    ...'ip bridge arp netstat sysctl route cat echo -n -j -s -d -br -o -4 -p pod node link addr route'.split(
      ' ',
    ),
    ...'neigh netns rule add del set show get flush replace change append exec fdb'.split(' '),
    ...'dev via nexthop weight'.split(' '),
    ...'type veth bridge peer name address mtu up down master nomaster brd + label scope table all'.split(
      ' ',
    ),
    ...'metric proto src onlink blackhole default lladdr nud stale permanent hairpin on off self'.split(' '),
    ...'lo eth0 br0 10.0.0.1/24 10.0.0.2 10.2.0.0/16 02:00:00:00:00:05 0 1 -1 65536'.split(' '),
    ...['|', '&&', '||', ';', '>', '/dev/null', '2>&1', '"', "'", '$?', '!', '__proto__', 'constructor'],
  ),
  fc.string({ maxLength: 8 }),
);

describe('whatever is typed', () => {
  test.prop([fc.array(fc.array(words, { maxLength: 10 }), { maxLength: 8 })], { numRuns: 400 })(
    'gets an answer with an exit status, and JSON is JSON',
    (lines) => {
      const world = new World(['node', 'pod']);
      world.setUp(
        'node',
        'ip link add eth0 type veth peer name eth0 netns pod',
        'ip addr add 10.0.0.1/24 dev eth0',
      );
      for (const line of lines) {
        const { status } = world.run('node', line.join(' '));
        expect(status).toBeGreaterThanOrEqual(0);
        expect(status).toBeLessThanOrEqual(255);
      }
      for (const listing of ['ip -j addr', 'ip -j -d link', 'ip -j route show table all', 'ip -j neigh']) {
        const { status, stdout } = world.run('node', listing);
        if (status === 0) expect(() => JSON.parse(stdout)).not.toThrow();
      }
    },
  );
});
