import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../../../engine/random.ts';
import { Peer } from '../../../../models/weave/mesh/peer.ts';
import type { PeerReport } from '../../../../models/weave/mesh/peer-report.ts';
import { PeerTable } from '../../../../models/weave/mesh/peer-table.ts';
import { ShortIdTable } from '../../../../models/weave/mesh/short-ids.ts';

/** A table whose local peer is number 10, and what it has told. */
function newTable(shortId = 1) {
  const told: string[] = [];
  const local = new Peer(10, 'local', 7n, shortId);
  const table = new PeerTable(
    local,
    {
      peerRemoved: ({ name }) => told.push(`removed ${name}`),
      shortIdsChanged: () => told.push('short ids'),
      localPeerChanged: () => told.push('local'),
    },
    new RandomStreams(1).stream('short_id', ''),
  );
  return { table, local, told };
}

function report(name: number, change: Partial<PeerReport> = {}, to: readonly number[] = []): PeerReport {
  const connections = new Map(
    to.map((remote) => {
      return [remote, { remote, address: `10.0.0.${remote}:6783`, outbound: true, established: true }];
    }),
  );
  const peer = { name, nickname: `n${name}`, uid: 1n, version: 1n, shortId: 100 + name, hasShortId: true };
  return { ...peer, connections, ...change };
}

describe('what is known of peers', () => {
  it('follows what is newer: a higher version, then a higher uid', () => {
    const { table } = newTable();
    expect([...table.apply([report(1)])]).toEqual([1]);
    expect([...table.apply([report(1, { nickname: 'old' })])]).toEqual([]);
    expect([...table.apply([report(1, { version: 0n, uid: 9n })])]).toEqual([]);
    expect([...table.apply([report(1, { uid: 2n, nickname: 'again' })])]).toEqual([1]);
    expect([...table.apply([report(1, { version: 2n, nickname: 'new' })])]).toEqual([1]);
    expect(table.fetch(1)).toMatchObject({ nickname: 'new', uid: 1n, version: 2n });
  });

  it('comes to the same, whatever the order in which it is heard', () => {
    const reports = fc.array(
      fc.record({
        name: fc.integer({ min: 1, max: 4 }),
        uid: fc.bigInt({ min: 1n, max: 3n }),
        version: fc.bigInt({ min: 1n, max: 3n }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const outcome = (heard: { name: number; uid: bigint; version: bigint }[]) => {
      const { table } = newTable();
      for (const { name, uid, version } of heard) {
        table.apply([report(name, { uid, version, nickname: `${uid} ${version}` })]);
      }
      return table.all().map(({ name, nickname }) => `${name} ${nickname}`);
    };
    fc.assert(
      fc.property(reports, fc.array(fc.nat(), { maxLength: 12 }), (heard, draws) => {
        const shuffled = [...heard];
        draws.forEach((draw, i) => {
          if (i < shuffled.length) shuffled.push(...shuffled.splice(draw % shuffled.length, 1));
        });
        expect(outcome(shuffled)).toEqual(outcome(heard));
      }),
    );
  });

  it('has a place for peers that are only named as the end of a connection', () => {
    const { table } = newTable();
    table.apply([report(1, {}, [2])]);
    expect(table.fetch(2)).toMatchObject({ nickname: '', uid: 0n, hasShortId: false });
    expect([...table.apply([report(2)])]).toEqual([2]);
    expect(table.fetch(2)).toMatchObject({ nickname: 'n2', hasShortId: true });
  });

  it('puts an earlier process of our own name behind us', () => {
    const { table, local, told } = newTable();
    table.apply([report(10, { uid: 7n, version: 5n })]);
    expect([local.version, told]).toEqual([0n, []]);
    table.apply([report(10, { uid: 6n, version: 5n })]);
    expect([local.version, told]).toEqual([6n, ['local']]);
  });

  it('forgets who can not be reached, unless a connection holds on to him', () => {
    const { table, local, told } = newTable();
    const held = table.fetchOrAdd(new Peer(3, 'held', 1n, 3));
    table.apply([report(1, {}, [2]), report(2), report(4)]);
    local.connections = report(10, {}, [1]).connections;
    table.collectGarbage();
    expect(table.all().map(({ name }) => name)).toEqual([1, 2, 3, 10]);
    expect(told).toEqual(['removed 4']);
    table.release(held);
    local.connections = new Map();
    table.collectGarbage();
    expect(told.slice(1)).toEqual(['removed 1', 'removed 2', 'removed 3']);
    expect(table.fetchByShortId(101)).toBeUndefined();
  });
});

describe('a short id that two peers have', () => {
  it('belongs to the one with the lower name', () => {
    const { table, told } = newTable();
    table.apply([report(2, { shortId: 5 })]);
    expect(told).toEqual([]);
    table.apply([report(1, { shortId: 5 })]);
    expect(told).toEqual(['short ids']);
    expect(table.fetchByShortId(5)?.name).toBe(1);
    table.apply([report(3, { shortId: 5 })]);
    table.apply([report(1, { shortId: 6, version: 2n })]);
    expect(table.fetchByShortId(5)?.name).toBe(2);
  });

  it('makes us take another, if we are the one with the higher name', () => {
    const { table, local, told } = newTable(5);
    table.apply([report(11, { shortId: 5 })]);
    expect([local.shortId, told]).toEqual([5, []]);
    table.apply([report(1, { shortId: 5 })]);
    expect(local.shortId).not.toBe(5);
    expect(local.version).toBe(1n);
    expect(table.fetchByShortId(5)?.name).toBe(1);
    expect(table.fetchByShortId(local.shortId)).toBe(local);
    expect(told).toEqual(['short ids', 'local']);
  });

  it('is told of as a change when it comes into use again', () => {
    const { table, told } = newTable();
    table.apply([report(1, { shortId: 5 })]);
    table.apply([report(1, { shortId: 6, version: 2n })]);
    expect(told).toEqual([]);
    table.apply([report(2, { shortId: 5 })]);
    expect(told).toEqual(['short ids']);
  });
});

describe('the choice of a short id', () => {
  const random = () => new RandomStreams(3).stream('short_id', '');

  it('finds the last one that is free', () => {
    const table = new ShortIdTable();
    for (let id = 0; id < 4096; id++) if (id !== 1234) table.add(new Peer(id + 1, '', 1n, id));
    expect(table.choose(random())).toBe(1234);
    table.add(new Peer(9999, '', 1n, 1234));
    expect(table.choose(random())).toBeNull();
  });
});
