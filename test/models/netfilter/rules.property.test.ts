import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { MatchSpec, RuleSpec, TargetSpec } from '../../../models/netfilter/control-types.ts';
import { Router } from './router.ts';
import { evaluate, type PlainPacket } from './slow-evaluator.ts';

const CHAINS = ['A', 'B', 'C'];
const TCP = 6;
const UDP = 17;

// few values of each kind, so that rules and packets meet
const not = fc.option(fc.constant(true), { nil: undefined });
const address = fc.constantFrom(0x0a010002, 0x0a010103, 0x0a02ff01, 0xc0000209, 0xffffffff);
const mask = fc.constantFrom(0, 0xff000000, 0xffff0000, 0xffffff00, 0xffffffff, 0x000000ff);
const port = fc.integer({ min: 0, max: 6 }).map((n) => n * 10);
const ports = fc
  .tuple(port, port, not)
  .map(([a, b, negated]) => ({ first: Math.min(a, b), last: Math.max(a, b), not: negated }));
const addressMatch = fc.record({ address, mask, not }).map((one) => ({
  ...one,
  address: (one.address & one.mask) >>> 0,
}));
const iface = fc.record({ name: fc.constantFrom('inside', 'outside', 'in+', 'out+', '+', 'x'), not });
const mark = fc.constantFrom(0, 1, 0x4000, 0x80000000, 0xffffffff);

const anyMatch: fc.Arbitrary<MatchSpec> = fc.oneof(
  fc.record({ value: mark, mask: mark, not }).map(
    ({ value, mask: bits, not: negated }): MatchSpec => ({
      match: 'mark',
      value: (value & bits) >>> 0,
      mask: bits,
      not: negated,
    }),
  ),
  fc.record({
    match: fc.constant('length' as const),
    first: fc.constantFrom(0, 28, 30),
    last: fc.constantFrom(28, 40),
    not,
  }),
  fc.record({
    match: fc.constant('ttl' as const),
    compare: fc.constantFrom('eq', 'lt', 'gt'),
    value: fc.constantFrom(63, 64, 65),
  }),
  fc.constant<MatchSpec>({ match: 'comment', text: 'said' }),
);
const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const multiport: fc.Arbitrary<MatchSpec> = fc.record({
  match: fc.constant('multiport' as const),
  side: fc.constantFrom('source', 'destination', 'either'),
  ports: fc.array(ports, { minLength: 1, maxLength: 3 }),
  not,
});
const tcpMatch: fc.Arbitrary<MatchSpec> = fc.record({
  match: fc.constant('tcp' as const),
  sourcePort: optional(ports),
  destinationPort: optional(ports),
  flags: optional(fc.record({ mask: fc.constant(0x17), compare: fc.constantFrom(2, 0x10, 0x12), not })),
});
const udpMatch: fc.Arbitrary<MatchSpec> = fc.record({
  match: fc.constant('udp' as const),
  sourcePort: optional(ports),
  destinationPort: optional(ports),
});

/** Jumps lead only to later chains: no circles. */
function anyTarget(chain: string): fc.Arbitrary<TargetSpec | undefined> {
  const later = CHAINS.filter((other) => chain === 'FORWARD' || other > chain);
  const targets: fc.Arbitrary<TargetSpec | undefined>[] = [
    fc.constantFrom<TargetSpec[]>({ target: 'ACCEPT' }, { target: 'DROP' }, { target: 'RETURN' }),
    fc.record({ target: fc.constant('MARK' as const), value: mark, mask: mark }),
    fc.constant(undefined),
  ];
  if (later.length > 0) {
    targets.push(
      fc.record({ target: fc.constant('chain' as const), chain: fc.constantFrom(...later), goto: not }),
    );
  }
  return fc.oneof(...targets);
}

