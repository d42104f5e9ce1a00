import { describe, expect, it } from 'vitest';
import { Ring } from '../../../../models/weave/ipam/ring.ts';
import type { RingEntry, RingState } from '../../../../models/weave/ipam/ring-entry.ts';

const RANGE = { start: 256, end: 512 };
const NOTHING_IN_USE = () => false;
const ALL_IN_USE = () => true;

function ringOf(
  peer: number,
  ...entries: [token: number, peer: number, version?: number, free?: number][]
): Ring {
  const ring = new Ring(RANGE, peer);
  ring.restore(stateOf(...entries));
  return ring;
}

function stateOf(...entries: [token: number, peer: number, version?: number, free?: number][]): RingState {
  return {
    range: RANGE,
    entries: entries.map(([token, peer, version = 0, free = 0]) => ({ token, peer, version, free })),
    seeds: [],
  };
}

/** `token>peer v version free`. */
function listed(entries: readonly Readonly<RingEntry>[]): string[] {
  return entries.map(({ token, peer, version, free }) => `${token}>${peer} v${version} ${free}`);
}

describe('a new ring', () => {
  it.each([
    [[1], ['256>1 v0 256']],
    [
      [1, 2],
      ['256>1 v0 128', '384>2 v0 128'],
    ],
    [
      [1, 2, 3],
      ['256>1 v0 128', '384>2 v0 64', '448>3 v0 64'],
    ],
    [
      [1, 2, 3, 4],
      ['256>1 v0 64', '320>2 v0 64', '384>3 v0 64', '448>4 v0 64'],
    ],
    [
      [1, 2, 3, 4, 5],
      ['256>1 v0 64', '320>2 v0 64', '384>3 v0 64', '448>4 v0 32', '480>5 v0 32'],
    ],
  ])('is divided by halves: %j', (peers, entries) => {
    const ring = new Ring(RANGE, 1);
    ring.claimForPeers(peers);
    expect(listed(ring.entries)).toEqual(entries);
    expect(ring.seeds).toEqual(peers);
  });

  it('has nothing for some where there are fewer addresses than peers', () => {
    const ring = new Ring({ start: 0, end: 4 }, 1);
    ring.claimForPeers([1, 2, 3, 4, 5, 6]);
    expect(listed(ring.entries)).toEqual(['0>1 v0 1', '1>2 v0 1', '2>4 v0 1', '3>5 v0 1']);
  });
});

describe('a range that is given away', () => {
  it.each([
    ['the end of one', [[256, 1, 2, 250]], 448, 512, ['256>1 v3 192', '448>2 v0 64']],
    ['the middle of one', [[256, 1]], 320, 384, ['256>1 v1 64', '320>2 v0 64', '384>1 v0 128']],
    [
      'a whole one',
      [
        [256, 1],
        [384, 2],
      ],
      256,
      384,
      ['256>2 v1 128', '384>2 v0 0'],
    ],
    ['the beginning of one', [[256, 1]], 256, 320, ['256>2 v1 64', '320>1 v0 192']],
    [
      'more than one',
      [
        [256, 1],
        [320, 1, 4, 64],
      ],
      288,
      352,
      ['256>1 v1 32', '288>2 v0 32', '320>2 v5 32', '352>1 v0 160'],
    ],
    // The last entry goes over the end of the ring to the first token.
    [
      'what lies over the end',
      [
        [300, 2],
        [400, 1],
      ],
      256,
      280,
      ['256>2 v0 24', '280>1 v0 20', '300>2 v0 0', '400>1 v1 112'],
    ],
    [
      'the end, with the ring going on',
      [
        [300, 2],
        [400, 1],
      ],
      500,
      512,
      ['256>1 v0 44', '300>2 v0 0', '400>1 v1 100', '500>2 v0 12'],
    ],
  ] as [string, [number, number, number?, number?][], number, number, string[]][])(
    'is %s',
    (_, entries, start, end, after) => {
      const ring = ringOf(1, ...entries);
      ring.grantRangeToHost({ start, end }, 2);
      expect(listed(ring.entries)).toEqual(after);
    },
  );
});

