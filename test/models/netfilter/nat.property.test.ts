import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { NatRange, RuleSpec } from '../../../models/netfilter/control-types.ts';
import { expectNothingLeft, type Header, net, Router, range } from './router.ts';

const inner = fc.constantFrom('10.1.0.2', '10.1.0.3', '10.1.0.4');
const outer = fc.constantFrom('192.0.2.8', '192.0.2.9', '192.0.2.99');
const port = fc.constantFrom(53, 700, 1024, 20_001, 20_002);
const flow: fc.Arbitrary<Header> = fc.oneof(
  fc.record({
    protocol: fc.constantFrom('udp' as const, 'tcp' as const),
    source: inner,
    destination: outer,
    sourcePort: port,
    destinationPort: fc.constantFrom(7, 80),
  }),
  fc.record({
    protocol: fc.constant('icmp' as const),
    source: inner,
    destination: outer,
    sourcePort: fc.constantFrom(1, 2, 77),
    destinationPort: fc.constant(8),
  }),
);
const ports = fc.option(fc.constantFrom({ first: 2000, last: 2063 }, { first: 20_001, last: 20_064 }), {
  nil: undefined,
});
const randomness = fc.record({ random: fc.boolean(), randomFully: fc.boolean(), persistent: fc.boolean() });
const sources: fc.Arbitrary<RuleSpec[]> = fc.oneof(
  fc.constant<RuleSpec[]>([]),
  fc
    .record({ ports, randomness })
    .map(({ ports: some, randomness: { random, randomFully } }): RuleSpec[] => [
      { source: net('10.0.0.0/8'), target: { target: 'MASQUERADE', ports: some, random, randomFully } },
    ]),
  fc
    .record({ ports, randomness, last: fc.constantFrom('192.0.2.20', '192.0.2.22') })
    .map(({ ports: some, randomness: how, last }): RuleSpec[] => [
      { target: { target: 'SNAT', addresses: range('192.0.2.20', last), ports: some, ...how } },
    ]),
);
const destinations: fc.Arbitrary<RuleSpec[]> = fc.oneof(
  fc.constant<RuleSpec[]>([]),
  fc
    .record({ last: fc.constantFrom('192.0.2.8', '192.0.2.9'), port: fc.constantFrom(undefined, 7, 8080) })
    .map(({ last, port: to }): RuleSpec[] => {
      const nat: NatRange = { addresses: range('192.0.2.8', last) };
      if (to !== undefined) nat.ports = { first: to, last: to };
      return [{ destination: net('192.0.2.99/32'), target: { target: 'DNAT', ...nat } }];
    }),
);

/** What answers a packet with this header. */
function answerTo(header: Header): Header {
  const { source, destination, sourcePort, destinationPort, protocol } = header;
  if (protocol === 'icmp') return { ...header, source: destination, destination: source, destinationPort: 0 };
  return {
    ...header,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    flags: 0x12,
  };
}

function parse(text: string, like: Header): Header {
  const [, source, sourcePort, destination, destinationPort] =
    /^(\S+):(\d+) > (\S+):(\d+)$/.exec(text) ?? expect.fail(text);
  return {
    ...like,
    source,
    destination,
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
  };
}

describe('translation', () => {
  test.prop([sources, destinations, fc.array(flow, { minLength: 1, maxLength: 40 })])(
    'is undone for every answer, and keeps connections apart',
    (sourceRules, destinationRules, flows) => {
      const router = new Router();
      for (const rule of sourceRules) router.control.appendRule('nat', 'POSTROUTING', rule);
      for (const rule of destinationRules) router.control.appendRule('nat', 'PREROUTING', rule);
      const tuples = new Map<string, string>();
      for (const header of flows) {
        const text = (one: Header): string =>
          `${one.source}:${one.sourcePort} > ${one.destination}:${one.destinationPort}`;
        const sent = router.pass(header);
        if (sent === 'dropped') continue;
        // two flows never look the same outside
        const before = `${header.protocol} ${text(header)}`;
        const outside = `${header.protocol} ${sent}`;
        if (sourceRules.length + destinationRules.length > 0) {
          expect(tuples.get(outside) ?? before).toBe(before);
        }
        tuples.set(outside, before);
        // the answer comes back as one to what was sent
        const answer = answerTo(parse(sent, header));
        expect(router.pass(answer, router.outside)).toBe(text(answerTo(header)));
        // and the next packet goes the same way
        expect(router.pass({ ...header, flags: 0x10 })).toBe(sent);
      }
      expectNothingLeft(router);
    },
  );

  test.prop([sources, destinations, fc.array(flow, { minLength: 1, maxLength: 40 })])(
    'gives every connection two tuples that no other one has',
    (sourceRules, destinationRules, flows) => {
      const router = new Router();
      for (const rule of sourceRules) router.control.appendRule('nat', 'POSTROUTING', rule);
      for (const rule of destinationRules) router.control.appendRule('nat', 'PREROUTING', rule);
      for (const header of flows) router.pass(header);
      const seen = new Set<string>();
      for (const { protocol, original, reply } of router.control.conntrackEntries()) {
        for (const { packets: _packets, bytes: _bytes, ...tuple } of [original, reply]) {
          const key = JSON.stringify([protocol, tuple]);
          expect(seen.has(key)).toBe(false);
          seen.add(key);
        }
      }
    },
  );
});
