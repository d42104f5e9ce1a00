import { describe, expect, it } from 'vitest';
import type { Allocator } from '../../../../models/weave/ipam/allocator.ts';
import { isIpamError } from '../../../../models/weave/ipam/ipam-error.ts';
import { parseIpamInit } from '../../../../models/weave/ipam/ipam-init.ts';
import { ipamState, printIpamStatus } from '../../../../models/weave/ipam/ipam-status.ts';
import { BytesContent } from '../../../../models/weave/mesh/content.ts';
import { formatPrefix, parseIpv4, parsePrefix } from '../../../../models/wire/ipv4-address.ts';
import { IpamNetwork, type PeerOptions } from './ipam-network.ts';

const RANGE = '10.32.0.0/12';

function contentOf(...bytes: number[]): BytesContent {
  return new BytesContent(Uint8Array.from(bytes));
}

/** Gets answers of allocators, as text. */
class Asker {
  readonly network: IpamNetwork;

  constructor(range = RANGE, draw?: () => number) {
    this.network = new IpamNetwork(range, draw);
  }

  add(...peers: PeerOptions[]): void {
    for (const peer of peers) this.network.add(peer);
    this.network.connectAll();
    this.network.settle();
  }

  peer(name: number): Allocator {
    return this.network.peers.get(name)!;
  }

  /** The address, the error, or `waits`. */
  allocate(name: number, id: string, subnet = formatPrefix(this.network.universe)): string {
    return this.ask((done) => this.peer(name).allocate(id, parsePrefix(subnet)!, done));
  }

  claim(name: number, id: string, prefix: string, noErrorOnUnknown = false): string {
    return this.ask((done) => this.peer(name).claim(id, parsePrefix(prefix)!, done, noErrorOnUnknown));
  }

  private ask(begin: (done: Parameters<Allocator['allocate']>[2]) => void): string {
    let answer = 'waits';
    begin((result) => {
      answer = isIpamError(result) ? result.message : formatPrefix(result);
    });
    this.network.settle();
    return answer;
  }

  ring(name: number): string[] {
    return (this.peer(name).status().Entries ?? []).map(
      ({ Token, Size, Peer }) => `${Token}+${Size} ${Peer.slice(-1)}`,
    );
  }

  state(name: number): string {
    return ipamState(this.peer(name).status());
  }
}

function seeded(...names: number[]): PeerOptions[] {
  return names.map((name) => ({ name, init: { kind: 'seed', peers: names } }));
}

describe('nodes that join one after the other', () => {
  // The numbers by which the third and the fourth node choose whom they ask, as in weave.md 5.5 A.
  it.each([
    [
      'the first for the third',
      [0.9, 0.1],
      ['10.36.0.0/12', '10.36.0.1/12'],
      ['10.42.0.0/12', '10.42.0.1/12'],
    ],
    [
      'the second for the third',
      [0.1, 0.99],
      ['10.47.0.0/12', '10.47.0.1/12'],
      ['10.36.0.0/12', '10.36.0.1/12'],
    ],
  ])('get space from %s', (_, thirdDraws, third, fourth) => {
    // The second node has one to ask; the third two, and the fourth, which asks the first, three or two.
    const draws = [0.5, ...thirdDraws, 1 - 1e-9, 1e-9, 1e-9];
    const asker = new Asker(RANGE, () => draws.shift() ?? 0.5);
    const got = [1, 2, 3, 4].map((name) => {
      asker.add({ name });
      return [asker.allocate(name, 'weave:expose'), asker.allocate(name, 'pod')];
    });
    expect(got).toEqual([['10.32.0.1/12', '10.32.0.2/12'], ['10.44.0.0/12', '10.44.0.1/12'], third, fourth]);
  });
});