describe('ranges of a ring', () => {
  it('of one peer are listed in ascending order, one over the end of the ring as two', () => {
    const ring = ringOf(1, [300, 2], [400, 1]);
    expect(ring.ownedRanges()).toEqual([
      { start: 256, end: 300 },
      { start: 400, end: 512 },
    ]);
    expect(ring.rangeInfo().map(({ range, peer }) => [range.start, range.end, peer])).toEqual([
      [300, 400, 2],
      [256, 300, 1],
      [400, 512, 1],
    ]);
    expect([256, 299, 300, 399, 400, 511].map((address) => ring.owner(address))).toEqual([1, 1, 2, 2, 1, 1]);
  });

  it('are all around where there is one token', () => {
    expect(ringOf(1, [300, 1]).ownedRanges()).toEqual([
      { start: 256, end: 300 },
      { start: 300, end: 512 },
    ]);
    expect(ringOf(1, [256, 1]).ownedRanges()).toEqual([RANGE]);
  });

  it('change hands with a hundred versions more', () => {
    const ring = ringOf(1, [256, 2, 3, 10], [300, 1, 4, 5], [400, 2, 0, 0]);
    expect(ring.transfer(2, 1)).toBe(true);
    expect(listed(ring.entries)).toEqual(['256>1 v103 10', '300>1 v4 5', '400>1 v100 0']);
    expect(ring.transfer(2, 1)).toBe(false);
  });

  it('are counted anew, with a new version where that has changed', () => {
    const ring = ringOf(1, [300, 2, 7, 9], [400, 1, 3, 156], [450, 1, 5, 62]);
    // 450 goes on at the beginning of the ring: 62 there and 44 here.
    ring.reportFree(({ start, end }) => (start === 256 ? end - start : start === 400 ? 0 : 1));
    expect(listed(ring.entries)).toEqual(['300>2 v7 9', '400>1 v4 0', '450>1 v6 45']);
  });

  it('say when they are others', () => {
    const ring = ringOf(1, [256, 1]);
    const seen: unknown[] = [];
    ring.onUpdate = (previous) => seen.push([previous, ring.ownedRanges()]);
    ring.grantRangeToHost({ start: 384, end: 512 }, 2);
    expect(seen).toEqual([[[RANGE], [{ start: 256, end: 384 }]]]);
  });
});

describe('whom to ask for space', () => {
  const ring = ringOf(1, [256, 2, 0, 30], [300, 3, 0, 50], [400, 2, 0, 30], [450, 4, 0, 0], [480, 1, 0, 9]);

  it('is a peer with free addresses in the range, rather one with many', () => {
    expect(ring.choosePeersToAskForSpace(RANGE, () => 0.5)).toEqual([2, 3]);
    expect(ring.choosePeersToAskForSpace({ start: 300, end: 400 }, () => 0.5)).toEqual([3]);
    expect(ring.choosePeersToAskForSpace({ start: 399, end: 401 }, () => 0.5)).toEqual([3, 2]);
    expect(ring.choosePeersToAskForSpace({ start: 450, end: 500 }, () => 0.5)).toEqual([]);
  });

  it('is drawn once for each of them, in the order of the ring', () => {
    const draws = [0.1, 0.9];
    expect(ring.choosePeersToAskForSpace(RANGE, () => draws.shift()!)).toEqual([3, 2]);
    expect(draws).toEqual([]);
  });
});

