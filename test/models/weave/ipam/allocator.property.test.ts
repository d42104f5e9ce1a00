import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { IpamInit } from '../../../../models/weave/ipam/ipam-init.ts';
import type { PendingRequest } from '../../../../models/weave/ipam/operation.ts';
import { quorumOf } from '../../../../models/weave/ipam/paxos.ts';
import { haveConverged, ownershipProblems } from '../../../checkers/address-ownership.ts';
import { IpamNetwork } from './ipam-network.ts';

/** Something that happens; numbers choose among what there is at that moment. */
type Step =
  | { do: 'allocate' | 'release'; peer: number; id: number }
  | { do: 'deliver'; choice: number; count: number }
  | { do: 'cut' | 'connect'; a: number; b: number }
  | { do: 'restart' | 'remove'; peer: number }
  | { do: 'pass'; seconds: number };

const choice = fc.nat({ max: 1000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('allocate' as const), peer: choice, id: choice }), weight: 12 },
  { arbitrary: fc.record({ do: fc.constant('release' as const), peer: choice, id: choice }), weight: 3 },
  {
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      choice,
      count: fc.integer({ min: 1, max: 30 }),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ do: fc.constant('cut' as const), a: choice, b: choice }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('connect' as const), a: choice, b: choice }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('restart' as const), peer: choice }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('remove' as const), peer: choice }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 12 }) }),
    weight: 1,
  },
);

const setup = fc.record({
  range: fc.constantFrom(
    '10.32.0.0/12',
    '10.9.0.0/28',
    '10.1.2.0/29',
    '192.168.0.0/24',
    '240.0.0.0/4',
    '0.0.0.0/0',
  ),
  peers: fc.integer({ min: 1, max: 5 }),
  mode: fc.constantFrom('seed' as const, 'consensus' as const, 'observers' as const),
  draws: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  }),
});

type Setup = typeof setup extends fc.Arbitrary<infer S> ? S : never;

/** A number of peers in one network, to which things happen. */
class Story {
  readonly network: IpamNetwork;
  private readonly setup: Setup;
  private nextId = 0;
  /** Ids that have been given an address, or wait for one. */
  private readonly ids: { peer: number; id: string }[] = [];
  private requests: PendingRequest[] = [];

  constructor(setup: Setup) {
    this.setup = setup;
    let draws = 0;
    this.network = new IpamNetwork(setup.range, () => setup.draws[draws++ % setup.draws.length]!);
    for (let name = 1; name <= setup.peers; name++) this.start(name);
    this.network.connectAll();
  }

  private start(name: number, persisted: Parameters<IpamNetwork['add']>[0]['persisted'] = null): void {
    const { mode, peers } = this.setup;
    const names = Array.from({ length: peers }, (_, index) => index + 1);
    // Observers are less than a majority, so that the others can agree.
    const observes = mode === 'observers' && name > quorumOf(peers);
    const init: IpamInit = observes
      ? { kind: 'observer' }
      : mode === 'seed'
        ? { kind: 'seed', peers: names }
        : { kind: 'consensus', peers };
    this.network.add({ name, init, quorum: quorumOf(peers), persisted });
  }

  happen(step: Step): void {
    const { network } = this;
    switch (step.do) {
      case 'allocate': {
        const peer = this.pick(step.peer);
        const id = `c${this.nextId++}`;
        this.ids.push({ peer, id });
        this.requests.push(network.peers.get(peer)!.allocate(id, network.universe, () => {}));
        break;
      }
      case 'release': {
        const released = this.ids[step.id % Math.max(1, this.ids.length)];
        if (released !== undefined) network.peers.get(released.peer)?.release(released.id);
        break;
      }
      case 'deliver':
        for (let i = 0; i < step.count && network.waiting > 0; i++) network.deliver(step.choice + i);
        break;
      case 'cut':
        network.cut(this.pick(step.a), this.pick(step.b));
        break;
      case 'connect':
        network.connect(this.pick(step.a), this.pick(step.b));
        break;
      case 'restart':
        this.restart(this.pick(step.peer));
        break;
      case 'remove':
        this.remove(this.pick(step.peer));
        break;
      case 'pass':
        network.pass(step.seconds);
        break;
    }
  }

  /** One that has no ring yet would forget its promises, which Paxos does not allow. */
  private restart(peer: number): void {
    if (this.network.peers.get(peer)!.persisted() === null) return;
    this.start(peer, this.network.kill(peer));
  }

  /** A peer dies for good and another takes over; all have heard of all that it gave away. */
  private remove(peer: number): void {
    this.heal();
    if (this.network.peers.size < 2 || this.network.peers.get(peer)!.persisted() === null) return;
    this.network.kill(peer);
    this.network.peers.get(this.pick(0))!.removePeer(`node-${peer}`);
    this.network.settle();
  }

  /** All are connected again, who still waits gives up, and all talk for a while. */
  heal(): void {
    for (const request of this.requests) request.abandon();
    this.requests = [];
    this.network.connectAll();
    this.network.pass(12);
    this.network.settle();
    this.network.gossip();
    this.network.settle();
  }

  private pick(choice: number): number {
    const names = [...this.network.peers.keys()].sort((a, b) => a - b);
    return names[choice % names.length]!;
  }
}

describe('whatever happens', () => {
  test.prop([setup, fc.array(step, { minLength: 20, maxLength: 120 })], { numRuns: 150 })(
    'no two peers own the same, and no two containers have the same address',
    (given, steps) => {
      const story = new Story(given);
      for (const step of steps) {
        story.happen(step);
        expect(ownershipProblems(story.network.peers)).toEqual([]);
      }
      story.heal();
      expect(ownershipProblems(story.network.peers)).toEqual([]);
      expect(haveConverged(story.network.peers)).toBe(true);
      expect(story.network.errors).toEqual([]);
    },
  );
});

describe('the checker', () => {
  it('sees two peers that each made a ring of their own', () => {
    const network = new IpamNetwork('10.32.0.0/12');
    for (const name of [1, 2]) network.add({ name }).allocate('a', network.universe, () => {});
    expect(ownershipProblems(network.peers)).toEqual([
      '00:00:00:00:00:02 and 00:00:00:00:00:01 own 10.32.0.0/12',
      'a of 00:00:00:00:00:01 and a of 00:00:00:00:00:02 have 10.32.0.1',
    ]);
    expect(haveConverged(network.peers)).toBe(false);
  });
});
