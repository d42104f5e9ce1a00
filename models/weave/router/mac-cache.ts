import { Actor } from '../../../engine/actor.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import type { Peer } from '../mesh/peer.ts';

/** Longer than what ARP keeps: an address is forgotten ten minutes after it was last seen. Nanoseconds. */
const MAX_AGE = 600e9;
/** So old a time is before it is brought up to date, and so often is looked for what has aged. */
const GRANULE = MAX_AGE / 10;

interface Entry {
  peer: Peer;
  lastSeen: number;
}

/** What seeing an address told. */
export interface Sighting {
  isNew: boolean;
  /** Where the address is, or has been, according to the cache, when that is another peer. */
  conflict: Peer | null;
}

/** At which peer each MAC address is (weave `router/mac_cache.go`). Addresses are ids of the network's `MacTable`. */
export class MacCache extends Actor {
  private readonly entries = new Map<number, Entry>();
  private readonly started: number;
  private ticking = false;

  constructor(simulation: Simulation) {
    super(simulation);
    this.started = simulation.now;
  }

  /** A frame from `mac` comes from `peer`; an entry that says otherwise stands. */
  add(mac: number, peer: Peer): Sighting {
    return this.see(mac, peer, false);
  }

  /** The same, but the newer news win. */
  addForced(mac: number, peer: Peer): Sighting {
    return this.see(mac, peer, true);
  }

  lookup(mac: number): Peer | undefined {
    return this.entries.get(mac)?.peer;
  }

  /** Forgets every address at a peer. */
  delete(peer: Peer): void {
    for (const [mac, entry] of this.entries) if (entry.peer === peer) this.entries.delete(mac);
  }

  /** In the order in which they were first seen. `lastSeen` is right to a minute, in nanoseconds. */
  view(): { mac: number; peer: Peer; lastSeen: number }[] {
    return [...this.entries].map(([mac, entry]) => ({ mac, ...entry }));
  }

  /** A minute is over. */
  override handle(): void {
    this.ticking = false;
    const { now } = this.simulation;
    for (const [mac, { lastSeen }] of this.entries) if (now > lastSeen + MAX_AGE) this.entries.delete(mac);
    this.tick();
  }

  private see(mac: number, peer: Peer, forced: boolean): Sighting {
    const { now } = this.simulation;
    const entry = this.entries.get(mac);
    if (entry === undefined) {
      this.entries.set(mac, { peer, lastSeen: now });
      this.tick();
      return { isNew: true, conflict: null };
    }
    const conflict = entry.peer === peer ? null : entry.peer;
    if (conflict !== null && !forced) return { isNew: false, conflict };
    if (conflict !== null || now > entry.lastSeen + GRANULE) entry.lastSeen = now;
    entry.peer = peer;
    return { isNew: false, conflict };
  }

  /** Looks again at the next whole minute since the start, as long as there is something to look at. */
  private tick(): void {
    if (this.ticking || this.entries.size === 0) return;
    this.ticking = true;
    const minutes = Math.floor((this.simulation.now - this.started) / GRANULE) + 1;
    this.simulation.schedule(this, this.started + minutes * GRANULE, 0, 0);
  }
}
