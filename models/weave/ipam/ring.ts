import { type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import type { AddressRange } from './address-range.ts';
import { checkEntries, distanceOn, type RingEntry, RingError, type RingState } from './ring-entry.ts';
import { mergeEntries } from './ring-merge.ts';

/** A range of a ring, as `weave status ipam` counts them. */
export interface RangeInfo {
  readonly range: AddressRange;
  readonly peer: PeerName;
  readonly version: number;
}

/** So much newer is an entry that changes hands: more than its former owner can still report. */
const TRANSFER_VERSIONS = 100;

/** Who owns which addresses, as one peer knows it: a replicated data type (Weave: `ipam/ring`). */
export class Ring {
  readonly range: AddressRange;
  /** Whose view this is. */
  readonly peer: PeerName;
  /** Called after the ranges that this peer owns may have changed, with what they were. */
  onUpdate: ((previous: readonly AddressRange[]) => void) | null = null;
  private sorted: RingEntry[] = [];
  private seedNames: readonly PeerName[] = [];

  constructor(range: AddressRange, peer: PeerName) {
    this.range = range;
    this.peer = peer;
  }

  get isEmpty(): boolean {
    return this.sorted.length === 0;
  }

  /** In ascending order of tokens. */
  get entries(): readonly Readonly<RingEntry>[] {
    return this.sorted;
  }

  get seeds(): readonly PeerName[] {
    return this.seedNames;
  }

  /** As it is now, whatever happens to the ring. */
  state(): RingState {
    return { range: this.range, entries: copyEntries(this.sorted), seeds: [...this.seedNames] };
  }

  restore(state: RingState): void {
    this.tracked(() => {
      this.sorted = copyEntries(state.entries);
      this.seedNames = [...state.seeds];
    });
  }

  /**
   * Divides an empty ring among peers (at least one), by halves: the lower half for the first half of the
   * list.
   * @param peers in ascending order, none twice
   */
  claimForPeers(peers: readonly PeerName[]): void {
    this.tracked(() => {
      this.subdivide(this.range, peers);
      this.seedNames = [...peers];
    });
  }

  private subdivide({ start, end }: AddressRange, peers: readonly PeerName[]): void {
    const size = end - start;
    if (size === 0) return;
    if (size === 1 || peers.length === 1) {
      this.sorted.push({ token: start, peer: peers[0]!, version: 0, free: size });
      return;
    }
    const middle = start + Math.floor(size / 2);
    const half = peers.length >> 1;
    this.subdivide({ start, end: middle }, peers.slice(0, half));
    this.subdivide({ start: middle, end }, peers.slice(half));
  }

  /** Gives a range, all of which this peer owns, to another one. */
  grantRangeToHost({ start, end }: AddressRange, peer: PeerName): void {
    this.tracked(() => {
      const before = this.lastUpTo(start);
      const next = this.tokenAfter(before);
      const free = Math.min(end - start, this.distance(start, next));
      let at = before;
      if (this.sorted[before]?.token === start) {
        update(this.sorted[before]!, peer, free);
      } else {
        this.shorten(before, start);
        at = before + 1;
        this.sorted.splice(at, 0, { token: start, peer, version: 0, free });
      }
      this.grantFrom(at + 1, end, peer);
    });
  }

  /** Entries of this peer that begin within what is given away go with it; behind it begins a new one. */
  private grantFrom(index: number, end: number, peer: PeerName): void {
    let at = index;
    for (; at < this.sorted.length && this.sorted[at]!.token < end; at++) {
      const entry = this.sorted[at]!;
      update(entry, peer, Math.min(entry.free, this.distance(entry.token, end)));
    }
    const rest = end === this.range.end ? this.range.start : end;
    if (this.sorted.some(({ token }) => token === rest)) return;
    const free = this.distance(rest, this.sorted[at % this.sorted.length]!.token);
    const place = rest === this.range.start ? 0 : at;
    this.sorted.splice(place, 0, { token: rest, peer: this.peer, version: 0, free });
  }

  /** The entry at `index`, which may be the last one for -1, ends at `end` now. */
  private shorten(index: number, end: number): void {
    const entry = this.sorted.at(index)!;
    update(entry, this.peer, this.distance(entry.token, end));
  }

  /**
   * Learns what another peer's ring says.
   * @param hasAllocations whether addresses of these ranges are in use here: what is in use is not given up
   * @returns whether anything was new
   * @throws RingError
   */
  merge(received: RingState, hasAllocations: (ranges: readonly AddressRange[]) => boolean): boolean {
    checkEntries(received.entries, received.range);
    this.checkSame(received);
    const { entries, updated } = mergeEntries(this, received.entries, hasAllocations);
    entries.forEach((entry, index) => {
      if (entry.peer !== this.peer) return;
      // A range of this peer that was split, which it accepts when nothing of it is in use.
      entry.free = Math.min(
        entry.free,
        this.distance(entry.token, entries[(index + 1) % entries.length]!.token),
      );
    });
    try {
      checkEntries(entries, this.range);
    } catch (error) {
      throw new RingError('entries', `Merge of incoming data causes: ${(error as RingError).message}`);
    }
    this.tracked(() => {
      if (this.seedNames.length === 0) this.seedNames = [...received.seeds];
      this.sorted = entries;
    });
    return updated;
  }

  private checkSame({ seeds, range }: RingState): void {
    const ours = this.seedNames;
    if (seeds.length > 0 && ours.length > 0) {
      const same = seeds.length === ours.length && seeds.every((name, index) => name === ours[index]);
      if (!same) throw new RingError('seeds', 'Received ring was seeded differently from ours');
    }
    if (range.start !== this.range.start || range.end !== this.range.end) {
      throw new RingError('range', 'Received range differs from ours');
    }
  }

  /**
   * Notes how much of this peer's own ranges is free.
   * @param countFree free addresses of a range
   */
  reportFree(countFree: (range: AddressRange) => number): void {
    this.sorted.forEach((entry, index) => {
      if (entry.peer !== this.peer) return;
      let free = 0;
      for (const range of this.rangesBetween(entry.token, this.tokenAfter(index))) free += countFree(range);
      if (entry.free === free) return;
      entry.free = free;
      entry.version++;
    });
  }

  /**
   * Whom to ask for addresses of a range, the first one first: by free addresses times a random number.
   * @param draw in [0, 1); drawn once for each peer that has something, in the order of the ring
   */
  choosePeersToAskForSpace({ start, end }: AddressRange, draw: () => number): PeerName[] {
    const freeOf = new Map<PeerName, number>();
    this.sorted.forEach((entry, index) => {
      const next = this.sorted[index + 1];
      if (next !== undefined && next.token <= start) return;
      if (entry.token >= end || entry.free === 0 || entry.peer === this.peer) return;
      freeOf.set(entry.peer, (freeOf.get(entry.peer) ?? 0) + entry.free);
    });
    const weighted = [...freeOf].map(([peer, free]) => ({ peer, weight: free * draw() }));
    return weighted.sort((a, b) => b.weight - a.weight).map(({ peer }) => peer);
  }

  /** The first owner in the ring, other than this peer, that will do. */
  pickPeerForTransfer(isValid: (peer: PeerName) => boolean): PeerName | undefined {
    return this.sorted.find(({ peer }) => peer !== this.peer && isValid(peer))?.peer;
  }

  /** All that one peer owns is another's. @returns whether that was anything */
  transfer(from: PeerName, to: PeerName): boolean {
    return this.tracked(() => {
      let any = false;
      for (const entry of this.sorted) {
        if (entry.peer !== from) continue;
        entry.peer = to;
        entry.version += TRANSFER_VERSIONS;
        any = true;
      }
      return any;
    });
  }

  /** Who owns an address of the ring; UNKNOWN_PEER when there is no ring yet. */
  owner(address: number): PeerName {
    return this.sorted.at(this.lastUpTo(address))?.peer ?? UNKNOWN_PEER;
  }

  /** All who own something, in the order of the ring. */
  peerNames(): Set<PeerName> {
    return new Set(this.sorted.map(({ peer }) => peer));
  }

  /** What this peer owns, in ascending order. */
  ownedRanges(): AddressRange[] {
    const ranges: AddressRange[] = [];
    for (const info of this.rangeInfo()) if (info.peer === this.peer) ranges.push(info.range);
    return ranges.sort((a, b) => a.start - b.start);
  }

  /** All ranges in the order of the ring; one that goes over its end is two. */
  rangeInfo(): RangeInfo[] {
    return this.sorted.flatMap(({ token, peer, version }, index) =>
      this.rangesBetween(token, this.tokenAfter(index)).map((range) => ({ range, peer, version })),
    );
  }

  /** The addresses from a token up to another one: two ranges when that goes over the end of the ring. */
  rangesBetween(token: number, next: number): AddressRange[] {
    const { start, end } = this.range;
    if (next === start) return [{ start: token, end }];
    if (next > token) return [{ start: token, end: next }];
    return [
      { start, end: next },
      { start: token, end },
    ];
  }

  private distance(start: number, end: number): number {
    return distanceOn(this.range, start, end);
  }

  /**
   * The place of the last entry whose token is at most `address`; -1, which is the last one, below the first.
   */
  private lastUpTo(address: number): number {
    return this.sorted.findLastIndex(({ token }) => token <= address);
  }

  private tokenAfter(index: number): number {
    return this.sorted[(index + 1) % this.sorted.length]!.token;
  }

  /** Does `change`, then says what this peer owned before it. */
  private tracked<T>(change: () => T): T {
    if (this.onUpdate === null) return change();
    const previous = this.ownedRanges();
    const result = change();
    this.onUpdate(previous);
    return result;
  }
}

function update(entry: RingEntry, peer: PeerName, free: number): void {
  entry.peer = peer;
  entry.version++;
  entry.free = free;
}

function copyEntries(entries: readonly Readonly<RingEntry>[]): RingEntry[] {
  return entries.map((entry) => ({ ...entry }));
}
