import { describe, expect, it } from 'vitest';
import {
  decodeGossipState,
  decodeRange,
  encodeGossipState,
  encodeRange,
  type GossipState,
} from '../../../../models/weave/ipam/gossip-state.ts';
import { GOSSIP_OF_GO } from './gossip-of-go.ts';

const NODE_1 = 0x020000000001;
const UNIVERSE = { start: 0x0a200000, end: 0x0a300000 };
const NODE = { name: NODE_1, uid: 0x1234567890abcdefn };
const PROPOSAL = { round: 1, proposer: NODE };
const NICKNAMES = new Map([[NODE_1, 'node-1']]);
const BEGUN = { now: 1_700_000_000, nicknames: NICKNAMES, paxos: null, ring: null };

const STATES = {
  ring: {
    ...BEGUN,
    ring: {
      range: UNIVERSE,
      entries: [{ token: UNIVERSE.start, peer: NODE_1, version: 3, free: 1_048_573 }],
      seeds: [NODE_1],
    },
  },
  consensus: {
    ...BEGUN,
    paxos: [
      [
        NODE,
        { promise: PROPOSAL, accepted: PROPOSAL, acceptedValue: { value: [NODE_1], origin: PROPOSAL } },
      ] as const,
    ],
  },
  nothingYet: { ...BEGUN, paxos: [] },
  observer: { ...BEGUN, nicknames: new Map() },
} satisfies Partial<Record<keyof typeof GOSSIP_OF_GO, GossipState>>;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('what allocators tell each other', () => {
  it.each(['ring', 'consensus', 'nothingYet', 'observer'] as const)(
    'looks as from Go, and is read: %s',
    (name) => {
      expect(hex(encodeGossipState(STATES[name], NODE_1))).toBe(GOSSIP_OF_GO[name]);
      expect(decodeGossipState(Uint8Array.from(Buffer.from(GOSSIP_OF_GO[name], 'hex')))).toEqual(
        STATES[name],
      );
    },
  );

  it('is as long as in the capture of two peers that meet', () => {
    // golden/weave/two-plain, start: frames 17 and 19 count 0x228 and 0x25d bytes of it.
    const newcomer = { ...STATES.nothingYet, nicknames: new Map([[0x020000000002, 'node-2']]) };
    expect(encodeGossipState(newcomer, 0x020000000002)).toHaveLength(0x228);
    expect(encodeGossipState(STATES.ring, NODE_1)).toHaveLength(0x25d);
  });

  it('is a range in a request for space', () => {
    expect(hex(encodeRange(UNIVERSE))).toBe(GOSSIP_OF_GO.range);
    expect(decodeRange(encodeRange({ start: 0, end: 2 ** 32 }))).toEqual({ start: 0, end: 2 ** 32 });
  });
});
