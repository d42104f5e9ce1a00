import type { PeerName } from '../peer-name.ts';

/**
 * Who takes part. A promise must not be forgotten: a process that is started anew, and has forgotten, is
 * somebody else, told by its UID.
 */
export interface NodeId {
  readonly name: PeerName;
  readonly uid: bigint;
}

/** Proposals are numbered by rounds, from 1; 0 is none. In a round those of greater names come later. */
export interface ProposalId {
  readonly round: number;
  readonly proposer: NodeId;
}

export interface AcceptedValue {
  /** For whom the ring is to be made. */
  readonly value: readonly PeerName[];
  /** The proposal that it was first in: it tells values apart. */
  readonly origin: ProposalId;
}

/** What a node has said. */
export interface NodeClaims {
  /** It accepts no proposal before this one. */
  readonly promise: ProposalId;
  readonly accepted: ProposalId;
  readonly acceptedValue: AcceptedValue;
}

/** What is known of all nodes, each with its claims; null from one that only observes. */
export type PaxosState = readonly (readonly [NodeId, NodeClaims])[] | null;

const NONE: ProposalId = { round: 0, proposer: { name: 0, uid: 0n } };
const NO_CLAIMS: NodeClaims = { promise: NONE, accepted: NONE, acceptedValue: { value: [], origin: NONE } };

/** More than half of `peers`. */
export function quorumOf(peers: number): number {
  return Math.floor(peers / 2) + 1;
}

/** What takes part in finding out for whom the ring is to be made. */
export interface PaxosParticipant {
  /** Has a say, and does not just wait for the outcome. */
  readonly isElector: boolean;
  /** How many must agree; 0 while that isn't known. */
  quorum: number;
  /** How many nodes it has heard of. */
  readonly numKnown: number;
  gossipState(): PaxosState;
  /** Learns what others know. @returns whether it was new */
  update(state: PaxosState): boolean;
  propose(): void;
  /** Says what follows from what is known. @returns whether that is something new to say */
  think(): boolean;
  /** For whom the ring is to be made, once it is agreed. */
  consensus(): readonly PeerName[] | null;
}

/** One that only waits (`--ipalloc-init observer`). */
export class PaxosObserver implements PaxosParticipant {
  readonly isElector = false;
  quorum = 0;
  readonly numKnown = 0;

  gossipState(): PaxosState {
    return null;
  }

  update(): boolean {
    return false;
  }

  propose(): void {}

  think(): boolean {
    return false;
  }

  consensus(): null {
    return null;
  }
}

/**
 * A proposer and acceptor of Paxos whose messages are what everybody is known to have said (Weave:
 * `ipam/paxos`).
 */
export class PaxosNode implements PaxosParticipant {
  readonly isElector = true;
  quorum = 0;
  private readonly id: NodeId;
  private readonly known = new Map<string, { id: NodeId; claims: NodeClaims }>();

  constructor(id: NodeId) {
    this.id = id;
  }

  get numKnown(): number {
    return this.known.size;
  }

  gossipState(): PaxosState {
    return [...this.known.values()].map(({ id, claims }) => [id, claims]);
  }

  update(state: PaxosState): boolean {
    let changed = false;
    for (const [id, theirs] of state ?? []) {
      const ours = this.known.get(keyOf(id))?.claims;
      const claims = ours === undefined ? theirs : later(ours, theirs);
      if (claims === ours) continue;
      this.known.set(keyOf(id), { id, claims });
      changed = true;
    }
    return changed;
  }

  /** A proposal that comes after all others ("prepare"). */
  propose(): void {
    let round = 0;
    for (const { claims } of this.known.values()) {
      round = Math.max(round, claims.promise.round, claims.accepted.round);
    }
    this.claim({ ...this.ownClaims(), promise: { round: round + 1, proposer: this.id } });
    // One that needs nobody else accepts at once.
    if (this.quorum === 1) this.think();
  }

  think(): boolean {
    const before = this.ownClaims();
    let claims = before;
    for (const other of this.claims()) {
      if (precedes(claims.promise, other.promise)) claims = { ...claims, promise: other.promise };
    }
    claims = this.requestAcceptance(claims);
    for (const other of this.claims()) {
      if (!sameProposal(other.accepted, claims.promise)) continue;
      claims = { ...claims, accepted: other.accepted, acceptedValue: other.acceptedValue };
      break;
    }
    if (sameClaims(claims, before)) return false;
    this.claim(claims);
    return true;
  }

  /**
   * A proposal of this node's that a quorum has promised, it accepts itself: by that the others know that
   * they may. Its value is one that was accepted before, if there is any.
   */
  private requestAcceptance(claims: NodeClaims): NodeClaims {
    if (!sameNode(claims.promise.proposer, this.id)) return claims;
    const promised = this.claims().filter(({ promise }) => sameProposal(promise, claims.promise));
    if (promised.length < this.quorum) return claims;
    let best = NO_CLAIMS;
    for (const other of promised) if (precedes(best.accepted, other.accepted)) best = other;
    const acceptedValue =
      best === NO_CLAIMS ? { value: this.knownNames(), origin: claims.promise } : best.acceptedValue;
    return { ...claims, accepted: claims.promise, acceptedValue };
  }

  consensus(): readonly PeerName[] | null {
    if (this.quorum === 0) return null;
    const accepted = this.claims().filter((claims) => claims.accepted.round > 0);
    for (const { acceptedValue } of accepted) {
      const agreeing = accepted.filter((other) =>
        sameProposal(other.acceptedValue.origin, acceptedValue.origin),
      );
      if (agreeing.length >= this.quorum) return acceptedValue.value;
    }
    return null;
  }

  /** At least a quorum; not all peers, perhaps, but good enough to begin with. */
  private knownNames(): PeerName[] {
    return [...this.known.values()].map(({ id }) => id.name);
  }

  private claims(): NodeClaims[] {
    return [...this.known.values()].map(({ claims }) => claims);
  }

  private ownClaims(): NodeClaims {
    return this.known.get(keyOf(this.id))?.claims ?? NO_CLAIMS;
  }

  private claim(claims: NodeClaims): void {
    this.known.set(keyOf(this.id), { id: this.id, claims });
  }
}

/** The later promise and the later acceptance of two accounts of one node; `ours` itself if that has both. */
function later(ours: NodeClaims, theirs: NodeClaims): NodeClaims {
  let claims = ours;
  if (precedes(claims.promise, theirs.promise)) claims = { ...claims, promise: theirs.promise };
  if (precedes(claims.accepted, theirs.accepted)) {
    claims = { ...claims, accepted: theirs.accepted, acceptedValue: theirs.acceptedValue };
  }
  return claims;
}

function precedes(a: ProposalId, b: ProposalId): boolean {
  if (a.round !== b.round) return a.round < b.round;
  if (a.proposer.name !== b.proposer.name) return a.proposer.name < b.proposer.name;
  return a.proposer.uid < b.proposer.uid;
}

function sameNode(a: NodeId, b: NodeId): boolean {
  return a.name === b.name && a.uid === b.uid;
}

function sameProposal(a: ProposalId, b: ProposalId): boolean {
  return a.round === b.round && sameNode(a.proposer, b.proposer);
}

function sameClaims(a: NodeClaims, b: NodeClaims): boolean {
  return (
    sameProposal(a.promise, b.promise) &&
    sameProposal(a.accepted, b.accepted) &&
    sameProposal(a.acceptedValue.origin, b.acceptedValue.origin)
  );
}

function keyOf({ name, uid }: NodeId): string {
  return `${name}/${uid}`;
}