describe('nodes that know of each other from the start', () => {
  it.each([
    [1, ['10.32.0.1']],
    [2, ['10.32.0.1', '10.40.0.0']],
    [3, ['10.32.0.1', '10.40.0.0', '10.44.0.0']],
    [4, ['10.32.0.1', '10.36.0.0', '10.40.0.0', '10.44.0.0']],
    [5, ['10.32.0.1', '10.36.0.0', '10.40.0.0', '10.44.0.0', '10.46.0.0']],
  ])('have their parts: %i of them', (count, addresses) => {
    const names = Array.from({ length: count }, (_, index) => index + 1);
    const asker = new Asker();
    asker.add(...seeded(...names));
    // Whoever asks first: the last here.
    const got = names.toReversed().map((name) => asker.allocate(name, 'weave:expose'));
    expect(got.toReversed()).toEqual(addresses.map((address) => `${address}/12`));
  });

  it('halve the whole part of one that has used nothing, where a third was not heard of', () => {
    const asker = new Asker(RANGE, () => 0.5);
    asker.add({ name: 1, quorum: 2 }, { name: 3, quorum: 2 });
    expect(asker.allocate(1, 'weave:expose')).toBe('10.32.0.1/12');
    asker.add({ name: 2, quorum: 2 });
    // By half a million to half a million less one it asks the third.
    expect(asker.allocate(2, 'weave:expose')).toBe('10.44.0.0/12');
    expect(asker.ring(2)).toEqual(['10.32.0.0+524288 1', '10.40.0.0+262144 3', '10.44.0.0+262144 2']);
  });

  it.each([
    [0.9, 0.1, '10.38.0.0/12'],
    [0.1, 0.9, '10.46.0.0/12'],
  ])(
    'give a quarter to a third where they have used something: draws %d and %d',
    (first, second, address) => {
      const draws = [first, second];
      const asker = new Asker(RANGE, () => draws.shift() ?? 0.5);
      asker.add(...seeded(1, 2));
      asker.allocate(1, 'weave:expose');
      asker.allocate(2, 'weave:expose');
      asker.network.gossip();
      asker.add({ name: 3, init: { kind: 'observer' } });
      expect(asker.allocate(3, 'weave:expose')).toBe(address);
    },
  );
});

describe('an allocation', () => {
  it('is the same for the same id, in one subnet', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    expect(asker.allocate(1, 'a')).toBe('10.32.0.1/12');
    expect(asker.allocate(1, 'a')).toBe('10.32.0.1/12');
    expect(asker.allocate(1, 'a', '10.33.0.0/24')).toBe('10.33.0.1/24');
    expect(asker.peer(1).lookup('a', parsePrefix(RANGE)!).map(formatPrefix)).toEqual([
      '10.32.0.1/12',
      '10.33.0.1/24',
    ]);
    expect(asker.peer(1).lookup('a', parsePrefix('10.33.0.0/24')!).map(formatPrefix)).toEqual([
      '10.33.0.1/24',
    ]);
  });

  it('gets the lowest address, one that was released as well', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    for (const id of ['a', 'b', 'c']) asker.allocate(1, id);
    expect(asker.peer(1).release('b')).toBeNull();
    expect(asker.allocate(1, 'd')).toBe('10.32.0.2/12');
    expect(asker.peer(1).release('b')?.message).toBe('Delete: no addresses for b');
    expect(asker.peer(1).free('c', parseIpv4('10.32.0.9')!)?.message).toBe(
      'Free: address 10.32.0.9 not found for c',
    );
    expect(asker.peer(1).free('c', parseIpv4('10.32.0.3')!)).toBeNull();
    expect(
      asker
        .peer(1)
        .ownedAddresses()
        .map(([id]) => id),
    ).toEqual(['a', 'd']);
  });

  it('without an id goes by its address', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    expect(asker.allocate(1, '_')).toBe('10.32.0.1/12');
    expect(asker.allocate(1, '_')).toBe('10.32.0.2/12');
    expect(asker.peer(1).release('10.32.0.1')).toBeNull();
  });

  it('is refused outside of the range', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    expect(asker.allocate(1, 'a', '10.48.0.0/12')).toBe('range 10.48.0.0/12 out of bounds: 10.32.0.0/12');
  });

  it('waits for a ring, in the order of the requests, and asks again every 5 seconds', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 2 });
    expect(asker.state(1)).toBe('idle');
    const got: string[] = [];
    for (const id of ['a', 'b']) {
      asker.peer(1).allocate(id, asker.network.universe, (result) => {
        got.push(isIpamError(result) ? result.message : `${id} ${formatPrefix(result)}`);
      });
    }
    expect(asker.state(1)).toBe('awaiting consensus (quorum: 2, known: 1)');
    expect(asker.peer(1).status().PendingAllocates).toEqual(['a 10.32.0.0/12', 'b 10.32.0.0/12']);
    asker.network.pass(20);
    expect(got).toEqual([]);
    // The other has no need of addresses yet, but agrees.
    asker.add({ name: 2, quorum: 2 });
    asker.network.pass(5);
    expect(got).toEqual(['a 10.32.0.1/12', 'b 10.32.0.2/12']);
    expect([asker.state(1), asker.state(2)]).toEqual(['ready', 'ready']);
  });

  it('waits for space, and says so', () => {
    const asker = new Asker('10.1.2.0/29');
    asker.add({ name: 1 });
    const got = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => asker.allocate(1, id));
    expect(got).toEqual([1, 2, 3, 4, 5, 6].map((host) => `10.1.2.${host}/29`).concat('waits'));
    expect(asker.state(1)).toBe('waiting for IP(s) to become available');
    asker.peer(1).release('c');
    asker.network.pass(5);
    expect(asker.state(1)).toBe('ready');
    expect(asker.peer(1).lookup('g', parsePrefix('10.1.2.0/29')!).map(formatPrefix)).toEqual(['10.1.2.3/29']);
  });

  it('is given up when nobody waits for it any more', () => {
    const asker = new Asker('10.1.2.0/29');
    asker.add({ name: 1, quorum: 2 });
    const got: (string | boolean)[] = [];
    const request = asker.peer(1).allocate('a', asker.network.universe, (result) => {
      if (isIpamError(result)) got.push(result.message, result.cancelled);
    });
    request.abandon();
    expect(asker.peer(1).status().PendingAllocates).toEqual(['a 10.1.2.0/29']);
    asker.add({ name: 2, quorum: 2 });
    asker.network.pass(5);
    expect(got).toEqual(['Allocate request for a cancelled', true]);
    expect(asker.peer(1).status().PendingAllocates).toBeNull();
  });

  it('may be asked for in the answer of another one', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    const got: string[] = [];
    const { universe } = asker.network;
    asker.peer(1).allocate('a', universe, () => {
      asker.peer(1).release('a');
      asker
        .peer(1)
        .allocate('b', universe, (result) => got.push(isIpamError(result) ? '' : formatPrefix(result)));
    });
    expect(got).toEqual(['10.32.0.1/12']);
  });
});

