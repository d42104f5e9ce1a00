import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../models/drop-reason.ts';
import type { ConntrackMatch, RuleSpec } from '../../../models/netfilter/control-types.ts';
import { echo, Router, range, rule, tcp, udp } from './router.ts';

const SECOND = 1e9;
const [SYN, SYN_ACK, ACK, FIN, RST] = [0x02, 0x12, 0x10, 0x11, 0x04];

const states = (...any: NonNullable<ConntrackMatch['states']>['any']): RuleSpec => ({
  matches: [{ match: 'conntrack', states: { any } }],
});

/** A router that tracks and lets everything pass. */
function tracking(): Router {
  const router = new Router();
  router.control.appendRule('filter', 'FORWARD', rule('ACCEPT', states('NEW', 'ESTABLISHED', 'RELATED')));
  return router;
}

function only(router: Router) {
  const entries = router.control.conntrackEntries();
  expect(entries).toHaveLength(1);
  return entries[0];
}

const query = udp('10.1.0.2', 1000, '192.0.2.9', 53);
const answer = udp('192.0.2.9', 53, '10.1.0.2', 1000);

describe('connection tracking', () => {
  it('is done only while a rule asks for it', () => {
    const router = new Router();
    expect(router.namespace.hooks).toBeNull();
    router.control.appendRule('nat', 'POSTROUTING', rule('ACCEPT'));
    router.pass(query);
    expect(router.control.conntrackEntries()).toEqual([]);
    router.control.appendRule('filter', 'FORWARD', rule('DROP', states('INVALID')));
    router.pass(query);
    expect(only(router).protocol).toBe(17);
    router.control.flushChain('filter');
    router.control.flushChain('nat');
    expect(router.namespace.hooks).toBeNull();
  });

  it('keeps an unanswered UDP flow for 30 s, and a stream for 120 s', () => {
    const router = tracking();
    router.pass(query);
    expect(only(router)).toMatchObject({ timeout: 30, seenReply: false, assured: false });
    router.pass(answer, router.outside);
    expect(only(router)).toMatchObject({ timeout: 30, seenReply: true, assured: false });
    router.wait(3 * SECOND);
    router.pass(query);
    expect(only(router)).toMatchObject({ timeout: 120, assured: true });
    router.wait(120 * SECOND);
    expect(router.control.conntrackEntries()).toEqual([]);
  });

  it('follows a TCP connection from SYN to TIME_WAIT', () => {
    const router = tracking();
    const steps: [flags: number, fromInside: boolean, state: string, timeout: number][] = [
      [SYN, true, 'SYN_SENT', 120],
      [SYN_ACK, false, 'SYN_RECV', 60],
      [ACK, true, 'ESTABLISHED', 432_000],
      [FIN, true, 'FIN_WAIT', 120],
      [ACK, false, 'CLOSE_WAIT', 60],
      [FIN, false, 'LAST_ACK', 30],
      [ACK, true, 'TIME_WAIT', 120],
    ];
    let sent = { true: 0, false: 5000 };
    for (const [flags, fromInside, state, timeout] of steps) {
      const from = fromInside ? router.inside : router.outside;
      const header = fromInside
        ? tcp('10.1.0.2', 1000, '192.0.2.9', 80, flags)
        : tcp('192.0.2.9', 80, '10.1.0.2', 1000, flags);
      const packet = router.packet(header);
      packet.tcp!.sequence = sent[`${fromInside}`];
      packet.tcp!.acknowledgement = flags === SYN ? 0 : sent[`${!fromInside}`];
      const length = flags === ACK ? 0 : 1;
      sent = { ...sent, [`${fromInside}`]: sent[`${fromInside}`] + length };
      expect(router.release(router.forward(packet, from))).not.toBe('dropped');
      expect(only(router)).toMatchObject({ state, timeout });
    }
    expect(only(router)).toMatchObject({ assured: true, seenReply: true });
  });

  it('forgets a connection that was refused at once', () => {
    const router = tracking();
    router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80, SYN));
    router.pass(tcp('192.0.2.9', 80, '10.1.0.2', 1000, RST | ACK), router.outside);
    expect(router.control.conntrackEntries()).toEqual([]);
  });

  it('calls a segment outside of the window, an answer to nothing and nonsense flags invalid', () => {
    const router = tracking();
    router.control.insertRule('filter', 'FORWARD', rule('DROP', states('INVALID')));
    expect(router.pass(echo('192.0.2.9', 7, '10.1.0.2', 0), router.outside)).toBe('dropped');
    expect(router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80, SYN_ACK))).toBe('dropped');
    expect(router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80, SYN | FIN))).toBe('dropped');
    router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80, SYN));
    const stray = router.packet(tcp('192.0.2.9', 80, '10.1.0.2', 1000, SYN_ACK));
    stray.tcp!.acknowledgement = 99_999;
    expect(router.release(router.forward(stray, router.outside))).toBe('dropped');
    expect(router.control.conntrackStatistics().invalid).toBe(4);
  });

  it('is left out by NOTRACK', () => {
    const router = tracking();
    router.control.appendRule(
      'raw',
      'PREROUTING',
      rule({ target: 'CT', notrack: true }, { protocol: { number: 17 } }),
    );
    router.control.insertRule('filter', 'FORWARD', rule('DROP', states('UNTRACKED')));
    expect(router.pass(query)).toBe('dropped');
    expect(router.control.conntrackEntries()).toEqual([]);
    expect(router.pass(echo('10.1.0.2', 7, '192.0.2.9'))).not.toBe('dropped');
  });

  it('drops what opens one connection too many, sacrificing those that were never answered', () => {
    const router = tracking();
    router.namespace.setSysctl('net.netfilter.nf_conntrack_max', '2');
    for (const port of [1, 2]) {
      router.pass(udp('10.1.0.2', port, '192.0.2.9', 53));
      router.pass(udp('192.0.2.9', 53, '10.1.0.2', port), router.outside);
    }
    router.wait(3 * SECOND);
    for (const port of [1, 2]) router.pass(udp('10.1.0.2', port, '192.0.2.9', 53));
    expect(router.control.conntrackEntries().every(({ assured }) => assured)).toBe(true);
    expect(router.pass(udp('10.1.0.2', 3, '192.0.2.9', 53))).toBe('dropped');
    expect(router.control.conntrackStatistics()).toMatchObject({ entries: 2, drop: 1 });
    expect(router.network.drops.total(DropReason.conntrackFull)).toBe(1);
    router.namespace.setSysctl('net.netfilter.nf_conntrack_max', '3');
    expect(router.pass(udp('10.1.0.2', 3, '192.0.2.9', 53))).not.toBe('dropped');
    expect(router.pass(udp('10.1.0.2', 4, '192.0.2.9', 53))).not.toBe('dropped');
    expect(router.control.conntrackStatistics()).toMatchObject({ entries: 3, earlyDrop: 1 });
  });

  it('obeys its sysctls', () => {
    const router = tracking();
    const { namespace } = router;
    namespace.setSysctl('net.netfilter.nf_conntrack_udp_timeout', '5');
    namespace.setSysctl('net.netfilter.nf_conntrack_acct', '1');
    namespace.setSysctl('net.netfilter.nf_conntrack_tcp_loose', '0');
    router.pass(query);
    expect(only(router)).toMatchObject({ timeout: 5, original: { packets: 1, bytes: 28 } });
    router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80, ACK));
    expect(only(router).protocol).toBe(17);
    expect(namespace.sysctl('net.netfilter.nf_conntrack_count')).toBe('1');
  });
});

