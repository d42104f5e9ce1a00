import { formatIpv4 } from '../../wire/ipv4-address.ts';
import { formatPeerName, type PeerName } from '../peer-name.ts';
import { type AddressRange, signed } from './address-range.ts';
import type { Ring } from './ring.ts';
import { type RingEntry, RingError } from './ring-entry.ts';

type HasAllocations = (ranges: readonly AddressRange[]) => boolean;
type Received = Readonly<RingEntry>;

/**
 * The entries of two rings as those of one: of two for the same token that with the higher version. Nothing
 * in which this peer has addresses in use is given up (Weave: `entries.merge`).
 * @throws RingError where the other ring wants that
 */
export function mergeEntries(
  ring: Ring,
  received: readonly Received[],
  hasAllocations: HasAllocations,
): { entries: RingEntry[]; updated: boolean } {
  const merge = new Merge(ring, hasAllocations);
  let i = 0;
  let j = 0;
  while (i < ring.entries.length && j < received.length) {
    const mine = ring.entries[i]!;
    const theirs = received[j]!;
    if (mine.token < theirs.token) {
      merge.keep(mine);
      i++;
    } else if (mine.token > theirs.token) {
      merge.insert(theirs, ring.rangesBetween(theirs.token, mine.token));
      j++;
    } else {
      merge.choose(mine, theirs, i);
      i++;
      j++;
    }
  }
  for (; i < ring.entries.length; i++) merge.keepRest(ring.entries[i]!);
  for (; j < received.length; j++) merge.insert(received[j]!, null);
  return { entries: merge.entries, updated: merge.updated };
}

class Merge {
  readonly entries: RingEntry[] = [];
  updated = false;
  private readonly ring: Ring;
  private readonly hasAllocations: HasAllocations;
  /** Owner of the last entry, if that was this ring's. */
  private previousOwner: PeerName | null = null;

  constructor(ring: Ring, hasAllocations: HasAllocations) {
    this.ring = ring;
    this.hasAllocations = hasAllocations;
  }

  keep(mine: Received): void {
    this.keepRest(mine);
    this.previousOwner = mine.peer;
  }

  keepRest(mine: Received): void {
    this.entries.push({ ...mine });
  }

  /**
   * An entry that only the other ring has. It may split a range of this peer, if nothing there is in use.
   * @param split what it takes of the range before; null at the end of the ring, where it may take nothing
   */
  insert(theirs: Received, split: readonly AddressRange[] | null): void {
    const ours = this.ring.peer;
    if (
      this.previousOwner === ours &&
      theirs.peer !== ours &&
      (split === null || this.hasAllocations(split))
    ) {
      const peer = formatPeerName(theirs.peer);
      throw conflict(`Peer ${peer} says it owns the IP range from ${addressOf(theirs)}, which I think I own`);
    }
    this.take(theirs);
  }

  /** An entry that both have. @param index its place in this ring */
  choose(mine: Received, theirs: Received, index: number): void {
    if (mine.version === theirs.version && mine.peer !== theirs.peer) this.chooseOwner(mine, theirs, index);
    else if (mine.version >= theirs.version) this.keep(mine);
    else if (mine.peer !== this.ring.peer) this.take(theirs);
    else this.chooseNewer(mine, theirs, index);
  }

  /** Neither is newer, but they have other owners: the one with more free addresses holds. */
  private chooseOwner(mine: Received, theirs: Received, index: number): void {
    if (mine.peer === this.ring.peer && this.inUse(mine, index)) {
      const owner = formatPeerName(mine.peer);
      const other = formatPeerName(theirs.peer);
      const where = `Inconsistent entries for ${addressOf(mine)}`;
      throw conflict(`${where}: owned by ${owner} but incoming message says ${other}`);
    }
    if (mine.free >= theirs.free) this.keep(mine);
    else this.take(theirs);
  }

  /** Somebody has something newer about a range that this peer thinks its own. */
  private chooseNewer(mine: Received, theirs: Received, index: number): void {
    if (theirs.peer === this.ring.peer) {
      this.keepRest({ ...mine, version: theirs.version + 1 });
    } else if (this.inUse(mine, index)) {
      const owner = `${formatPeerName(theirs.peer)} v${theirs.version}`;
      const own = `Received update for IP range I own at ${addressOf(mine)} v${mine.version}`;
      throw conflict(`${own}: incoming message says owner ${owner}`);
    } else {
      this.take(theirs);
    }
  }

  private take(theirs: Received): void {
    this.entries.push({ ...theirs });
    this.updated = true;
    this.previousOwner = null;
  }

  /** Addresses of the range of this ring's entry at `index` are in use here. */
  private inUse(mine: Received, index: number): boolean {
    const { entries } = this.ring;
    return this.hasAllocations(
      this.ring.rangesBetween(mine.token, entries[(index + 1) % entries.length]!.token),
    );
  }
}

function addressOf({ token }: Received): string {
  return formatIpv4(signed(token));
}

function conflict(message: string): RingError {
  return new RingError('entries', message);
}
