import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

describe('ipset', () => {
  it('shows what is left of the time of an entry, rounded down, and forgets it in the end', () => {
    const world = new World(['node']);
    world.setUp(
      'node',
      'ipset create a hash:ip timeout 10',
      'ipset add a 10.0.0.1',
      'ipset add a 10.0.0.2 timeout 3',
    );
    world.setUp('node', 'ipset add a 10.0.0.3 timeout 0');
    const members = () => world.run('node', 'ipset list a -s').stdout.split('Members:\n')[1];
    world.advance(0.4);
    expect(members()).toBe('10.0.0.1 timeout 9\n10.0.0.2 timeout 2\n10.0.0.3 timeout 0\n');
    world.advance(2.2);
    expect(members()).toBe('10.0.0.1 timeout 7\n10.0.0.2 timeout 1\n10.0.0.3 timeout 0\n');
    world.advance(1);
    expect(members()).toBe('10.0.0.1 timeout 6\n10.0.0.3 timeout 0\n');
    expect(world.run('node', 'ipset test a 10.0.0.2').status).toBe(1);
  });

  it('writes what it can read', () => {
    const world = new World(['node', 'pod']);
    world.setUp(
      'node',
      'ipset create a hash:ip netmask 24 counters',
      'ipset create b hash:net timeout 0 comment maxelem 100',
      'ipset create c hash:ip,port hashsize 64',
      'ipset create d list:set',
      'ipset add a 10.0.0.1-10.0.3.1',
      'ipset add b 10.0.0.0/9 nomatch comment "a b"',
      'ipset add c 10.0.0.1,udp:53-55',
      'ipset add c 10.0.0.1,icmp:3/1',
      'ipset add d a',
    );
    const text = world.run('node', 'ipset save').stdout;
    const script = text.trimEnd().replaceAll('\n', '\\n');
    world.setUp('pod', `echo '${script}' | ipset restore`);
    expect(world.run('pod', 'ipset save').stdout).toBe(text);
    expect(text).toContain('add b 10.0.0.0/9 timeout 0 comment "a b" nomatch\n');
  });

  it('says which kinds of sets it does not have', () => {
    const world = new World(['node']);
    expect(world.run('node', 'ipset create a bitmap:port range 0-10').unsupported).toEqual(['bitmap:port']);
    expect(world.run('node', 'ipset create a hash:ip family inet6').unsupported).toEqual(['IPv6']);
  });
});
