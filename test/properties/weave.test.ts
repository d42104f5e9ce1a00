import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haveConverged, ownershipProblems } from '../checkers/address-ownership.ts';
import { checkMeshAgreement } from '../checkers/mesh-agreement.ts';
import { checkPacketConservation } from '../checkers/packet-conservation.ts';
import { type LifeEvent, WeaverLife } from '../support/weaver-life.ts';

const what = fc.constantFrom<LifeEvent['what']>(
  ...(['join', 'attach', 'attach', 'attach', 'delete', 'cut', 'heal', 'kill', 'restart'] as const),
  ...(['reinstall', 'remove-peer'] as const),
);

const history = fc.record({
  nodes: fc.integer({ min: 2, max: 6 }),
  password: fc.constantFrom(undefined, 'word'),
  events: fc.array(
    fc.record({
      what,
      node: fc.nat(),
      /** Seconds until the next one: at once, or long enough to be noticed. */
      wait: fc.constantFrom(0, 0.01, 1.5, 5, 40, 100),
    }),
    { maxLength: 16 },
  ),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** All nodes but the last have joined, some pods are there; then things happen. */
function live({ nodes, password, events }: History): WeaverLife {
  const life = new WeaverLife(nodes, password);
  for (let node = 0; node < nodes - 1; node++) life.do({ what: 'join', node });
  life.run(3);
  for (const { what: name, node, wait } of events) {
    life.do({ what: name, node: node % nodes });
    life.run(wait);
    expectOwnership(life);
  }
  return life;
}

/** Nobody holds what another holds, whatever each knows of the others. */
function expectOwnership({ weavers, pods }: WeaverLife): void {
  const allocators = new Map(
    [...weavers.values()].map(({ options, allocator }) => [options.name, allocator]),
  );
  expect(ownershipProblems(allocators)).toEqual([]);
  const held = pods.map(({ address }) => address);
  expect(new Set(held).size).toBe(held.length);
}

describe('a cluster of Weave routers', () => {
  it('agrees in the end, and its pods reach each other', () => {
    fc.assert(
      fc.property(history, (events) => {
        const life = live(events);
        life.end();
        const weavers = [...life.weavers.values()];
        expect(weavers).toHaveLength(events.nodes);
        checkMeshAgreement(weavers.map(({ mesh }) => mesh));
        expectOwnership(life);
        expect(
          haveConverged(new Map(weavers.map(({ options, allocator }) => [options.name, allocator]))),
        ).toBe(true);
        expect(life.unreachable()).toEqual([]);
        checkPacketConservation(life.net.network);
      }),
      { numRuns: 6 },
    );
  });
});
