import type { RandomStream } from '../../../engine/random.ts';
import type { PeerName } from '../peer-name.ts';
import { Peer, type PeerDirectory } from './peer.ts';
import { keepReport, type PeerReport } from './peer-report.ts';
import { reach } from './reachability.ts';
import { ShortIdTable } from './short-ids.ts';

/** Who hears what has become of the table. */
export interface PeerTableListener {
  /** A peer can't be reached any more and is forgotten. */
  peerRemoved(peer: Peer): void;
  /** Other peers have other short ids. */
  shortIdsChanged(): void;
  /** The local peer's version or short id has changed: that is to be told. */
  localPeerChanged(): void;
}

/** All peers that are known, the local one included (mesh `Peers`). */
export class PeerTable implements PeerDirectory {
  readonly local: Peer;
  private readonly byName = new Map<PeerName, Peer>();
  private readonly shortIds = new ShortIdTable();
  /** Connections, complete or not, that hold on to a peer. */
  private readonly references = new Map<Peer, number>();
  /** How often peers were taken out, and at what count all those were in the table whom a peer names. */
  private removals = 0;
  private readonly resolved = new WeakMap<Peer | PeerReport, number>();
  private readonly listener: PeerTableListener;
  private readonly random: RandomStream;
  /** In the order of names; null when it has to be made anew. */
  private sorted: Peer[] | null = null;
  private localIsPutOut = false;
  private localIsModified = false;

  /** @param random what new short ids are drawn from */
  constructor(local: Peer, listener: PeerTableListener, random: RandomStream) {
    this.local = local;
    this.listener = listener;
    this.random = random;
    this.insert(local);
    this.references.set(local, 1);
  }

  get size(): number {
    return this.byName.size;
  }

  fetch(name: PeerName): Peer | undefined {
    return this.byName.get(name);
  }

  fetchByShortId(shortId: number): Peer | undefined {
    return this.shortIds.fetch(shortId);
  }

  all(): readonly Peer[] {
    this.sorted ??= [...this.byName.values()].sort((a, b) => a.name - b.name);
    return this.sorted;
  }

  /** The peer of this name, which is added when nobody has told of it. It is held until `release`. */
  fetchOrAdd(peer: Peer): Peer {
    const known = this.byName.get(peer.name);
    if (known === undefined) this.insert(peer);
    const held = known ?? peer;
    this.hold(held);
    this.notify([]);
    return held;
  }

  hold(peer: Peer): void {
    this.references.set(peer, (this.references.get(peer) ?? 0) + 1);
  }

  release(peer: Peer): void {
    const left = this.references.get(peer)! - 1;
    if (left > 0) this.references.set(peer, left);
    else this.references.delete(peer);
  }

  /**
   * Takes over what is newer than what is known (mesh `applyUpdate`).
   * @returns the names of those about which something was new
   */
  apply(reports: readonly PeerReport[]): Set<PeerName> {
    const added = this.addUnknown(reports);
    const news = new Set<PeerName>();
    for (const report of reports) {
      const peer = this.byName.get(report.name)!;
      if (peer === this.local) this.compareWithOwn(report);
      else if (added.has(peer) || isNewer(report, peer)) {
        this.takeOver(peer, report);
        news.add(peer.name);
      }
    }
    this.notify([]);
    return news;
  }

  /** Forgets those that no connection leads to, directly or not. */
  collectGarbage(): void {
    const reached = reach(this, this.local, 'all', null)!;
    const removed = this.all().filter((peer) => !reached.has(peer.name) && !this.references.has(peer));
    for (const peer of removed) {
      this.byName.delete(peer.name);
      this.shortIds.delete(peer);
    }
    if (removed.length > 0) {
      this.removals++;
      this.sorted = null;
      // ids have become free: perhaps there is one for us now
      if (this.shortIds.fetch(this.local.shortId) !== this.local) this.localIsPutOut = true;
    }
    this.notify(removed);
  }

  private insert(peer: Peer): void {
    this.byName.set(peer.name, peer);
    this.sorted = null;
    this.addShortId(peer);
  }

  private addShortId(peer: Peer): void {
    if (this.shortIds.add(peer) === this.local) this.localIsPutOut = true;
  }

  /** Peers heard of for the first time; those that are only named as the end of a connection remain without more. */
  private addUnknown(reports: readonly PeerReport[]): Set<Peer> {
    const added = new Set<Peer>();
    for (const { name, nickname, uid, shortId, hasShortId } of reports) {
      if (this.byName.has(name)) continue;
      const peer = new Peer(name, nickname, uid, shortId);
      peer.hasShortId = hasShortId;
      this.insert(peer);
      added.add(peer);
    }
    for (const report of reports) {
      const peer = this.byName.get(report.name)!;
      const isNews = added.has(peer) || report.version !== peer.version || report.uid !== peer.uid;
      // all whom it names are in the table if they have been put there once, unless some were taken out
      const source = isNews ? report : peer;
      if (this.resolved.get(source) === this.removals) continue;
      for (const remote of source.connections.keys()) {
        if (this.byName.has(remote)) continue;
        const placeholder = new Peer(remote, '', 0n, 0);
        placeholder.hasShortId = false;
        this.insert(placeholder);
      }
      this.resolved.set(source, this.removals);
    }
    return added;
  }

  /** Somebody remembers an earlier process of this name: what is true now must be newer than that. */
  private compareWithOwn(report: PeerReport): void {
    const { local } = this;
    if (report.uid === local.uid || report.version < local.version) return;
    local.version = report.version + 1n;
    this.localIsModified = true;
  }

  private takeOver(peer: Peer, report: PeerReport): void {
    peer.version = report.version;
    peer.uid = report.uid;
    peer.nickname = report.nickname;
    peer.connections = report.connections;
    this.takeShortId(peer, report);
    keepReport(peer, report);
  }

  private takeShortId(peer: Peer, report: PeerReport): void {
    if (report.shortId === peer.shortId && report.hasShortId === peer.hasShortId) return;
    this.shortIds.delete(peer);
    peer.shortId = report.shortId;
    peer.hasShortId = report.hasShortId;
    this.addShortId(peer);
  }

  private notify(removed: readonly Peer[]): void {
    const tell = (this.localIsPutOut && this.takeNewShortId()) || this.localIsModified;
    this.localIsPutOut = false;
    this.localIsModified = false;
    for (const peer of removed) this.listener.peerRemoved(peer);
    if (this.shortIds.changed) {
      this.shortIds.changed = false;
      this.listener.shortIdsChanged();
    }
    if (tell) this.listener.localPeerChanged();
  }

  /** @returns false when none is free */
  private takeNewShortId(): boolean {
    const shortId = this.shortIds.choose(this.random);
    if (shortId === null) return false;
    const { local } = this;
    this.shortIds.delete(local);
    local.shortId = shortId;
    local.version++;
    this.addShortId(local);
    return true;
  }
}

function isNewer(report: PeerReport, peer: Peer): boolean {
  if (report.version !== peer.version) return report.version > peer.version;
  if (report.uid !== peer.uid) return report.uid > peer.uid;
  return report.hasShortId && !peer.hasShortId;
}
