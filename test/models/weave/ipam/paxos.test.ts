import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { PaxosNode, PaxosObserver, quorumOf } from '../../../../models/weave/ipam/paxos.ts';

function nodes(count: number, quorum = quorumOf(count)): PaxosNode[] {
  return Array.from({ length: count }, (_, index) => {
    const node = new PaxosNode({ name: index + 1, uid: 100n + BigInt(index) });
    node.quorum = quorum;
    return node;
  });
}

/** `to` hears what `from` knows, and says what follows. */
function tell(from: PaxosNode, to: PaxosNode): void {
  if (to.update(from.gossipState())) to.think();
}

describe('a quorum', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])('of %i peers is %i', (peers, quorum) => {
    expect(quorumOf(peers)).toBe(quorum);
  });
});

describe('consensus', () => {
  it('is there at once for one that needs nobody else', () => {
    const [node] = nodes(1) as [PaxosNode];
    expect(node.consensus()).toBeNull();
    node.propose();
    expect(node.consensus()).toEqual([1]);
  });

  it('is there when a quorum has accepted: of those that the proposer had heard of', () => {
    const [a, b, c] = nodes(3) as [PaxosNode, PaxosNode, PaxosNode];
    a.propose();
    tell(a, b);
    expect(a.consensus()).toBeNull();
    tell(b, a);
    expect(a.consensus()).toBeNull();
    tell(a, b);
    expect(b.consensus()).toEqual([1, 2]);
    tell(b, c);
    expect(c.consensus()).toEqual([1, 2]);
  });

  it('may be for all of them, when the last is heard of first', () => {
    const [a, b, c] = nodes(3) as [PaxosNode, PaxosNode, PaxosNode];
    a.propose();
    tell(a, b);
    tell(b, c);
    tell(c, a);
    tell(a, b);
    expect(b.consensus()).toEqual([1, 2, 3]);
  });

  it('keeps to a value that was accepted, whoever proposes later', () => {
    const [a, b, c] = nodes(3) as [PaxosNode, PaxosNode, PaxosNode];
    a.propose();
    tell(a, b);
    tell(b, a);
    tell(a, b);
    c.propose();
    c.propose();
    tell(c, b);
    tell(b, c);
    tell(c, b);
    expect(b.consensus()).toEqual([1, 2]);
    expect(c.consensus()).toEqual([1, 2]);
  });

  it('is nothing to one that does not know how many must agree', () => {
    const [a, b] = nodes(2) as [PaxosNode, PaxosNode];
    b.quorum = 0;
    a.propose();
    tell(a, b);
    tell(b, a);
    tell(a, b);
    tell(b, a);
    expect([a.consensus(), b.consensus()]).toEqual([[1, 2], null]);
  });

  it('counts a peer that was started again as another one', () => {
    const before = new PaxosNode({ name: 1, uid: 1n });
    const after = new PaxosNode({ name: 1, uid: 2n });
    before.quorum = 3;
    before.propose();
    after.update(before.gossipState());
    after.think();
    expect(after.numKnown).toBe(2);
  });

  test.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.tuple(fc.constantFrom('propose', 'tell'), fc.nat(4), fc.nat(4)), { maxLength: 200 }),
  ])('is one, in whatever order peers propose and hear of each other', (count, steps) => {
    const all = nodes(count);
    const agreed = new Set<string>();
    for (const [what, from, to] of steps) {
      const node = all[from % count]!;
      if (what === 'propose') node.propose();
      else if (from % count !== to % count) tell(node, all[to % count]!);
      for (const { consensus } of all.map((one) => ({ consensus: one.consensus() }))) {
        if (consensus !== null) agreed.add(JSON.stringify(consensus));
      }
    }
    expect(agreed.size).toBeLessThanOrEqual(1);
  });
});

describe('an observer', () => {
  it('has nothing to say', () => {
    const observer = new PaxosObserver();
    const [node] = nodes(1) as [PaxosNode];
    node.propose();
    observer.quorum = 1;
    observer.propose();
    expect(observer.update()).toBe(false);
    expect([observer.think(), observer.consensus(), observer.gossipState()]).toEqual([false, null, null]);
    expect(node.update(observer.gossipState())).toBe(false);
  });
});
