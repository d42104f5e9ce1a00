import { describe, expect, it } from 'vitest';
import { World } from '../../../shell/world.ts';

function host(thresholds: readonly [number, number, number]): World {
  const world = new World(['node', 'pod']);
  for (const line of [
    'ip link add v0 type veth peer name v1',
    'ip link set v0 up',
    'ip link set v1 up',
    'ip addr add 10.0.0.1/16 dev v0',
    ...thresholds.map((value, i) => `sysctl -qw net.ipv4.neigh.default.gc_thresh${i + 1}=${value}`),
  ]) {
    expect(world.run('node', line).stderr).toBe('');
  }
  return world;
}

const add = (world: World, i: number, state: string) =>
  world.run('node', `ip neigh add 10.0.1.${i} lladdr 02:00:00:00:01:0${i} nud ${state} dev v0`);

describe('the table of neighbours', () => {
  it('takes no more than gc_thresh3 entries, permanent ones aside', () => {
    const world = host([0, 2, 3]);
    for (let i = 1; i <= 3; i++) expect(add(world, i, 'reachable').status).toBe(0);
    expect(add(world, 4, 'reachable').stderr).toBe('RTNETLINK answers: No buffer space available\n');
    expect(add(world, 5, 'permanent').status).toBe(0);
    expect(world.run('node', 'ip neigh').stdout.split('\n').length).toBe(5);
  });

  it('makes room by what has been stale for five seconds', () => {
    const world = host([0, 2, 3]);
    for (let i = 1; i <= 3; i++) add(world, i, 'stale');
    world.advance(6);
    expect(add(world, 4, 'stale').status).toBe(0);
    expect(world.run('node', 'ip neigh').stdout).not.toContain('10.0.1.1 ');
  });

  it('forgets what nobody used for gc_stale_time, from gc_thresh1 on', () => {
    const world = host([2, 50, 60]);
    add(world, 1, 'stale');
    world.advance(200);
    expect(world.run('node', 'ip neigh').stdout).toContain('10.0.1.1 ');
    add(world, 2, 'stale');
    world.advance(100);
    // with the first one gone there are too few to collect
    expect(world.run('node', 'ip neigh').stdout).toMatch(/^10\.0\.1\.2 .*\n$/);
  });
});