const protocolPart = fc.oneof(
  fc.record({
    protocol: fc.constant({ number: TCP }),
    special: fc.array(fc.oneof(tcpMatch, multiport), { maxLength: 2 }),
  }),
  fc.record({
    protocol: fc.constant({ number: UDP }),
    special: fc.array(fc.oneof(udpMatch, multiport), { maxLength: 2 }),
  }),
  fc.record({
    protocol: optional(fc.record({ number: fc.constantFrom(1, TCP, UDP), not })),
    special: fc.constant<MatchSpec[]>([]),
  }),
);

function anyRule(chain: string): fc.Arbitrary<{ chain: string; rule: RuleSpec }> {
  return fc
    .record({
      source: optional(addressMatch),
      destination: optional(addressMatch),
      inInterface: optional(iface),
      outInterface: optional(iface),
      protocolPart,
      matches: fc.array(anyMatch, { maxLength: 2 }),
      target: anyTarget(chain),
    })
    .map(({ protocolPart: { protocol, special }, matches, ...others }) => ({
      chain,
      rule: { ...others, protocol, matches: [...special, ...matches] },
    }));
}

const rules = fc.array(fc.constantFrom('FORWARD', 'FORWARD', ...CHAINS).chain(anyRule), { maxLength: 14 });
const packets = fc.array(
  fc.record({
    source: address,
    destination: address,
    protocol: fc.constantFrom(TCP, UDP, 1),
    sourcePort: port,
    destinationPort: port,
    flags: fc.constantFrom(2, 0x10, 0x12, 4),
    ttl: fc.constantFrom(63, 64, 65),
    fromInside: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('a rule set', () => {
  test.prop([rules, fc.constantFrom('ACCEPT' as const, 'DROP' as const), packets])(
    'gives the verdict, the mark and the counts of a literal reading',
    (ruleSet, policy, all) => {
      const router = new Router();
      for (const chain of CHAINS) router.control.newChain('filter', chain);
      for (const { chain, rule } of ruleSet) router.control.appendRule('filter', chain, rule);
      router.control.setPolicy('filter', 'FORWARD', policy);
      const chains = router.control.chains('filter');
      let dropped = 0;
      for (const { fromInside, ...fields } of all) {
        const packet = router.packet({
          protocol: fields.protocol === TCP ? 'tcp' : fields.protocol === UDP ? 'udp' : 'icmp',
          source: '0.0.0.0',
          destination: '0.0.0.0',
          sourcePort: fields.sourcePort,
          destinationPort: fields.destinationPort,
          flags: fields.flags,
        });
        packet.ipSource = fields.source | 0;
        packet.ipDestination = fields.destination | 0;
        packet.ttl = fields.ttl;
        const plain: PlainPacket = {
          ...fields,
          flags: fields.protocol === TCP ? fields.flags : 0,
          length: packet.length - 14,
          mark: 0,
          in: fromInside ? 'inside' : 'outside',
          out: fromInside ? 'outside' : 'inside',
        };
        const expected = evaluate(chains, 'FORWARD', plain);
        const passed = router.forward(packet, fromInside ? router.inside : router.outside);
        expect(passed === null ? 'DROP' : 'ACCEPT').toBe(expected.verdict);
        if (passed === null) dropped++;
        else {
          expect(passed.mark).toBe(expected.mark);
          router.network.deliver(passed);
        }
      }
      expect(router.network.pool).toMatchObject({ dropped, delivered: all.length - dropped });
    },
  );

  test.prop([rules])('is found, and can be deleted, by what it says', (ruleSet) => {
    const { control } = new Router();
    for (const chain of CHAINS) control.newChain('filter', chain);
    for (const { chain, rule } of ruleSet) control.appendRule('filter', chain, rule);
    for (const { chain, rule } of ruleSet) {
      expect(control.hasRule('filter', chain, rule)).toBe(true);
      control.deleteRule('filter', chain, structuredClone(rule));
    }
    expect(control.chains('filter').every((chain) => chain.rules.length === 0)).toBe(true);
  });
});