describe('a claim', () => {
  it('takes an address that is free here', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    asker.allocate(1, 'a');
    expect(asker.claim(1, 'b', '10.40.0.7/12')).toBe('10.40.0.7/12');
    expect(asker.claim(1, 'b', '10.40.0.7/12')).toBe('10.40.0.7/12');
    expect(asker.claim(1, '_', '10.40.0.7/12')).toBe('10.40.0.7/12');
    expect(asker.claim(1, 'c', '10.40.0.7/12')).toBe('address 10.40.0.7/12 is already owned by b');
    asker.claim(1, '_', '10.40.0.8/12');
    expect(asker.claim(1, 'c', '10.40.0.8/12')).toBe('address 10.40.0.8/12 already in use');
  });

  it('of an address that IPAM does not give out is granted, once', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 5 });
    expect(asker.claim(1, 'a', '192.168.0.1/24')).toBe('192.168.0.1/24');
    expect(asker.claim(1, 'b', '192.168.0.1/24')).toBe('address 192.168.0.1/24 already in use by a');
    expect(asker.peer(1).status().ActiveIPs).toBe(0);
  });

  it('asks the owner, which gives it or does not', () => {
    const asker = new Asker();
    asker.add(...seeded(1, 2));
    asker.allocate(2, 'a');
    expect(asker.claim(1, 'b', '10.40.0.0/12')).toBe(
      'address 10.40.0.0/12 is owned by other peer 00:00:00:00:00:02 (node-2)',
    );
    expect(asker.claim(1, 'b', '10.40.0.1/12')).toBe('10.40.0.1/12');
    expect(asker.ring(1)).toEqual([
      '10.32.0.0+524288 1',
      '10.40.0.0+1 2',
      '10.40.0.1+1 1',
      '10.40.0.2+524286 2',
    ]);
  });

  it('gives up on an owner that does not answer, after some tries', () => {
    const asker = new Asker();
    asker.add(...seeded(1, 2));
    asker.network.cut(1, 2);
    let answer = '';
    asker.peer(1).claim('b', parsePrefix('10.40.0.0/12')!, (result) => {
      answer = isIpamError(result) ? result.message : '';
    });
    expect(asker.peer(1).status().PendingClaims).toEqual([
      { Ident: 'b', CIDR: { Addr: '10.40.0.0', PrefixLen: 12 } },
    ]);
    asker.network.pass(20);
    expect(answer).toBe('');
    asker.network.pass(5);
    const why = 'unknown relay destination: 00:00:00:00:00:02';
    expect(answer).toBe(`address 10.40.0.0/12 is owned by other peer 00:00:00:00:00:02 (node-2) - ${why}`);
  });

  it('of what is in use already is answered before there is a ring, and made good then', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 2 });
    expect(asker.claim(1, 'weave:expose', '10.32.0.1/12', true)).toBe('10.32.0.1/12');
    expect(asker.claim(1, 'a', '10.32.0.2/12')).toBe('waits');
    asker.add({ name: 2, quorum: 2 });
    asker.network.pass(5);
    expect(asker.allocate(1, 'b')).toBe('10.32.0.3/12');
  });

  it('of an address on the bridge comes first when the process starts', () => {
    const asker = new Asker();
    asker.add({ name: 1, preClaims: [{ id: 'weave:expose', prefix: parsePrefix('10.32.0.1/12')! }] });
    expect(asker.allocate(1, 'a')).toBe('10.32.0.2/12');
  });
});

