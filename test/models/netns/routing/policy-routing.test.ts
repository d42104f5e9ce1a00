import { describe, expect, it } from 'vitest';
import { World } from '../../../shell/world.ts';

/** A host on two subnets with a route of two next hops; what it should answer was recorded on Linux 6.18. */
function host(): World {
  const world = new World(['node', 'pod']);
  for (const line of [
    'ip link add v1 type veth peer name v2',
    'ip link set v1 up',
    'ip link set v2 up',
    'ip addr add 10.1.0.1/24 dev v1',
    'ip link add v3 type veth peer name v4',
    'ip link set v3 up',
    'ip link set v4 up',
    'ip addr add 10.2.0.1/24 dev v3',
    'ip link set lo up',
  ]) {
    expect(world.run('node', line).stderr).toBe('');
  }
  return world;
}

function way(world: World, question: string): string {
  return world.run('node', `ip route get ${question}`).stdout.split('\n')[0];
}

describe('several next hops', () => {
  it('are chosen by the hash of the kernel, given its seed', () => {
    const world = host();
    world.run('node', 'sysctl -qw net.ipv4.fib_multipath_hash_seed=12345');
    world.run('node', 'ip route add 10.9.0.0/16 nexthop via 10.1.0.2 weight 1 nexthop via 10.2.0.2 weight 3');
    const first = [...Array(24).keys()]
      .map((i) => i + 1)
      .filter((i) => way(world, `10.9.0.${i}`).includes('via 10.1.0.2'));
    expect(first).toEqual([8, 9, 12, 13, 23]);
    // a source address of one of the interfaces decides by itself
    for (let i = 1; i <= 8; i++) expect(way(world, `10.9.0.${i} from 10.1.0.1`)).toContain('dev v1');
    world.run('node', 'sysctl -qw net.ipv4.fib_multipath_hash_policy=1');
    const ports = [...Array(12).keys()]
      .map((i) => i + 1)
      .filter((i) => way(world, `10.9.0.1 ipproto udp sport 100${i} dport 53`).includes('dev v1'));
    expect(ports).toEqual([6, 9]);
  });
});

describe('rules', () => {
  it('choose the table by mark, ports and source', () => {
    const world = host();
    for (const line of [
      'ip route add default via 10.1.0.2',
      'ip route add default via 10.2.0.2 table 100',
      'ip rule add fwmark 0x10/0xf0 table 100',
      'ip rule add ipproto udp dport 50-60 table 100',
      'ip rule add from 10.2.0.1 table 100',
      'ip rule add to 9.9.9.9 prohibit',
      'ip rule add to 9.9.9.8 unreachable',
      'ip rule add to 9.9.9.7 blackhole',
    ]) {
      expect(world.run('node', line).stderr).toBe('');
    }
    expect(way(world, '8.8.8.8')).toContain('via 10.1.0.2');
    expect(way(world, '8.8.8.8 mark 0x1f')).toContain('via 10.2.0.2');
    expect(way(world, '8.8.8.8 mark 0x2f')).toContain('via 10.1.0.2');
    expect(way(world, '8.8.8.8 ipproto udp dport 53')).toContain('via 10.2.0.2');
    expect(way(world, '8.8.8.8 from 10.2.0.1')).toContain('via 10.2.0.2');
    expect(world.run('node', 'ip route get 9.9.9.9').stderr).toBe('RTNETLINK answers: Permission denied\n');
    expect(world.run('node', 'ip route get 9.9.9.8').stderr).toBe(
      'RTNETLINK answers: Network is unreachable\n',
    );
    expect(world.run('node', 'ip route get 9.9.9.7').stderr).toBe('RTNETLINK answers: Invalid argument\n');
  });

  it('can pass over answers that are too general, and jump', () => {
    const world = host();
    for (const line of [
      'ip route add default via 10.1.0.2',
      'ip route add default via 10.2.0.2 table 100',
      'ip rule add pref 10 goto 30',
      'ip rule add pref 20 to 8.8.8.8 blackhole',
      'ip rule add pref 30 lookup main suppress_prefixlength 0',
      'ip rule add pref 40 lookup 100',
    ]) {
      expect(world.run('node', line).stderr).toBe('');
    }
    expect(way(world, '8.8.8.8')).toContain('via 10.2.0.2');
    expect(way(world, '10.1.0.7')).toContain('dev v1');
  });
});
