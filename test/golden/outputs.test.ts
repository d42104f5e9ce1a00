import { describe, expect, it } from 'vitest';
import { compareOutput } from './outputs.ts';
import { macsIn, maskJson, maskText } from './state-masks.ts';

const CONTEXT = { knownMacs: new Set(['0a:58:0a:f4:01:02']), reachabilityIsRandom: false };

describe('maskText', () => {
  it('masks indexes, namespace ids, timers and addresses drawn at random', () => {
    const link =
      '3: veth12@if2: <UP> mtu 1500\n' +
      '    link/ether 8e:97:a1:34:81:6f brd ff:ff:ff:ff:ff:ff link-netnsid 4\n' +
      '    bridge gc_timer  298.89 hello_timer    0.00 address 0a:58:0a:f4:01:02\n';
    expect(maskText('ip -d link', link, CONTEXT)).toBe(
      'N: veth12@ifN: <UP> mtu 1500\n' +
        '    link/ether random-mac brd ff:ff:ff:ff:ff:ff link-netnsid N\n' +
        '    bridge gc_timer T hello_timer T address 0a:58:0a:f4:01:02',
    );
  });

  it('sorts what the kernel prints in the order of a hash', () => {
    const neighbours = '10.0.0.3 dev eth0 FAILED \n10.0.0.2 dev eth0 lladdr 0a:58:0a:f4:01:02 STALE \n';
    const sorted = '10.0.0.2 dev eth0 lladdr 0a:58:0a:f4:01:02 STALE\n10.0.0.3 dev eth0 FAILED';
    expect(maskText('ip neigh', neighbours, CONTEXT)).toBe(sorted);
    const route = 'default via 10.0.0.3 \n10.0.0.0/8 dev eth0 \n';
    expect(maskText('ip route', route, CONTEXT)).toBe('default via 10.0.0.3\n10.0.0.0/8 dev eth0');
  });

  it('leaves what ping says, but not what it measures', () => {
    const ping =
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=62 time=0.214 ms\n' +
      '3 packets transmitted, 3 received, 0% packet loss, time 2050ms\n' +
      'rtt min/avg/max/mdev = 0.113/0.150/0.214/0.045 ms\n';
    expect(maskText('ping -c 3 10.0.0.2', ping, CONTEXT)).toBe(
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=62 time=T ms\n' +
        '3 packets transmitted, 3 received, 0% packet loss, time T ms\n' +
        'rtt T',
    );
  });

  it('takes REACHABLE for STALE only where chance decides', () => {
    const line = '10.0.0.2 dev eth0 STALE';
    expect(maskText('ip neigh', line, CONTEXT)).toBe(line);
    expect(maskText('ip neigh', line, { ...CONTEXT, reachabilityIsRandom: true })).toBe(
      maskText('ip neigh', line.replace('STALE', 'REACHABLE'), { ...CONTEXT, reachabilityIsRandom: true }),
    );
  });
});

describe('maskJson', () => {
  it('drops indexes and masks addresses at any depth', () => {
    const value = [{ ifindex: 3, address: '8e:97:a1:34:81:6f', linkinfo: { gc_timer: 2, mtu: 1500 } }];
    expect(maskJson(value, CONTEXT)).toEqual([{ address: 'random-mac', linkinfo: { mtu: 1500 } }]);
  });
});

describe('macsIn', () => {
  it('finds the addresses that commands set', () => {
    expect(macsIn(['ip link add a address 0a:58:0a:f4:01:02 type veth', 'ip route'])).toEqual(
      new Set(['0a:58:0a:f4:01:02']),
    );
  });
});

describe('compareOutput', () => {
  const pair = (command: string, output: string, stdout: string, format: 'text' | 'json' = 'text') => ({
    when: 'before',
    golden: { namespace: 'pod', command, output, format },
    candidate: { status: 0, stdout, stderr: '', unsupported: [] },
  });

  it('answers the first line that differs', () => {
    expect(compareOutput(pair('ip route', 'a\nb\nc', 'a\nb\nc\n'), CONTEXT)).toBeUndefined();
    expect(compareOutput(pair('ip route', 'a\nb\nc', 'a\nx\nc\n'), CONTEXT)).toEqual({
      where: 'pod before: ip route',
      golden: 'b',
      candidate: 'x',
    });
    expect(compareOutput(pair('ip route', 'a', 'a\nb\n'), CONTEXT)).toMatchObject({
      golden: undefined,
      candidate: 'b',
    });
  });

  it('compares JSON by value', () => {
    const json = '[{"dev":"eth0","dst":"a"},{"dst":"b"}]';
    const reordered = '[ {"dst":"b"}, {"dst":"a","dev":"eth0"} ]';
    expect(compareOutput(pair('ip -j neigh', json, reordered, 'json'), CONTEXT)).toBeUndefined();
    expect(compareOutput(pair('ip -j route', json, reordered, 'json'), CONTEXT)).toMatchObject({
      golden: '  "dev": "eth0",',
      candidate: '  "dst": "b"',
    });
  });

  it('says nothing of a command that the simulator does not have', () => {
    const missing = { status: 1, stdout: '', stderr: '', unsupported: ['netfilter'] };
    expect(compareOutput({ ...pair('iptables-save', 'x', ''), candidate: missing }, CONTEXT)).toBeUndefined();
  });

  it('takes a command that fails for a difference', () => {
    const failed = { status: 127, stdout: '', stderr: 'sh: 1: ip: not found\n', unsupported: [] };
    expect(compareOutput({ ...pair('ip route', '', ''), candidate: failed }, CONTEXT)).toEqual({
      where: 'pod before: ip route',
      golden: 'status 0',
      candidate: 'status 127: sh: 1: ip: not found',
    });
  });
});