describe('a ring', () => {
  it('is made when somebody primes for it', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 2 }, { name: 2, quorum: 2 });
    let primed = false;
    asker.peer(2).prime(() => {
      primed = true;
    });
    asker.network.settle();
    expect(primed).toBe(true);
    expect(asker.ring(1)).toEqual(['10.32.0.0+524288 1', '10.40.0.0+524288 2']);
  });

  it('is made by others for an observer', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 1 }, { name: 2, init: { kind: 'observer' } });
    asker.network.cut(1, 2);
    expect(asker.allocate(2, 'a')).toBe('waits');
    expect(asker.state(2)).toBe('priming');
    asker.network.connect(1, 2);
    asker.network.pass(10);
    expect(asker.state(2)).toBe('ready');
    expect(asker.ring(2)).toEqual(['10.32.0.0+524288 1', '10.40.0.0+524288 2']);
  });

  it('made by each of two for itself keeps them apart', () => {
    const asker = new Asker();
    asker.network.add({ name: 1 });
    asker.network.add({ name: 2 });
    asker.allocate(1, 'a');
    asker.allocate(2, 'a');
    asker.network.connect(1, 2);
    asker.network.settle();
    expect(asker.network.errors).toEqual([
      'IP allocation was seeded by different peers ' +
        '(received: [00:00:00:00:00:01(node-1)], ours: [00:00:00:00:00:02(node-2)])',
    ]);
  });

  it('is none of a peer with another range', () => {
    const asker = new Asker();
    const other = new Asker('10.32.0.0/13');
    asker.add(...seeded(1, 2));
    other.add(...seeded(1, 2));
    const [update] = other.peer(2).gossip().encode();
    expect(() => asker.peer(1).onGossip(update!)).toThrow(
      'Incompatible IP allocation ranges (received: 10.32.0.0/13, ours: 10.32.0.0/12)',
    );
  });

  it('does not come out of bytes that are no gob', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    expect(() => asker.peer(1).onGossip(contentOf(3, 1, 2))).toThrow('gob: unexpected end of gob');
    expect(() => asker.peer(1).onGossipUnicast(2, contentOf(0, 1))).toThrow('gob: unexpected end of gob');
  });
});

describe('a peer that leaves', () => {
  it('is taken over by who is told to, and counted', () => {
    const asker = new Asker();
    asker.add(...seeded(1, 2, 3));
    asker.allocate(2, 'a');
    asker.network.kill(2);
    expect(asker.peer(1).removePeer('node-2')).toBe(262144);
    expect(asker.peer(1).removePeer('00:00:00:00:00:02')).toBe(0);
    expect(asker.peer(1).removePeer('node-1')).toBe(0);
    expect(asker.peer(1).removePeer('nobody')).toBe(0);
    asker.network.settle();
    expect(asker.ring(3)).toEqual(['10.32.0.0+524288 1', '10.40.0.0+262144 1', '10.44.0.0+262144 3']);
  });

  it('leaves its ranges to another when it goes for good', () => {
    const asker = new Asker();
    asker.add(...seeded(1, 2, 3));
    asker.peer(3).shutdown();
    asker.network.settle();
    expect(asker.ring(2)).toEqual(['10.32.0.0+524288 1', '10.40.0.0+262144 2', '10.44.0.0+262144 1']);
    expect(asker.allocate(3, 'a')).toBe('Allocate request for a cancelled');
  });

  it('answers those that wait, when it goes for good', () => {
    const asker = new Asker();
    asker.add({ name: 1, quorum: 2 });
    const got: string[] = [];
    const hear = (result: unknown) => got.push((result as { message: string }).message);
    asker.peer(1).allocate('a', asker.network.universe, hear);
    asker.peer(1).claim('b', parsePrefix('10.32.0.1/12')!, hear);
    asker.peer(1).prime(() => got.push('primed'));
    asker.peer(1).shutdown();
    expect(got).toEqual(['Claim request for b cancelled', 'Allocate request for a cancelled', 'primed']);
  });

  it('and was the only one is noticed', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    asker.allocate(1, 'a');
    asker.add({ name: 2 });
    asker.network.kill(1);
    expect(asker.state(2)).toBe("all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead");
    expect(printIpamStatus(asker.peer(2).status(), '00:00:00:00:00:02')).toBe(
      '00:00:00:00:00:01(node-1)              1048576 IPs (100.0% of total) - unreachable!\n',
    );
  });

  it('is forgotten when it owns nothing', () => {
    const asker = new Asker();
    asker.add({ name: 1 }, { name: 2 });
    asker.allocate(1, 'a');
    asker.network.kill(2);
    asker.peer(1).peerGone(2);
    asker.peer(1).peerGone(1);
    expect(asker.peer(1).status().Entries![0]!.Nickname).toBe('node-1');
    expect(asker.peer(1).removePeer('node-2')).toBe(0);
  });
});

