import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Allocator } from '../../../../models/weave/ipam/allocator.ts';
import { isIpamError } from '../../../../models/weave/ipam/ipam-error.ts';
import { parseIpamInit } from '../../../../models/weave/ipam/ipam-init.ts';
import { ipamState, printIpamStatus } from '../../../../models/weave/ipam/ipam-status.ts';
import type { PendingRequest } from '../../../../models/weave/ipam/operation.ts';
import { quorumOf } from '../../../../models/weave/ipam/paxos.ts';
import { formatPrefix } from '../../../../models/wire/ipv4-address.ts';
import { parseMac } from '../../../../models/wire/mac-address.ts';
import { IpamNetwork } from './ipam-network.ts';

/*
 * What the real router did, step by step: who got which address, and what the ring was afterwards. Two things
 * are left to chance in these runs: whom of several peers a peer asks for space, and, where peers agree on a
 * ring, whose messages come first. The test looks for draws of random numbers (very small or very large ones)
 * or for an order of messages by which everything comes out as it did.
 */

const ROOT = new URL('../../../golden/weave/ipam/', import.meta.url);

interface RecordedPeer {
  index: number;
  name: string;
  nickname: string;
  init: string;
  targets?: string | string[];
}

interface RecordedRun {
  range: string;
  mode: 'seed' | 'sequential' | 'together';
  peers: RecordedPeer[];
  allocations: { peer: number; what: string; address: string }[];
  rings: { after: string; seenBy: number; entries: RecordedEntry[] }[];
  finalReportIPAM: Record<string, { Entries: { Nickname: string; IsKnownPeer: boolean }[] }>;
  statusIpam: Record<string, string>;
}

interface RecordedEntry {
  token: string;
  size: number;
  peer: string;
  version: number;
}

interface RecordedSteps {
  range: string;
  peers: RecordedPeer[];
  steps: { peer: number; op: string; ident: string; result: string; ring: string[] }[];
  statusIpam: Record<string, string>;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`${name}.json`, ROOT), 'utf8'));
}

/** The peers of a recorded run, as far as they have been started. */
class Replay {
  readonly network: IpamNetwork;
  private readonly chance: Chance;
  private readonly started: Allocator[] = [];
  private readonly recorded: RecordedPeer[];

  constructor(range: string, peers: RecordedPeer[], chance: Chance) {
    this.network = new IpamNetwork(range, chance.draw);
    this.chance = chance;
    this.recorded = peers;
  }

  /** Starts a peer and connects it with the others. */
  start(index: number): void {
    if (this.started[index] !== undefined) return;
    const { name, nickname, init: text } = this.recorded[index - 1]!;
    const init = parseIpamInit(text)!;
    // Targets: all that have been started before it, or all others.
    const agreeing = init.kind === 'consensus' && init.peers > 0 ? init.peers : this.started.length || 1;
    this.started[index] = this.network.add({
      name: nameOf(name),
      nickname,
      init,
      quorum: quorumOf(agreeing),
    });
    this.network.connectAll();
    this.network.settle();
  }

  peer(index: number): Allocator {
    return this.started[index]!;
  }

  /** An address, or undefined when there is none within some time; then who asked goes away. */
  allocate(index: number, id: string): string | undefined {
    let answer: string | undefined;
    const request: PendingRequest = this.peer(index).allocate(id, this.network.universe, (result) => {
      if (!isIpamError(result)) answer = formatPrefix(result);
    });
    this.network.settle(this.chance.choose);
    if (answer === undefined) this.network.pass(4);
    if (answer === undefined) request.abandon();
    return answer;
  }

  ring(index: number): RecordedEntry[] {
    return (this.peer(index).status().Entries ?? []).map(({ Token, Size, Peer, Version }) => {
      return { token: Token, size: Size, peer: Peer, version: Version };
    });
  }

  /** The lines of `weave status ipam`; sorted, since those of other peers come in random order. */
  statusLines(index: number): string[] {
    return linesOf(printIpamStatus(this.peer(index).status(), this.recorded[index - 1]!.name));
  }
}

function linesOf(text: string): string[] {
  return text.match(/.+/g)!.sort();
}

function nameOf(text: string): number {
  return parseMac(text)!;
}

/** What may come out one way or another. */
interface Chance {
  draw: () => number;
  choose: () => number;
}

/** As if nothing were left to chance. */
const NO_CHANCE: Chance = { draw: () => 0.5, choose: () => 0 };

