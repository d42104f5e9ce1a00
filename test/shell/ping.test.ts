import { describe, expect, it } from 'vitest';
import { DropReason } from '../../models/drop-reason.ts';
import { shortOptions } from '../../shell/getopt.ts';
import { inetAton } from '../../shell/inet-aton.ts';
import { World } from './world.ts';

/** A pod behind a node; nobody else is there. */
function build(): World {
  const world = new World(['node', 'pod']);
  world.setUp(
    'node',
    'ip link add v1 type veth peer name eth0 netns pod',
    'ip addr add 10.0.0.1/24 dev v1',
    'ip link set v1 up',
  );
  world.setUp('pod', 'ip link set lo up', 'ip addr add 10.0.0.2/24 dev eth0', 'ip link set eth0 up');
  return world;
}

describe('ping in the shell', () => {
  it('prints as it goes, says how it stands on SIGQUIT, and ends on SIGINT', () => {
    const world = build();
    const printed: string[] = [];
    const job = world.shell('pod').start('ping 10.0.0.1; echo never', {
      stdout: { write: (text) => printed.push(text) },
    });
    world.advance(2.5);
    expect(printed.join('').split('\n')).toHaveLength(5);
    job.signal('SIGQUIT');
    expect(job.result).toBeUndefined();
    job.signal('SIGINT');
    expect(job.result).toMatchObject({ status: 0 });
    expect(job.result!.stderr).toMatch(/^\r3\/3 packets, 0% loss, min\/avg\/ewma\/max = [\d./]+ ms\n$/);
    expect(job.result!.stdout).toContain('3 packets transmitted, 3 received, 0% packet loss');
    expect(job.result!.stdout).not.toContain('never');
  });

  it('answers a wrong option with its usage, and names what it does not have', () => {
    const world = build();
    expect(world.run('pod', 'ping -Z 10.0.0.1')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^ping: invalid option -- 'Z'\n\nUsage\n/),
    });
    expect(world.run('pod', 'ping -c')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^ping: option requires an argument -- 'c'\n/),
    });
    expect(world.run('pod', 'ping -f 10.0.0.1').unsupported).toEqual(['-f (flood ping)']);
    expect(world.run('pod', 'ping -c 1 fe80::1').unsupported).toEqual(['IPv6']);
  });

  it('takes a full table of neighbours for a lack of buffers, and tries again for as long as -W says', () => {
    const world = build();
    world.setUp('pod', 'sysctl -qw net.ipv4.neigh.default.gc_thresh3=1');
    world.complete('pod', 'ping -c 1 10.0.0.1');
    const started = world.network.simulation.now;
    const { status, stdout, stderr } = world.complete('pod', 'ping -c 1 10.0.0.9');
    // twenty times half an interval are no less than the ten seconds that it waits for an answer
    expect((world.network.simulation.now - started) / 1e9).toBeCloseTo(29, 0);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'ping: sendmsg: No buffer space available\n' });
    expect(stdout).toContain('1 packets transmitted, 0 received, 100% packet loss');
    expect(world.network.drops.total(DropReason.neighbourTableFull)).toBe(20);
  });
});

describe('inet_aton', () => {
  it.each([
    ['10.0.0.1', 0x0a000001],
    ['127.1', 0x7f000001],
    ['10.0.258', 0x0a000102],
    ['0', 0],
    ['167772161', 0x0a000001],
    ['0x0a.010.0.1', 0x0a080001],
    ['10.0.0.256', undefined],
    ['256.1', undefined],
    ['08.0.0.1', undefined],
    ['1.2.3.4.5', undefined],
    ['', undefined],
    ['a', undefined],
  ])('reads %s', (text, address) => {
    expect(inetAton(text)).toBe(address);
  });
});

describe('getopt', () => {
  const fail = (message: string) => {
    throw new Error(message);
  };

  it('takes clusters, attached and separate values, and options behind operands', () => {
    expect(shortOptions(['-qnc3', 'a', '-W', '-1', '-', '--', '-x'], 'c:nqW:', fail)).toEqual({
      options: [
        { letter: 'q', value: '' },
        { letter: 'n', value: '' },
        { letter: 'c', value: '3' },
        { letter: 'W', value: '-1' },
      ],
      operands: ['a', '-', '-x'],
    });
  });

  it('refuses what it does not know', () => {
    expect(() => shortOptions(['-:'], 'c:', fail)).toThrow("invalid option -- ':'");
    expect(() => shortOptions(['-nx'], 'n', fail)).toThrow("invalid option -- 'x'");
    expect(() => shortOptions(['-c'], 'c:', fail)).toThrow("option requires an argument -- 'c'");
  });
});
