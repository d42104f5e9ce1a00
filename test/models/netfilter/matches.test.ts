import { describe, expect, it } from 'vitest';
import type { MatchSpec } from '../../../models/netfilter/control-types.ts';
import { ip } from '../../support/networks.ts';
import { Router, rule, tcp, udp } from './router.ts';

const SECOND = 1e9;
const packet = udp('10.1.0.2', 1000, '192.0.2.9', 53);

/** A router that drops what matches. */
function dropping(...matches: MatchSpec[]): Router {
  const router = new Router();
  router.control.appendRule('filter', 'FORWARD', rule('DROP', { matches }));
  return router;
}

function hits(router: Router, times: number): boolean[] {
  return Array.from({ length: times }, () => router.pass(packet) === 'dropped');
}

describe('matches', () => {
  it('statistic nth counts packets', () => {
    const router = dropping({ match: 'statistic', mode: 'nth', every: 3, packet: 0 });
    expect(hits(router, 6)).toEqual([true, false, false, true, false, false]);
    const second = dropping({ match: 'statistic', mode: 'nth', every: 3, packet: 1 });
    expect(hits(second, 6)).toEqual([false, true, false, false, true, false]);
  });

  it('statistic random draws from the seed', () => {
    const match: MatchSpec = { match: 'statistic', mode: 'random', probability: 2 ** 30 };
    const first = hits(dropping(match), 400);
    expect(first.filter(Boolean).length).toBeGreaterThan(150);
    expect(first.filter(Boolean).length).toBeLessThan(250);
    expect(hits(dropping(match), 400)).toEqual(first);
    expect(hits(dropping({ ...match, probability: 2 ** 31 }), 50)).not.toContain(false);
    expect(hits(dropping({ ...match, probability: 0 }), 50)).not.toContain(true);
  });

  it('limit lets a burst through, then its rate', () => {
    const router = dropping({ match: 'limit', average: 10_000, burst: 3 });
    expect(hits(router, 5)).toEqual([true, true, true, false, false]);
    router.wait(SECOND);
    expect(hits(router, 2)).toEqual([true, false]);
    router.wait(100 * SECOND);
    expect(hits(router, 4)).toEqual([true, true, true, false]);
  });

  it('recent remembers who was there', () => {
    const router = new Router();
    const list = { match: 'recent', name: 'seen', side: 'source', mask: 0xffffffff } as const;
    router.control.appendRule(
      'filter',
      'FORWARD',
      rule('DROP', { matches: [{ ...list, command: 'update', seconds: 10, reap: true }] }),
    );
    router.control.appendRule('filter', 'FORWARD', {
      protocol: { number: 6 },
      matches: [{ ...list, command: 'set' }],
    });
    expect(router.pass(packet)).not.toBe('dropped');
    router.pass(tcp('10.1.0.2', 1, '192.0.2.9', 80));
    expect(router.pass(packet)).toBe('dropped');
    router.wait(9 * SECOND);
    expect(router.pass(packet)).toBe('dropped');
    router.wait(9 * SECOND);
    expect(router.pass(packet)).toBe('dropped');
    router.wait(11 * SECOND);
    expect(router.pass(packet)).not.toBe('dropped');
  });

  it('sets are asked by address, net and port, and can be swapped', () => {
    const router = new Router();
    const { control } = router;
    control.addSet({ name: 'a', type: 'hash:net' });
    control.addSet({ name: 'b', type: 'hash:net' });
    control.addSet({ name: 'ports', type: 'hash:ip,port', timeout: 60 });
    control.appendRule(
      'filter',
      'FORWARD',
      rule('DROP', { matches: [{ match: 'set', set: 'a', directions: ['src'] }] }),
    );
    control.appendRule(
      'filter',
      'FORWARD',
      rule('DROP', { matches: [{ match: 'set', set: 'ports', directions: ['dst', 'dst'] }] }),
    );
    expect(router.pass(packet)).not.toBe('dropped');
    control.addSetEntry('a', { address: ip('10.1.0.0'), prefixLength: 16 });
    expect(router.pass(packet)).toBe('dropped');
    control.addSetEntry('a', { address: ip('10.1.0.2'), nomatch: true });
    expect(router.pass(packet)).not.toBe('dropped');
    control.swapSets('a', 'b');
    control.addSetEntry('a', { address: ip('10.1.0.2') });
    expect(router.pass(packet)).toBe('dropped');
    control.flushSet('a');
    control.addSetEntry('ports', { address: ip('192.0.2.9'), protocol: 17, port: 53 });
    expect(router.pass(packet)).toBe('dropped');
    expect(router.pass(udp('10.1.0.2', 1000, '192.0.2.9', 54))).not.toBe('dropped');
    router.wait(61 * SECOND);
    expect(router.pass(packet)).not.toBe('dropped');
    expect(() => control.deleteSet('a')).toThrow(expect.objectContaining({ errno: 'EBUSY' }));
  });
});

