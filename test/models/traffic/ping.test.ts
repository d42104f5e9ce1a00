import { describe, expect, it } from 'vitest';
import { Ping, type PingOptions } from '../../../models/traffic/ping.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { FrameLog } from '../../support/frame-log.ts';
import {
  addGateway,
  ip,
  MILLISECOND,
  routerChain,
  SECOND,
  type TwoHosts,
  twoHosts,
} from '../../support/networks.ts';

/** Runs ping in a to its end and answers it with the times of its requests in seconds. */
function run(world: Pick<TwoHosts, 'network' | 'a'>, options: Partial<PingOptions>) {
  const { network, a } = world;
  const log = new FrameLog([a, 'eth0']);
  const ping = new Ping(a, { to: ip('10.0.0.2'), count: 3, ...options });
  ping.start(network.simulation.now);
  while (!ping.done && network.simulation.step());
  network.simulation.run({ until: network.simulation.now + 10 * SECOND });
  checkPacketConservation(network);
  const sent = log.matching(/echo request/, 'out').map((frame) => frame.time / SECOND);
  return { ping, sent, exit: ping.exit! };
}

describe('ping', () => {
  it('sends at once and then once a second, a timer late, and ends with the last answer', () => {
    const { sent, exit, ping } = run(twoHosts(), {});
    expect(exit.status).toBe(0);
    expect(ping.result).toEqual({ sent: 3, received: 3, errors: 0 });
    expect(sent[0]).toBeLessThan(0.001);
    for (const [i, time] of sent.slice(1).entries()) {
      expect(time - sent[i]).toBeGreaterThanOrEqual(1);
      expect(time - sent[i]).toBeLessThanOrEqual(1.037);
    }
  });

  it('prints a line per answer and what it measured', () => {
    const { exit } = run(twoHosts({ rate: Number.POSITIVE_INFINITY, delay: MILLISECOND }), { count: 2 });
    const lines = exit.stdout.split('\n');
    expect(lines[0]).toBe('PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.');
    // the first waits for ARP, which takes as long again
    expect(lines[1]).toBe('64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=4.00 ms');
    expect(lines[2]).toBe('64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=2.00 ms');
    expect(lines[4]).toBe('--- 10.0.0.2 ping statistics ---');
    expect(lines[5]).toMatch(/^2 packets transmitted, 2 received, 0% packet loss, time 10\d\dms$/);
    expect(lines[6]).toBe('rtt min/avg/max/mdev = 2.000/3.000/4.000/1.000 ms');
  });

  it('waits for answers as long as it is told, then counts them lost', () => {
    const world = twoHosts();
    world.b.setSysctl('net.ipv4.icmp_echo_ignore_all', '1');
    const { exit, ping } = run(world, { count: 1, wait: 2 * SECOND });
    expect(exit.status).toBe(1);
    expect(exit.stdout).toContain('1 packets transmitted, 0 received, 100% packet loss, time 0ms');
    expect(ping.roundTrips.count).toBe(0);
  });

  it('tells of errors and of there being no way', () => {
    const chain = routerChain(1);
    addGateway(chain.a, '0.0.0.0/0', '10.0.0.2');
    const unreachable = run(chain, { to: ip('99.0.0.1'), count: 1 });
    expect(unreachable.exit.stdout).toContain('From 10.0.0.2 icmp_seq=1 Destination Net Unreachable');
    expect(unreachable.exit.stdout).toContain('+1 errors, 100% packet loss');
    const expired = run(chain, { to: chain.far, count: 1, ttl: 1 });
    expect(expired.exit.stdout).toContain('From 10.0.0.2 icmp_seq=1 Time to live exceeded');
    const none = run(twoHosts(), { to: ip('99.0.0.1') });
    expect(none.exit).toMatchObject({ status: 2, stderr: 'ping: connect: Network is unreachable\n' });
  });

  it('with -M do is told what is too long', () => {
    const { exit } = run(twoHosts(), { size: 1473, count: 1, pathMtuDiscovery: 'do' });
    expect(exit.stderr).toContain('local error: message too long, mtu=1500');
    expect(exit.status).toBe(1);
  });

  it('can be interrupted, and says what it has until then', () => {
    const { network, a } = twoHosts();
    const ping = new Ping(a, { to: ip('10.0.0.2'), count: 0 });
    ping.start(0);
    network.simulation.run({ until: 4.5 * SECOND });
    ping.interrupt();
    expect(ping.exit!.stdout).toContain('5 packets transmitted, 5 received, 0% packet loss');
  });

  it('at short intervals is held up by the granularity of its timer', () => {
    const { sent } = run(twoHosts({ rate: 1e9, delay: 100 }), { count: 20, interval: 10 * MILLISECOND });
    expect(sent).toHaveLength(20);
    const mean = (sent[19] - sent[0]) / 19;
    expect(mean).toBeGreaterThanOrEqual(0.01);
    expect(mean).toBeLessThanOrEqual(0.0165);
  });
});