describe('two rings', () => {
  it('become one: the newer entries of both', () => {
    const ring = ringOf(1, [256, 1, 5, 9], [300, 2, 3, 7], [400, 2, 4, 1]);
    expect(
      ring.merge(stateOf([256, 1, 4, 8], [300, 2, 6, 5], [350, 3, 0, 50], [400, 2, 3, 2]), ALL_IN_USE),
    ).toBe(true);
    expect(listed(ring.entries)).toEqual(['256>1 v5 9', '300>2 v6 5', '350>3 v0 50', '400>2 v4 1']);
    expect(ring.merge(ring.state(), ALL_IN_USE)).toBe(false);
  });

  it('become one with nothing in it yet', () => {
    const ring = new Ring(RANGE, 1);
    const received = { ...stateOf([256, 2, 1, 9]), seeds: [2] };
    expect(ring.merge(received, NOTHING_IN_USE)).toBe(true);
    expect([listed(ring.entries), ring.seeds]).toEqual([['256>2 v1 9'], [2]]);
  });

  it('do not become one when they were made for other peers, or of another range', () => {
    const ring = new Ring(RANGE, 1);
    ring.claimForPeers([1]);
    expect(() => ring.merge({ ...stateOf([256, 2]), seeds: [2] }, NOTHING_IN_USE)).toThrow(
      'Received ring was seeded differently from ours',
    );
    expect(() => ring.merge({ ...stateOf(), range: { start: 256, end: 1024 } }, NOTHING_IN_USE)).toThrow(
      'Received range differs from ours',
    );
  });

  it.each([
    [
      [
        [300, 2],
        [256, 2],
      ],
      'Ring not sorted',
    ],
    [
      [
        [256, 2],
        [256, 2],
      ],
      'Token appears twice in ring',
    ],
    [[[255, 2]], 'Token is out of range'],
    [[[512, 2]], 'Token is out of range'],
    [
      [
        [256, 2, 0, 11],
        [266, 2],
      ],
      'Entry 0.0.1.0-0.0.1.10 reporting too much free space: 11 > 10',
    ],
  ] as [[number, number, number?, number?][], string][])(
    'have entries that could be a ring: %j',
    (entries, error) => {
      expect(() => new Ring(RANGE, 1).merge(stateOf(...entries), NOTHING_IN_USE)).toThrow(error);
    },
  );

  const OURS = [256, 1, 5, 100] as [number, number, number, number];

  it.each([
    [
      'a split',
      [
        [256, 1, 5, 40],
        [300, 2, 0, 9],
      ],
      'Peer 00:00:00:00:00:02 says it owns the IP range from 0.0.1.44, which I think I own',
    ],
    [
      'a newer owner',
      [[256, 2, 6, 9]],
      'Received update for IP range I own at 0.0.1.0 v5: incoming message says owner 00:00:00:00:00:02 v6',
    ],
    [
      'another owner',
      [[256, 2, 5, 9]],
      'Inconsistent entries for 0.0.1.0: owned by 00:00:00:00:00:01 ' +
        'but incoming message says 00:00:00:00:00:02',
    ],
  ] as [string, [number, number, number, number][], string][])(
    'quarrel over addresses in use: %s',
    (_, entries, error) => {
      const ring = ringOf(1, OURS, [400, 2]);
      expect(() => ring.merge(stateOf(...entries, [400, 2]), ALL_IN_USE)).toThrow(error);
      expect(listed(ring.entries)).toEqual(['256>1 v5 100', '400>2 v0 0']);
    },
  );

  it.each([
    [
      'a split',
      [
        [256, 1, 5, 40],
        [300, 2, 0, 9],
      ],
      ['256>1 v5 44', '300>2 v0 9', '400>2 v0 0'],
    ],
    ['a newer owner', [[256, 2, 6, 9]], ['256>2 v6 9', '400>2 v0 0']],
    ['another owner with more', [[256, 2, 5, 120]], ['256>2 v5 120', '400>2 v0 0']],
    ['another owner with less', [[256, 2, 5, 9]], ['256>1 v5 100', '400>2 v0 0']],
  ] as [string, [number, number, number, number][], string[]][])(
    'settle by giving up what is not in use: %s',
    (_, entries, after) => {
      const ring = ringOf(1, OURS, [400, 2]);
      ring.merge(stateOf(...entries, [400, 2]), NOTHING_IN_USE);
      expect(listed(ring.entries)).toEqual(after);
    },
  );

  it('hold on to an entry that others know in a newer version, of this very peer', () => {
    const ring = ringOf(1, OURS, [400, 2]);
    ring.merge(stateOf([256, 1, 9, 3], [400, 2]), ALL_IN_USE);
    expect(listed(ring.entries)).toEqual(['256>1 v10 100', '400>2 v0 0']);
  });

  it('never lose the last range of a peer to a token behind it', () => {
    const ring = ringOf(1, [256, 2], [400, 1, 0, 112]);
    expect(() => ring.merge(stateOf([256, 2], [450, 2, 0, 9]), NOTHING_IN_USE)).toThrow(
      'Peer 00:00:00:00:00:02 says it owns the IP range from 0.0.1.194, which I think I own',
    );
  });
});
