import type { RandomStream } from '../../../engine/random.ts';
import type { Peer } from './peer.ts';

export const SHORT_ID_BITS = 12;
const SHORT_IDS = 1 << SHORT_ID_BITS;
const TRIES = 10;

/** Whose a short id is. It stays in the table when nobody has it any more: to use it again is a change. */
interface Holders {
  /** The one with the lowest name, who keeps it. */
  owner: Peer | null;
  /** Others that have the same by chance, and must look for another. */
  others: Peer[];
}

/** Which peer a short id stands for (mesh `byShortID`). */
export class ShortIdTable {
  /** Set when an id has come to stand for another peer than before; whoever looks at it resets it. */
  changed = false;
  private readonly holders = new Map<number, Holders>();

  fetch(shortId: number): Peer | undefined {
    return this.holders.get(shortId)?.owner ?? undefined;
  }

  /** @returns whom the peer has put out of its id, if anybody */
  add(peer: Peer): Peer | null {
    if (!peer.hasShortId) return null;
    const entry = this.holders.get(peer.shortId);
    if (entry === undefined) {
      this.holders.set(peer.shortId, { owner: peer, others: [] });
      return null;
    }
    const { owner } = entry;
    if (owner !== null && owner.name < peer.name) {
      entry.others.push(peer);
      return null;
    }
    entry.owner = peer;
    this.changed = true;
    if (owner !== null) entry.others.push(owner);
    return owner;
  }

  delete(peer: Peer): void {
    const entry = peer.hasShortId ? this.holders.get(peer.shortId) : undefined;
    if (entry === undefined) return;
    if (entry.owner !== peer) {
      entry.others = entry.others.filter((other) => other !== peer);
      return;
    }
    entry.others.sort((a, b) => a.name - b.name);
    entry.owner = entry.others.shift() ?? null;
    if (entry.owner !== null) this.changed = true;
  }

  /** A random free one; null when all are taken (mesh `chooseShortID`). */
  choose(random: RandomStream): number | null {
    for (let i = 0; i < TRIES; i++) {
      const shortId = random.integer(0, SHORT_IDS - 1);
      if (this.fetch(shortId) === undefined) return shortId;
    }
    const free = Array.from({ length: SHORT_IDS }, (_, id) => id).filter(
      (id) => this.fetch(id) === undefined,
    );
    return free.length === 0 ? null : free[random.integer(0, free.length - 1)];
  }
}
