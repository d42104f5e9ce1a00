import type { PeerName } from '../peer-name.ts';
import { GOB_INT, GOB_STRING, GOB_UINT, GOB_UINT64, type GobType, type GobValue } from '../wire/gob.ts';
import { decodeGob } from '../wire/gob-decoder.ts';
import { encodeGob } from '../wire/gob-encoder.ts';
import type { AddressRange } from './address-range.ts';
import type { NodeClaims, NodeId, PaxosState, ProposalId } from './paxos.ts';
import type { RingState } from './ring-entry.ts';

/** What allocators tell each other (Weave: `gossipState` of `ipam/allocator.go`). */
export interface GossipState {
  /** Seconds since 1970; nobody looks at it any more. */
  readonly now: number;
  readonly nicknames: ReadonlyMap<PeerName, string>;
  /** Who has a ring needs no consensus. */
  readonly paxos: PaxosState;
  readonly ring: RingState | null;
}

/** Types that Go meets first as a part of another one have no name. */
const NODE_ID = {
  kind: 'struct',
  name: '',
  fields: [
    { name: 'Name', type: GOB_UINT },
    { name: 'UID', type: GOB_UINT64 },
  ],
} as const satisfies GobType;

const PROPOSAL_ID = {
  kind: 'struct',
  name: 'ProposalID',
  fields: [
    { name: 'Round', type: GOB_UINT },
    { name: 'Proposer', type: NODE_ID },
  ],
} as const satisfies GobType;

const ACCEPTED_VALUE = {
  kind: 'struct',
  name: 'AcceptedValue',
  fields: [
    { name: 'Value', type: { kind: 'slice', name: 'Value', element: GOB_UINT } },
    { name: 'Origin', type: PROPOSAL_ID },
  ],
} as const satisfies GobType;

const NODE_CLAIMS = {
  kind: 'struct',
  name: '',
  fields: [
    { name: 'Promise', type: PROPOSAL_ID },
    { name: 'Accepted', type: PROPOSAL_ID },
    { name: 'AcceptedVal', type: ACCEPTED_VALUE },
  ],
} as const satisfies GobType;

const RING_ENTRY = {
  kind: 'struct',
  name: '',
  fields: [
    { name: 'Token', type: GOB_UINT },
    { name: 'Peer', type: GOB_UINT },
    { name: 'Version', type: GOB_UINT },
    { name: 'Free', type: GOB_UINT },
  ],
} as const satisfies GobType;

const RING = {
  kind: 'struct',
  name: 'Ring',
  fields: [
    { name: 'Start', type: GOB_UINT },
    { name: 'End', type: GOB_UINT },
    { name: 'Peer', type: GOB_UINT },
    { name: 'Entries', type: { kind: 'slice', name: 'entries', element: RING_ENTRY } },
    { name: 'Seeds', type: { kind: 'slice', name: '[]mesh.PeerName', element: GOB_UINT } },
  ],
} as const satisfies GobType;

const GOSSIP_STATE = {
  kind: 'struct',
  name: 'gossipState',
  fields: [
    { name: 'Now', type: GOB_INT },
    {
      name: 'Nicknames',
      type: { kind: 'map', name: 'map[mesh.PeerName]string', key: GOB_UINT, value: GOB_STRING },
    },
    {
      name: 'Paxos',
      type: { kind: 'map', name: 'GossipState', key: NODE_ID, value: NODE_CLAIMS },
      optional: true,
    },
    { name: 'Ring', type: RING, optional: true },
  ],
} as const satisfies GobType;

const RANGE = {
  kind: 'struct',
  name: 'Range',
  fields: [
    { name: 'Start', type: GOB_UINT },
    { name: 'End', type: GOB_UINT },
  ],
} as const satisfies GobType;

/** @param sender whose view of the ring it is */
export function encodeGossipState(
  { now, nicknames, paxos, ring }: GossipState,
  sender: PeerName,
): Uint8Array {
  return encodeGob(GOSSIP_STATE, {
    Now: now,
    Nicknames: new Map(nicknames),
    Paxos: paxos === null ? null : new Map(paxos.map(([id, claims]) => [nodeToGob(id), claimsToGob(claims)])),
    Ring: ring === null ? null : ringToGob(ring, sender),
  });
}

/** @throws GobError */
export function decodeGossipState(bytes: Uint8Array): GossipState {
  const state = decodeGob(GOSSIP_STATE, bytes);
  return {
    now: state.Now,
    nicknames: state.Nicknames,
    paxos: state.Paxos && [...state.Paxos].map(([id, claims]) => [nodeFromGob(id), claimsFromGob(claims)]),
    ring: state.Ring && ringFromGob(state.Ring),
  };
}

export function encodeRange({ start, end }: AddressRange): Uint8Array {
  return encodeGob(RANGE, { Start: start, End: end });
}

/** @throws GobError */
export function decodeRange(bytes: Uint8Array): AddressRange {
  const { Start, End } = decodeGob(RANGE, bytes);
  return { start: Start, end: End };
}

function nodeToGob({ name, uid }: NodeId): GobValue<typeof NODE_ID> {
  return { Name: name, UID: uid };
}

function nodeFromGob({ Name, UID }: GobValue<typeof NODE_ID>): NodeId {
  return { name: Name, uid: UID };
}

function proposalToGob({ round, proposer }: ProposalId): GobValue<typeof PROPOSAL_ID> {
  return { Round: round, Proposer: nodeToGob(proposer) };
}

function proposalFromGob({ Round, Proposer }: GobValue<typeof PROPOSAL_ID>): ProposalId {
  return { round: Round, proposer: nodeFromGob(Proposer) };
}

function claimsToGob({ promise, accepted, acceptedValue }: NodeClaims): GobValue<typeof NODE_CLAIMS> {
  return {
    Promise: proposalToGob(promise),
    Accepted: proposalToGob(accepted),
    AcceptedVal: { Value: [...acceptedValue.value], Origin: proposalToGob(acceptedValue.origin) },
  };
}

function claimsFromGob(claims: GobValue<typeof NODE_CLAIMS>): NodeClaims {
  return {
    promise: proposalFromGob(claims.Promise),
    accepted: proposalFromGob(claims.Accepted),
    acceptedValue: {
      value: claims.AcceptedVal.Value,
      origin: proposalFromGob(claims.AcceptedVal.Origin),
    },
  };
}

function ringToGob({ range, entries, seeds }: RingState, sender: PeerName): GobValue<typeof RING> {
  return {
    Start: range.start,
    End: range.end,
    Peer: sender,
    Entries: entries.map(({ token, peer, version, free }) => ({
      Token: token,
      Peer: peer,
      Version: version,
      Free: free,
    })),
    Seeds: [...seeds],
  };
}

function ringFromGob({ Start, End, Entries, Seeds }: GobValue<typeof RING>): RingState {
  return {
    range: { start: Start, end: End },
    entries: Entries.map(({ Token, Peer, Version, Free }) => ({
      token: Token,
      peer: Peer,
      version: Version,
      free: Free,
    })),
    seeds: Seeds,
  };
}
