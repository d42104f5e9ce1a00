import { type Connection, Status } from './connection.ts';
import type { Tuple } from './tuple.ts';

const FIRST_SIZE = 16;
/** Entries looked at for an old one to be sacrificed: this many buckets (Linux `NF_CT_EVICTION_RANGE`). */
const EVICTION_RANGE = 8;
/** While entries wait to be forgotten, a search for them goes through a part of the table at most this often. */
const SWEEP_INTERVAL = 60e9;

/**
 * The connections of a namespace, found by the tuple of either direction (Linux `nf_conntrack_hash`). Entries that
 * have expired are not found any more; they are taken out when met, and by a sweep.
 */
export class ConnectionTable {
  /** Entries in the table, expired ones that have not been taken out included. */
  count = 0;
  private buckets: (Tuple | null)[] = new Array<Tuple | null>(FIRST_SIZE).fill(null);
  private oldest: Connection | null = null;
  private newest: Connection | null = null;
  private readonly bySource = new Map<number, Connection>();
  private lastSweep = 0;

  /** The tuple of an entry that is alive, or null. */
  find(tuple: Tuple, now: number): Tuple | null {
    let entry = this.buckets[tuple.hash() & (this.buckets.length - 1)];
    while (entry !== null) {
      if (entry.equals(tuple)) {
        const connection = entry.connection!;
        if (connection.expires > now) return entry;
        this.remove(connection);
        return null;
      }
      entry = entry.next;
    }
    return null;
  }

  /** Whether packets of this kind would be taken for those of another connection (Linux `nf_conntrack_tuple_taken`). */
  isTaken(tuple: Tuple, by: Connection, now: number): boolean {
    const found = this.find(tuple, now);
    return found !== null && found.connection !== by;
  }

  /** Takes a connection in under both its tuples. */
  add(connection: Connection, now: number): void {
    if (this.count * 2 >= this.buckets.length) this.makeRoom(now);
    this.link(connection.original);
    this.link(connection.reply);
    connection.before = this.newest;
    if (this.newest === null) this.oldest = connection;
    else this.newest.after = connection;
    this.newest = connection;
    connection.status |= Status.confirmed;
    if ((connection.status & Status.sourceNatDone) !== 0) this.noteSource(connection);
    this.count++;
  }

  remove(connection: Connection): void {
    if ((connection.status & Status.dying) !== 0) return;
    connection.status |= Status.dying;
    if (!connection.confirmed) return;
    this.unlink(connection.original);
    this.unlink(connection.reply);
    if (connection.before === null) this.oldest = connection.after;
    else connection.before.after = connection.after;
    if (connection.after === null) this.newest = connection.before;
    else connection.after.before = connection.before;
    this.forgetSource(connection);
    this.count--;
  }

  /** Every entry that is alive, oldest first. */
  *entries(now: number): Generator<Connection> {
    let connection = this.oldest;
    while (connection !== null) {
      const after: Connection | null = connection.after;
      if (connection.expires > now) yield connection;
      connection = after;
    }
  }

  /** Takes out what has expired (Linux `gc_worker`); answers how many entries that were. */
  sweep(now: number): number {
    const before = this.count;
    this.lastSweep = now;
    let connection = this.oldest;
    while (connection !== null) {
      const after: Connection | null = connection.after;
      if (connection.expires <= now) this.remove(connection);
      connection = after;
    }
    return before - this.count;
  }

  /**
   * Makes room for one more in a table that is full: what has expired goes, else one entry near `tuple` that is
   * not assured (Linux `early_drop`). Answers `expired`, `early`, or `none` when there is nothing to be taken out.
   */
  evict(tuple: Tuple, now: number): 'expired' | 'early' | 'none' {
    if (this.sweep(now) > 0) return 'expired';
    const mask = this.buckets.length - 1;
    const first = tuple.hash() & mask;
    for (let i = 0; i < EVICTION_RANGE; i++) {
      for (let entry = this.buckets[(first + i) & mask]; entry !== null; entry = entry.next) {
        if ((entry.connection!.status & Status.assured) !== 0) continue;
        this.remove(entry.connection!);
        return 'early';
      }
    }
    return 'none';
  }

  /** Remembers where a connection's source was mapped to (Linux `nf_nat_bysource`). */
  private noteSource(connection: Connection): void {
    const key = sourceKey(connection.original);
    connection.nextBySource = this.bySource.get(key) ?? null;
    this.bySource.set(key, connection);
  }

  /** A connection from the same source, to go by its mapping; the newest first. */
  *fromSource(tuple: Tuple): Generator<Connection> {
    let connection = this.bySource.get(sourceKey(tuple)) ?? null;
    while (connection !== null) {
      const { original } = connection;
      const same =
        original.source === tuple.source &&
        original.sourcePort === tuple.sourcePort &&
        original.protocol === tuple.protocol &&
        original.zone === tuple.zone;
      if (same) yield connection;
      connection = connection.nextBySource;
    }
  }

  private forgetSource(connection: Connection): void {
    const key = sourceKey(connection.original);
    let before: Connection | null = null;
    let other = this.bySource.get(key) ?? null;
    while (other !== null && other !== connection) {
      before = other;
      other = other.nextBySource;
    }
    if (other === null) return;
    if (before !== null) before.nextBySource = connection.nextBySource;
    else if (connection.nextBySource === null) this.bySource.delete(key);
    else this.bySource.set(key, connection.nextBySource);
    connection.nextBySource = null;
  }

  private makeRoom(now: number): void {
    if (now - this.lastSweep >= SWEEP_INTERVAL && this.sweep(now) * 4 > this.count) return;
    const old = this.buckets;
    this.buckets = new Array<Tuple | null>(old.length * 2).fill(null);
    for (let connection = this.oldest; connection !== null; connection = connection.after) {
      this.link(connection.original);
      this.link(connection.reply);
    }
  }

  private link(tuple: Tuple): void {
    const place = tuple.hash() & (this.buckets.length - 1);
    tuple.next = this.buckets[place];
    this.buckets[place] = tuple;
  }

  private unlink(tuple: Tuple): void {
    const place = tuple.hash() & (this.buckets.length - 1);
    let entry = this.buckets[place];
    if (entry === tuple) {
      this.buckets[place] = tuple.next;
      return;
    }
    while (entry !== null && entry.next !== tuple) entry = entry.next;
    if (entry !== null) entry.next = tuple.next;
  }
}

function sourceKey(tuple: Tuple): number {
  return Math.imul(tuple.source, 0x85ebca6b) ^ (tuple.sourcePort << 8) ^ tuple.protocol;
}