describe('masquerading', () => {
  it('draws another port when the one of the sender is taken, and keeps privileged ones privileged', () => {
    const router = new Router();
    router.control.appendRule('nat', 'POSTROUTING', rule({ target: 'MASQUERADE' }));
    expect(router.pass(udp('10.1.0.2', 5000, '192.0.2.9', 7))).toBe('192.0.2.1:5000 > 192.0.2.9:7');
    const other = router.pass(udp('10.1.0.3', 5000, '192.0.2.9', 7));
    const port = Number(/:(\d+) >/.exec(other)![1]);
    expect(port).toBeGreaterThanOrEqual(1024);
    expect(port).not.toBe(5000);
    router.pass(udp('10.1.0.2', 700, '192.0.2.9', 7));
    const low = Number(/:(\d+) >/.exec(router.pass(udp('10.1.0.3', 700, '192.0.2.9', 7)))![1]);
    expect(low).toBeGreaterThanOrEqual(600);
    expect(low).toBeLessThan(1024);
    // to another destination the port is free, but the source keeps the mapping that it has
    expect(router.pass(udp('10.1.0.3', 5000, '192.0.2.8', 7))).toBe(`192.0.2.1:${port} > 192.0.2.8:7`);
    expect(router.pass(udp('10.1.0.4', 5000, '192.0.2.8', 7))).toBe('192.0.2.1:5000 > 192.0.2.8:7');
  });

  it('is forgotten when its interface goes down or loses the address', () => {
    const router = new Router();
    router.control.appendRule('nat', 'POSTROUTING', rule({ target: 'MASQUERADE' }));
    router.pass(query);
    router.namespace.setLinkUp('inside', false);
    expect(router.control.conntrackEntries()).toHaveLength(1);
    router.namespace.setLinkUp('outside', false);
    expect(router.control.conntrackEntries()).toEqual([]);
  });

  it('drops what finds all ports of its range taken', () => {
    const router = new Router();
    const ports = { first: 4000, last: 4001 };
    router.control.appendRule(
      'nat',
      'POSTROUTING',
      rule({ target: 'SNAT', addresses: range('192.0.2.7'), ports }, { protocol: { number: 17 } }),
    );
    const sent = [1, 2, 3].map((port) => router.pass(udp('10.1.0.2', port, '192.0.2.9', 7)));
    expect(sent.slice(0, 2).sort()).toEqual(['192.0.2.7:4000 > 192.0.2.9:7', '192.0.2.7:4001 > 192.0.2.9:7']);
    expect(sent[2]).toBe('dropped');
    expect(router.control.conntrackStatistics().insertFailed).toBe(1);
  });
});