/** Donors are drawn: the digits of `pattern` are small and large numbers. */
function drawn(pattern: number): Chance {
  let draws = 0;
  return { ...NO_CHANCE, draw: () => ((pattern >> draws++) & 1 ? 1e-9 : 1 - 1e-9) };
}

/** Messages are delivered in an order: the digits of `pattern` say which of the first three is next. */
function ordered(pattern: number): Chance {
  let rest = pattern;
  return {
    ...NO_CHANCE,
    choose: () => {
      const digit = rest % 3;
      rest = (rest - digit) / 3;
      return digit;
    },
  };
}

/** Does `attempt` with all kinds of luck until what was recorded comes out. */
function findChance<T>(run: RecordedRun, attempt: (chance: Chance) => T, recorded: T): void {
  const chance = run.mode === 'together' ? ordered : drawn;
  let first: T | undefined;
  for (let pattern = 0; pattern < 81; pattern++) {
    const outcome = attempt(chance(pattern));
    if (JSON.stringify(outcome) === JSON.stringify(recorded)) return;
    first ??= outcome;
  }
  expect(first).toEqual(recorded);
}

function replay(run: RecordedRun, chance: Chance) {
  const replay = new Replay(run.range, run.peers, chance);
  if (run.mode !== 'sequential') for (const { index } of run.peers) replay.start(index);
  const addresses: (string | undefined)[] = [];
  const rings: RecordedEntry[][] = [];
  for (const { peer, what } of run.allocations) {
    replay.start(peer);
    addresses.push(replay.allocate(peer, what));
    const ring = run.rings.find(({ after }) => after === `peer ${peer} ${what}`);
    if (ring !== undefined) rings.push(replay.ring(ring.seenBy));
  }
  return { addresses, rings, replay };
}

describe('peers that allocate', () => {
  it.each(['seed-2', 'seed-3', 'seed-4', 'together-3', 'sequential-4'])(
    'get the addresses that the real ones got: %s',
    (name) => {
      const run = read<RecordedRun>(name);
      findChance(
        run,
        (chance) => {
          const { addresses, rings } = replay(run, chance);
          return { addresses, rings };
        },
        {
          addresses: run.allocations.map(({ address }) => address),
          rings: run.rings.map(({ entries }) => entries),
        },
      );
    },
  );

  it.each(['seed-2', 'seed-3', 'seed-4', 'sequential-4'])('report what the real ones did: %s', (name) => {
    const run = read<RecordedRun>(name);
    findChance(
      run,
      (chance) => {
        const { replay: done } = replay(run, chance);
        return run.peers.map(({ index }) => ({
          report: done.peer(index).status(),
          text: done.statusLines(index),
        }));
      },
      run.peers.map(({ index }) => ({
        report: run.finalReportIPAM[`peer ${index}`],
        text: linesOf(run.statusIpam[`peer ${index}`]!),
      })) as never,
    );
  });
});

describe('two peers in a small range', () => {
  it('share, exhaust and reclaim it as the real ones did', () => {
    const run = read<RecordedSteps>('small-range-exhaustion');
    const done = new Replay(run.range, run.peers, NO_CHANCE);
    const nicknames = new Map(run.peers.map(({ name, nickname }) => [name, nickname]));
    for (const { peer, op, ident, result, ring } of run.steps) {
      done.start(peer);
      const what = `peer ${peer} ${op} ${ident}`;
      expect(doStep(done, run, peer, op, ident), what).toBe(result);
      if (op === 'kill') continue;
      const entries = done.ring(peer).map((entry) => {
        return `${entry.token} +${entry.size} ${nicknames.get(entry.peer)} v${entry.version}`;
      });
      expect(entries, what).toEqual(ring);
    }
    expect(done.statusLines(1)).toEqual(linesOf(run.statusIpam['peer 1']!));
    expect(ipamState(done.peer(1).status())).toBe('ready');
  });

  function doStep(done: Replay, run: RecordedSteps, peer: number, op: string, ident: string): string {
    switch (op) {
      case 'alloc':
        return done.allocate(peer, ident) ?? '(no answer within 4 s: request stays pending)';
      case 'free':
        return done.peer(peer).release(ident)?.message ?? 'ok';
      case 'kill':
        done.network.kill(nameOf(run.peers[peer - 1]!.name));
        return 'peer stopped (SIGTERM, no ring hand-over)';
      case 'rmpeer':
        return `${done.peer(peer).removePeer(ident)} IPs taken over from ${ident}`;
      default:
        throw new Error(op);
    }
  }
});