describe('a peer that is started again', () => {
  it('goes on with what it had', () => {
    const asker = new Asker();
    asker.add(...seeded(1, 2));
    asker.allocate(1, 'a');
    asker.allocate(1, 'b');
    asker.peer(1).release('a');
    const persisted = asker.network.kill(1);
    asker.add({ name: 1, persisted });
    expect(asker.peer(1).lookup('b', parsePrefix(RANGE)!).map(formatPrefix)).toEqual(['10.32.0.2/12']);
    expect(asker.allocate(1, 'c')).toBe('10.32.0.1/12');
    expect(asker.allocate(1, 'd')).toBe('10.32.0.3/12');
  });

  it('begins anew under another name, or with another range', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    asker.allocate(1, 'a');
    const persisted = asker.network.kill(1);
    asker.network.add({ name: 2, persisted });
    expect(asker.state(2)).toBe('idle');
    const other = new Asker('10.32.0.0/13');
    other.add({ name: 1, persisted });
    expect(other.state(1)).toBe('idle');
  });

  it('has nothing to go on with before there is a ring', () => {
    const asker = new Asker();
    asker.add({ name: 1 });
    expect(asker.peer(1).persisted()).toBeNull();
  });
});

describe('the ranges of a peer', () => {
  it('are told to who wants to know, as subnets, when they change', () => {
    const asker = new Asker('10.9.0.0/28');
    asker.add({ name: 1 });
    const seen: string[] = [];
    asker.peer(1).onOwnedSubnets = (subnets) => seen.push(subnets.map(formatPrefix).join(' '));
    asker.allocate(1, 'a');
    expect(seen).toEqual(['10.9.0.0/28']);
    asker.add({ name: 2 });
    asker.allocate(2, 'a');
    expect(seen.at(-1)).toBe('10.9.0.0/29 10.9.0.8/30');
    expect(asker.peer(1).ownedSubnets().map(formatPrefix)).toEqual(['10.9.0.0/29', '10.9.0.8/30']);
    expect(asker.peer(2).ownedSubnets().map(formatPrefix)).toEqual(['10.9.0.12/30']);
    const told = seen.length;
    asker.allocate(1, 'b');
    expect(seen).toHaveLength(told);
  });
});

describe('messages', () => {
  it('are as long as in the capture of a peer that joins and asks for space', () => {
    const asker = new Asker();
    const [first, second] = [0x020000000001, 0x020000000002];
    asker.add({ name: first });
    for (const id of ['weave:expose', 'a1', 'a2']) asker.allocate(first, id);
    asker.network.sent.length = 0;
    asker.add({ name: second });
    asker.allocate(second, 'weave:expose');
    // golden/weave/two-plain, start: frames 19, 17, 114, 115, 116; what is around them is the mesh's.
    expect(asker.network.sent).toEqual([
      `gossip 1>2 ${0x25d}`,
      `gossip 2>1 ${0x228}`,
      `unicast 2>1 ${0x37}`,
      `unicast 1>2 ${0x280}`,
      `broadcast 1>2 ${0x27f}`,
    ]);
  });
});

describe('where the ring comes from', () => {
  it.each([
    ['observer', { kind: 'observer' }],
    ['consensus', { kind: 'consensus', peers: 0 }],
    ['consensus=5', { kind: 'consensus', peers: 5 }],
    ['seed=02:00:00:00:00:01,02:00:00:00:00:02', { kind: 'seed', peers: [0x020000000001, 0x020000000002] }],
    ['seed=', undefined],
    ['seed=node-1', undefined],
    ['consensus=many', undefined],
    ['', undefined],
  ])('is said by --ipalloc-init %s', (text, init) => {
    expect(parseIpamInit(text)).toEqual(init);
  });
});
