import { Actor } from '../../../engine/actor.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import { formatIpv4, formatPrefix, type Ipv4Address, type Ipv4Prefix } from '../../wire/ipv4-address.ts';
import { parseMac } from '../../wire/mac-address.ts';
import type { Content } from '../mesh/content.ts';
import type { GossipChannel, GossipData, Gossiper } from '../mesh/gossip.ts';
import { formatPeerName, type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import { hostRange, rangeSize, signed, subnetRange, subnetsOf, unsigned } from './address-range.ts';
import { Allocation } from './allocation.ts';
import { Claim } from './claim.ts';
import { IpamError } from './ipam-error.ts';
import type { IpamInit } from './ipam-init.ts';
import { cidrStatus, type IpamEntryStatus, type IpamStatus, orNull } from './ipam-status.ts';
import type { Operation, OperationContext, PendingRequest } from './operation.ts';
import { OperationQueue } from './operation-queue.ts';
import { OwnedAddresses } from './owned-addresses.ts';
import { PaxosNode, PaxosObserver } from './paxos.ts';
import { Prime } from './prime.ts';
import type { RangeInfo } from './ring.ts';
import type { RingState } from './ring-entry.ts';
import { SharedRing } from './shared-ring.ts';

/** What could not be done is tried again every 5 s. */
const TICK_INTERVAL = 5e9;

/** What an allocator keeps over a restart of its process. */
export interface PersistedIpam {
  readonly peer: PeerName;
  readonly ring: RingState;
  readonly owned: readonly (readonly [id: string, prefixes: readonly Ipv4Prefix[]])[];
}

export interface AllocatorOptions {
  readonly simulation: Simulation;
  /** The peer that it belongs to. */
  readonly peer: { readonly name: PeerName; readonly nickname: string; readonly uid: bigint };
  /** All addresses there are (`--ipalloc-range`), four at least. */
  readonly universe: Ipv4Prefix;
  readonly init: IpamInit;
  /** How many peers must agree on a ring; asked when it is first needed. */
  readonly quorum: () => number;
  /** Whether the mesh knows a peer, and so can speak to it. */
  readonly isKnownPeer: (name: PeerName) => boolean;
  /** Numbers in [0, 1) by which a donor is chosen. */
  readonly random: { uniform(): number };
  /** What an allocator of this peer's has left; what does not fit is not used. */
  readonly persisted?: PersistedIpam | null;
  /** Addresses that are in use already, on the bridge for instance; claimed as soon as that can be. */
  readonly preClaims?: readonly { readonly id: string; readonly prefix: Ipv4Prefix }[];
}

/**
 * Gives out the addresses of one peer, and agrees with those of others who may give out which: Weave's IPAM.
 * What it is asked for it does at once, or when others have said what it needs. Answers come by callbacks,
 * which may ask for more; some come before the method returns.
 */
export class Allocator extends Actor implements Gossiper {
  /** Called with the subnets that make up the ranges this peer owns, whenever those have changed. */
  onOwnedSubnets: ((subnets: readonly Ipv4Prefix[]) => void) | null = null;
  private readonly options: AllocatorOptions;
  private readonly name: PeerName;
  private readonly shared: SharedRing;
  private readonly owned = new OwnedAddresses();
  private readonly context: OperationContext;
  private readonly primes = new OperationQueue<Prime>();
  private readonly claims = new OperationQueue<Claim>();
  private readonly allocations = new OperationQueue<Allocation>();
  /** Nothing is asked for any more. */
  private ended = false;
  /** Ticks are counted from here. */
  private startedAt = 0;
  private tickIsDue = false;
  /** What is to be called when the action in hand is done. */
  private answers: (() => void)[] = [];
  private ownedChanged = false;

  constructor(options: AllocatorOptions) {
    super(options.simulation);
    const { universe, quorum, isKnownPeer } = options;
    const { name, uid, nickname } = options.peer;
    this.options = options;
    this.name = name;
    this.shared = new SharedRing({
      universe: subnetRange(universe),
      node: { name, uid },
      nickname,
      paxos: options.init.kind === 'observer' ? new PaxosObserver() : new PaxosNode({ name, uid }),
      quorum,
      isKnownPeer,
      now: () => this.simulation.now,
      listener: {
        ringUpdated: () => this.tryPending(),
        denied: (owner, range) => this.claims.remove((claim) => claim.isDenied(owner, range)),
      },
    });
    this.shared.ring.onUpdate = () => {
      this.ownedChanged = true;
    };
    this.context = this.makeContext();
  }

  private makeContext(): OperationContext {
    const { shared, owned, name, options } = this;
    return {
      peer: name,
      universe: options.universe,
      ring: shared.ring,
      space: shared.space,
      owned,
      nicknames: shared.nicknames,
      draw: () => options.random.uniform(),
      establishRing: () => shared.establish(),
      requestSpace: (from, range) => shared.requestSpace(from, range),
      answer: (answer) => this.answers.push(answer),
    };
  }

  /** Begins to work, and to speak by this channel. */
  start(channel: GossipChannel): void {
    const { init, preClaims = [] } = this.options;
    this.shared.channel = channel;
    this.startedAt = this.simulation.now;
    for (const { id, prefix } of preClaims) this.claims.add(new Claim(this.context, id, prefix, false, null));
    this.act(() => {
      if (this.restore()) this.claims.tryAll();
      else if (init.kind === 'seed') this.shared.create(init.peers);
    });
  }

  /** The process is gone: nobody hears of it any more, and what it was asked for is never answered. */
  stop(): void {
    this.ended = true;
    this.shared.channel = null;
  }

  /**
   * An address of a subnet for a container: the one that it has there already, if it has one.
   * @param done gets the address, with the subnet's length, or why there is none
   */
  allocate(id: string, subnet: Ipv4Prefix, done: (result: Ipv4Prefix | IpamError) => void): PendingRequest {
    return this.begin(new Allocation(this.context, id, subnet, done), this.allocations);
  }

  /**
   * A certain address for a container.
   * @param noErrorOnUnknown answer at once where it has to wait, and go on to try
   */
  claim(
    id: string,
    prefix: Ipv4Prefix,
    done: (result: Ipv4Prefix | IpamError) => void,
    noErrorOnUnknown = false,
  ): PendingRequest {
    return this.begin(new Claim(this.context, id, prefix, noErrorOnUnknown, done), this.claims);
  }

  /** Calls `done` when there is a ring (`GET /ring`). */
  prime(done: () => void): PendingRequest {
    return this.begin(new Prime(this.context, done), this.primes);
  }

  private begin<O extends Operation>(operation: O, queue: OperationQueue<O>): PendingRequest {
    this.act(() => {
      if (this.ended) operation.cancel();
      else if (!operation.try()) queue.add(operation);
    });
    return operation;
  }

  /** Addresses that a container has in a subnet. */
  lookup(id: string, subnet: Ipv4Prefix): readonly Ipv4Prefix[] {
    return this.owned.inRange(id, hostRange(subnet));
  }

  /** All that have addresses (`GET /ip`), in the order in which they came to have them. */
  ownedAddresses(): [id: string, prefixes: Ipv4Prefix[]][] {
    return this.owned.entries();
  }

  /** Takes all addresses from a container. */
  release(id: string): IpamError | null {
    return this.act(() => {
      const prefixes = this.owned.removeAll(id);
      for (const { address } of prefixes) this.shared.space.release(unsigned(address));
      return prefixes.length > 0 ? null : new IpamError(`Delete: no addresses for ${id}`);
    });
  }

  /** Takes one address from a container. */
  free(id: string, address: Ipv4Address): IpamError | null {
    return this.act(() => {
      if (!this.owned.remove(id, address)) {
        return new IpamError(`Free: address ${formatIpv4(address)} not found for ${id}`);
      }
      this.shared.space.release(unsigned(address));
      return null;
    });
  }

  /**
   * Takes over what a peer owns that will not come back (`weave rmpeer`).
   * @param nameOrNickname as people write it
   * @returns how many addresses that was
   */
  removePeer(nameOrNickname: string): number {
    return this.act(() => {
      const peer = this.lookUpPeer(nameOrNickname);
      return peer === undefined || peer === this.name ? 0 : this.shared.takeOver(peer);
    });
  }

  private lookUpPeer(nameOrNickname: string): PeerName | undefined {
    for (const [name, nickname] of this.shared.nicknames) if (nickname === nameOrNickname) return name;
    return parseMac(nameOrNickname);
  }

  /** Leaves for good: another peer gets all that this one owns (`weave reset`). */
  shutdown(): void {
    this.act(() => {
      this.ended = true;
      this.claims.cancelAll();
      this.allocations.cancelAll();
      this.primes.cancelAll();
      const heir = this.pickHeir();
      if (heir !== undefined) this.shared.leaveTo(heir);
    });
  }

  /** Rather one that is there than one that isn't, and rather one that owns something. */
  private pickHeir(): PeerName | undefined {
    const { ring, nicknames } = this.shared;
    const pick = (isValid: (peer: PeerName) => boolean) =>
      ring.pickPeerForTransfer(isValid) ??
      [...nicknames.keys()].find((peer) => peer !== this.name && isValid(peer));
    return pick(this.options.isKnownPeer) ?? pick(() => true);
  }

  /** The mesh has forgotten a peer. */
  peerGone(name: PeerName): void {
    if (!this.shared.ring.peerNames().has(name)) this.shared.nicknames.delete(name);
  }

  /** What is left when the process ends now; null while there is no ring. */
  persisted(): PersistedIpam | null {
    const { ring } = this.shared;
    return ring.isEmpty ? null : { peer: this.name, ring: ring.state(), owned: this.owned.entries() };
  }

  /** @returns whether there was something to go on with */
  private restore(): boolean {
    const { persisted } = this.options;
    if (!persisted || persisted.peer !== this.name) return false;
    const { ring, space } = this.shared;
    const { start, end } = persisted.ring.range;
    if (start !== ring.range.start || end !== ring.range.end) return false;
    this.shared.restore(persisted.ring);
    for (const [id, prefixes] of persisted.owned) {
      for (const prefix of prefixes) {
        this.owned.add(id, prefix);
        space.claim(unsigned(prefix.address));
      }
    }
    return true;
  }

  /** The subnets that make up the ranges this peer owns, in ascending order. */
  ownedSubnets(): Ipv4Prefix[] {
    return this.shared.ring.ownedRanges().flatMap(subnetsOf);
  }

  /** For `weave status` and `weave report`. */
  status(defaultSubnet: Ipv4Prefix = this.options.universe): IpamStatus {
    const { ring, space, paxos, awaitingConsensus } = this.shared;
    const { isElector, numKnown, quorum } = paxos;
    return {
      Paxos: awaitingConsensus ? { Elector: isElector, KnownNodes: numKnown, Quorum: quorum } : null,
      Range: formatPrefix(this.options.universe),
      RangeNumIPs: rangeSize(ring.range),
      ActiveIPs: space.numUsed,
      DefaultSubnet: formatPrefix(defaultSubnet),
      Entries: orNull(ring.rangeInfo().map((info) => this.entryStatus(info))),
      PendingClaims: orNull(
        this.claims.pending.map(({ id, prefix }) => ({ Ident: id, CIDR: cidrStatus(prefix) })),
      ),
      PendingAllocates: orNull(this.allocations.pending.map((allocation) => allocation.describe())),
    };
  }

  private entryStatus({ range, peer, version }: RangeInfo): IpamEntryStatus {
    return {
      Token: formatIpv4(signed(range.start)),
      Size: rangeSize(range),
      Peer: formatPeerName(peer),
      Nickname: this.shared.nicknames.get(peer) ?? '',
      IsKnownPeer: peer === this.name || this.options.isKnownPeer(peer),
      Version: version,
    };
  }

  onGossipUnicast(source: PeerName, message: Content): void {
    this.act(() => this.shared.receiveUnicast(source, message.bytes()));
  }

  onGossipBroadcast(source: PeerName, update: Content): GossipData {
    this.act(() => this.shared.receive(source, update));
    return this.shared.latest;
  }

  onGossip(update: Content): null {
    this.act(() => this.shared.receive(UNKNOWN_PEER, update));
    return null;
  }

  gossip(): GossipData {
    return this.shared.latest;
  }

  /** A tick. */
  override handle(): void {
    this.tickIsDue = false;
    if (!this.hasToWait()) return;
    const { shared } = this;
    this.act(() => {
      if (shared.awaitingConsensus) shared.propose();
      else if (shared.ring.isEmpty) shared.establish();
      else this.tryPending();
    });
  }

  private tryPending(): void {
    this.primes.tryAll();
    this.claims.tryAll();
    this.allocations.tryAll();
  }

  /** Does something, and then what follows from it. */
  private act<T>(action: () => T): T {
    try {
      return action();
    } finally {
      this.settle();
    }
  }

  private settle(): void {
    this.shared.settle();
    this.armTick();
    if (this.ownedChanged) {
      this.ownedChanged = false;
      this.onOwnedSubnets?.(this.ownedSubnets());
    }
    const { answers } = this;
    this.answers = [];
    for (const answer of answers) answer();
  }

  /** A tick with nothing to do is left out. */
  private armTick(): void {
    if (this.tickIsDue || !this.hasToWait()) return;
    this.tickIsDue = true;
    const { now } = this.simulation;
    const passed = Math.floor((now - this.startedAt) / TICK_INTERVAL);
    this.simulation.schedule(this, this.startedAt + (passed + 1) * TICK_INTERVAL, 0, 0);
  }

  private hasToWait(): boolean {
    if (this.ended) return false;
    if (this.shared.awaitingConsensus) return true;
    return !(this.primes.isEmpty && this.claims.isEmpty && this.allocations.isEmpty);
  }
}
