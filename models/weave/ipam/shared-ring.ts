import { BytesContent, type Content } from '../mesh/content.ts';
import { type GossipChannel, type GossipData, GossipError } from '../mesh/gossip.ts';
import { formatPeerName, type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import { GobError } from '../wire/gob.ts';
import { type AddressRange, formatAsSubnet, rangeSize } from './address-range.ts';
import {
  decodeGossipState,
  decodeRange,
  encodeGossipState,
  encodeRange,
  type GossipState,
} from './gossip-state.ts';
import type { NodeId, PaxosParticipant } from './paxos.ts';
import { Ring } from './ring.ts';
import { RingError, type RingState } from './ring-entry.ts';
import { Space } from './space.ts';

/** Kinds of message for one peer: their first byte. */
const SPACE_REQUEST = 0;
const RING_UPDATE = 1;
const SPACE_REQUEST_DENIED = 2;

/** Simulated time begins so many seconds after 1970: of interest to nobody but who takes gossip apart. */
const UNIX_TIME_OF_START = 1_700_000_000;

/** What else has to be done when the ring changes. */
export interface RingListener {
  /** There is a ring, or this peer may have come by addresses. */
  ringUpdated(): void;
  /** A peer has nothing to give of a range. */
  denied(owner: PeerName, range: AddressRange): void;
}

export interface SharedRingOptions {
  readonly universe: AddressRange;
  readonly node: NodeId;
  readonly nickname: string;
  readonly paxos: PaxosParticipant;
  readonly quorum: () => number;
  readonly isKnownPeer: (name: PeerName) => boolean;
  /** Nanoseconds. */
  readonly now: () => number;
  readonly listener: RingListener;
}

/**
 * The ring as peers share it: how they come to have one, what they tell each other of it, and how its ranges
 * pass from one to another (Weave: the half of `ipam/allocator.go` that speaks to peers).
 */
export class SharedRing {
  readonly ring: Ring;
  /** What of this peer's ranges is in use. */
  readonly space = new Space();
  readonly nicknames: Map<PeerName, string>;
  readonly paxos: PaxosParticipant;
  channel: GossipChannel | null = null;
  awaitingConsensus = false;
  private readonly options: SharedRingOptions;
  private readonly name: PeerName;
  private broadcastWanted = false;
  /** Whatever is known when it is sent. */
  readonly latest: GossipData = { encode: () => [new BytesContent(this.encode())], merge: () => this.latest };

  constructor(options: SharedRingOptions) {
    this.options = options;
    this.name = options.node.name;
    this.paxos = options.paxos;
    this.ring = new Ring(options.universe, this.name);
    this.nicknames = new Map([[this.name, options.nickname]]);
  }

  /** Sees to it that there will be a ring. */
  establish(): void {
    if (!this.ring.isEmpty || this.awaitingConsensus) return;
    this.awaitingConsensus = true;
    this.paxos.quorum = this.options.quorum();
    this.propose();
    // One that needs nobody else agrees with itself at once.
    this.createIfAgreed();
  }

  /** Once more, in case that messages got lost. */
  propose(): void {
    this.paxos.propose();
    this.broadcast();
  }

  private createIfAgreed(): void {
    const peers = this.paxos.consensus();
    if (peers !== null) this.create(peers);
  }

  /** A ring for these peers, given in any order. */
  create(peers: readonly PeerName[]): void {
    this.ring.claimForPeers([...new Set(peers)].sort((a, b) => a - b));
    this.updated();
    this.broadcast();
  }

  restore(state: RingState): void {
    this.ring.restore(state);
    this.space.updateRanges(this.ring.ownedRanges());
  }

  /** Tells everybody, after what is being done is done. */
  broadcast(): void {
    this.broadcastWanted = true;
  }

  /** What an action leaves to be done: free addresses are counted, and others hear of it. */
  settle(): void {
    this.ring.reportFree((range) => this.space.numFreeWithin(range));
    if (!this.broadcastWanted) return;
    this.broadcastWanted = false;
    this.channel?.broadcast(this.latest);
  }

  /** @returns an error text when there is no way to that peer */
  requestSpace(from: PeerName, range: AddressRange): string | null {
    if (this.unicast(from, SPACE_REQUEST, encodeRange(range))) return null;
    return `unknown relay destination: ${formatPeerName(from)}`;
  }

  /** Takes over all of a peer. @returns how many addresses that was */
  takeOver(peer: PeerName): number {
    if (!this.ring.transfer(peer, this.name)) return 0;
    const before = this.space.numFree;
    this.updated();
    this.broadcast();
    return this.space.numFree - before;
  }

  /** Leaves all to another peer. */
  leaveTo(heir: PeerName): void {
    this.ring.transfer(this.name, heir);
    this.space.clear();
    this.broadcast();
  }

  /** A message for this peer alone. @throws GossipError */
  receiveUnicast(sender: PeerName, message: Uint8Array): void {
    const content = message.subarray(1);
    switch (message[0]) {
      case SPACE_REQUEST: {
        const range = decoded(() => decodeRange(content));
        // Without a ring there is nothing to say: who asks will ask again.
        if (!this.ring.isEmpty) this.donate(range, sender);
        break;
      }
      case RING_UPDATE:
        this.receive(sender, new BytesContent(content));
        break;
      case SPACE_REQUEST_DENIED:
        this.options.listener.denied(
          sender,
          decoded(() => decodeRange(content)),
        );
        break;
    }
  }

  /**
   * What another allocator knows.
   * @param sender UNKNOWN_PEER where it came from a neighbour, as gossip of whomever
   * @throws GossipError when the two can't be peers
   */
  receive(sender: PeerName, message: Content): void {
    const state = decoded(() => decodeGossipState(message.bytes()));
    for (const [name, nickname] of state.nicknames) this.nicknames.set(name, nickname);
    if (state.ring !== null) this.merge(state.ring);
    else if (!this.ring.isEmpty) {
      // It looks for a ring, and here is one.
      if (sender !== UNKNOWN_PEER) this.unicast(sender, RING_UPDATE, this.encode());
    } else if (state.paxos !== null) this.hearProposal(state.paxos);
    // One that has no say asks for a ring, since it needs one: not where it only tells what it knows.
    else if (this.paxos.isElector && sender !== UNKNOWN_PEER) this.establish();
  }

  private hearProposal(state: GossipState['paxos']): void {
    if (!this.paxos.update(state)) return;
    if (this.paxos.think()) this.broadcast();
    this.createIfAgreed();
  }

  private merge(received: RingState): void {
    try {
      if (!this.ring.merge(received, (ranges) => this.hasAllocations(ranges))) return;
    } catch (error) {
      if (error instanceof RingError) throw new GossipError(this.explain(error, received));
      throw error;
    }
    this.pruneNicknames();
    this.updated();
  }

  private explain({ kind, message }: RingError, { seeds, range }: RingState): string {
    if (kind === 'seeds') {
      const theirs = this.namesOf(seeds);
      const ours = this.namesOf(this.ring.seeds);
      return `IP allocation was seeded by different peers (received: ${theirs}, ours: ${ours})`;
    }
    if (kind === 'range') {
      const ours = formatAsSubnet(this.ring.range);
      return `Incompatible IP allocation ranges (received: ${formatAsSubnet(range)}, ours: ${ours})`;
    }
    return message;
  }

  /** `[02:00:00:00:00:01(node-1) 02:00:00:00:00:02]`. */
  private namesOf(peers: readonly PeerName[]): string {
    const names = peers.map((peer) => {
      const nickname = this.nicknames.get(peer);
      return formatPeerName(peer) + (nickname === undefined ? '' : `(${nickname})`);
    });
    return `[${names.join(' ')}]`;
  }

  /** Gives what it can of a range to a peer that asks for it; the ring says what that was. */
  private donate(range: AddressRange, to: PeerName): void {
    const chunk = this.space.donate(range);
    if (chunk === undefined) this.unicast(to, SPACE_REQUEST_DENIED, encodeRange(range));
    else {
      this.ring.grantRangeToHost(chunk, to);
      this.broadcast();
    }
    this.unicast(to, RING_UPDATE, this.encode());
  }

  private updated(): void {
    // Who has a ring needs no consensus any more.
    this.awaitingConsensus = false;
    this.space.updateRanges(this.ring.ownedRanges());
    this.options.listener.ringUpdated();
  }

  /** Some addresses of these ranges are in use here. */
  private hasAllocations(ranges: readonly AddressRange[]): boolean {
    return ranges.some((range) => this.space.numFreeWithin(range) !== rangeSize(range));
  }

  /** Forgets what those are called that own nothing and aren't there. */
  private pruneNicknames(): void {
    const owners = this.ring.peerNames();
    for (const name of [...this.nicknames.keys()]) {
      if (!owners.has(name) && !this.options.isKnownPeer(name)) this.nicknames.delete(name);
    }
  }

  private unicast(to: PeerName, kind: number, content: Uint8Array): boolean {
    const message = new Uint8Array(content.length + 1);
    message[0] = kind;
    message.set(content, 1);
    return this.channel?.unicast(to, new BytesContent(message)) ?? false;
  }

  private encode(): Uint8Array {
    const { ring, paxos, nicknames } = this;
    const now = UNIX_TIME_OF_START + Math.floor(this.options.now() / 1e9);
    // What observers would say of a consensus is nothing: that makes others send them a ring.
    const state: GossipState = ring.isEmpty
      ? { now, nicknames, paxos: paxos.gossipState(), ring: null }
      : { now, nicknames, paxos: null, ring: ring.state() };
    return encodeGossipState(state, this.name);
  }
}

/** What `decode` answers; a gob that is none ends the connection that it came by. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof GobError) throw new GossipError(`gob: ${error.message}`);
    throw error;
  }
}