describe('the control surface', () => {
  it('answers with the errors of the kernel', () => {
    const { control } = new Router();
    const refused = (errno: string, action: () => void): void => {
      expect(action).toThrow(expect.objectContaining({ errno }));
    };
    control.newChain('filter', 'ONE');
    control.newChain('filter', 'TWO');
    refused('EEXIST', () => control.newChain('filter', 'ONE'));
    refused('ENOENT', () => control.appendRule('filter', 'NONE', rule('DROP')));
    refused('ENOENT', () => control.appendRule('filter', 'INPUT', rule({ target: 'chain', chain: 'NONE' })));
    refused('EINVAL', () => control.appendRule('filter', 'INPUT', rule({ target: 'MASQUERADE' })));
    refused('EINVAL', () =>
      control.appendRule('nat', 'PREROUTING', rule({ target: 'SNAT', addresses: { first: 1, last: 1 } })),
    );
    refused('E2BIG', () => control.insertRule('filter', 'INPUT', rule('DROP'), 2));
    refused('E2BIG', () => control.deleteRule('filter', 'INPUT', 1));
    refused('ENOENT', () => control.deleteRule('filter', 'INPUT', rule('DROP')));
    control.appendRule('filter', 'INPUT', rule({ target: 'chain', chain: 'ONE' }));
    control.appendRule('filter', 'ONE', rule({ target: 'chain', chain: 'TWO' }));
    refused('EMLINK', () => control.appendRule('filter', 'TWO', rule({ target: 'chain', chain: 'ONE' })));
    expect(control.chain('filter', 'TWO')!.rules).toEqual([]);
    refused('EBUSY', () => control.deleteChain('filter', 'TWO'));
    refused('ENOTEMPTY', () => control.deleteChain('filter', 'ONE'));
    refused('EINVAL', () => control.deleteChain('filter', 'INPUT'));
    refused('EINVAL', () => control.setPolicy('filter', 'ONE', 'DROP'));
    refused('ENOENT', () =>
      control.appendRule(
        'filter',
        'INPUT',
        rule('DROP', { matches: [{ match: 'set', set: 'x', directions: ['src'] }] }),
      ),
    );
  });

  it('checks a target where its chain is jumped to from', () => {
    const { control } = new Router();
    control.newChain('nat', 'OUT');
    control.appendRule('nat', 'OUT', rule({ target: 'MASQUERADE' }));
    control.appendRule('nat', 'POSTROUTING', rule({ target: 'chain', chain: 'OUT' }));
    expect(() => control.appendRule('nat', 'PREROUTING', rule({ target: 'chain', chain: 'OUT' }))).toThrow(
      expect.objectContaining({ errno: 'EINVAL' }),
    );
    expect(control.chain('nat', 'OUT')!.references).toBe(1);
  });

  it('counts packets and bytes, and forgets them', () => {
    const router = dropping();
    hits(router, 3);
    expect(router.control.chain('filter', 'FORWARD')!.rules[0]).toMatchObject({ packets: 3, bytes: 84 });
    router.control.zeroCounters('filter');
    expect(router.control.chain('filter', 'FORWARD')!.rules[0]).toMatchObject({ packets: 0, bytes: 0 });
  });

  it('writes the log that LOG asks for', () => {
    const router = new Router();
    router.control.appendRule('filter', 'FORWARD', rule({ target: 'LOG', level: 4, prefix: 'seen: ' }));
    router.pass(tcp('10.1.0.2', 1000, '192.0.2.9', 80));
    const [{ text }] = router.control.log();
    expect(text).toMatch(
      /^seen: IN=inside OUT=outside MAC=\S+ SRC=10\.1\.0\.2 DST=192\.0\.2\.9 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=\d+ PROTO=TCP SPT=1000 DPT=80 WINDOW=1000 RES=0x00 SYN URGP=0 $/,
    );
  });
});
