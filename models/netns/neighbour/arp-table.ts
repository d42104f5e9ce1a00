import type { NetworkNamespace } from '../network-namespace.ts';
import { Timer } from '../time/namespace-timer.ts';
import type { Neighbour } from './neighbour.ts';
import { NEIGHBOUR_FLAG, NUD_IN_TIMER, Nud } from './neighbour-states.ts';

/** Since the table was last emptied by force, before that is tried again short of its limit. */
const FLUSH_INTERVAL = 5e9;

/** `net.ipv4.neigh.default.gc_*`. */
export interface GarbageThresholds {
  /** Fewer entries are never collected. */
  thresh1: number;
  /** From here on entries are collected when one is added, every five seconds at most. */
  thresh2: number;
  /** There are never more. */
  thresh3: number;
}

/** Linux 6 defaults. */
const DEFAULT_THRESHOLDS: Readonly<GarbageThresholds> = Object.freeze({
  thresh1: 128,
  thresh2: 512,
  thresh3: 1024,
});

/**
 * What a kernel keeps of all its ARP entries together (Linux `struct neigh_table`, `arp_tbl`): how many there are, and
 * who has to go. All namespaces of a machine share one.
 */
export class ArpTable {
  thresholds: Readonly<GarbageThresholds> = DEFAULT_THRESHOLDS;
  /** All entries. */
  entries = 0;
  /** Entries that may be collected: neither permanent nor learnt from outside. */
  collectable = 0;
  /** Entries ever made and removed. */
  allocated = 0;
  destroyed = 0;
  /** Entries refused because the table was full (`table_fulls`). */
  overflows = 0;
  forcedRuns = 0;
  periodicRuns = 0;
  /** In the order in which they joined. */
  private readonly members: NetworkNamespace[] = [];
  private lastFlush = 0;
  private lastSerial = 0;
  private periodicScheduled = false;

  join(namespace: NetworkNamespace): void {
    this.members.push(namespace);
  }

  leave(namespace: NetworkNamespace): void {
    const place = this.members.indexOf(namespace);
    if (place >= 0) this.members.splice(place, 1);
  }

  /** Place of a new entry in the order of age. */
  nextSerial(): number {
    return ++this.lastSerial;
  }

  /**
   * Whether there is room for another entry (Linux `neigh_alloc`); old ones may have to go.
   * @param clock asked for the time: as an argument it would be an object of its own
   */
  admits(clock: { readonly now: number }): boolean {
    const { thresh2, thresh3 } = this.thresholds;
    if (this.collectable < thresh2 && this.collectable < thresh3) return true;
    const { now } = clock;
    const full = this.collectable >= thresh3;
    if (!full && now <= this.lastFlush + FLUSH_INTERVAL) return true;
    if (this.collectByForce(now) > 0 || !full) return true;
    this.overflows++;
    return false;
  }

  added(neighbour: Neighbour): void {
    this.entries++;
    this.allocated++;
    if (neighbour.isCollectable) this.collectable++;
    if (this.entries >= this.thresholds.thresh1 && !this.periodicScheduled) {
      this.schedulePeriodic(neighbour.iface.namespace);
    }
  }

  removed(neighbour: Neighbour): void {
    this.entries--;
    this.destroyed++;
    if (neighbour.isCollectable) this.collectable--;
  }

  /** Linux `neigh_forced_gc`: the oldest entries first that nobody uses, down to the second threshold. */
  private collectByForce(now: number): number {
    this.forcedRuns++;
    const most = this.collectable - this.thresholds.thresh2;
    const tooRecent = now - FLUSH_INTERVAL;
    let removed = 0;
    for (const neighbour of this.byAge()) {
      if (!neighbour.isCollectable || (neighbour.state & NUD_IN_TIMER) !== 0) continue;
      const { state, updated } = neighbour;
      const useless = state === Nud.failed || state === Nud.noarp || updated < tooRecent;
      if (!useless) continue;
      neighbour.remove();
      removed++;
      if (removed >= most) break;
    }
    this.lastFlush = now;
    return removed;
  }

  private byAge(): Neighbour[] {
    return this.all().sort((a, b) => a.serial - b.serial);
  }

  private all(): Neighbour[] {
    return this.members.flatMap((namespace) =>
      namespace.existingInterfaces().flatMap((iface) => [...iface.neighbours.values()]),
    );
  }

  /** Linux `neigh_periodic_work`, every half base time; it does nothing while the table is small. */
  private schedulePeriodic(namespace: NetworkNamespace): void {
    const { simulation, timerTargets } = namespace.network;
    this.periodicScheduled = true;
    const period = namespace.neighbourDefault.baseReachableTime / 2;
    const due = (Math.floor(simulation.now / period) + 1) * period;
    const place = timerTargets.add({
      onTimer: () => {
        timerTargets.remove(place);
        this.periodicScheduled = false;
        this.collectPeriodically(simulation.now);
        if (this.entries >= this.thresholds.thresh1) this.schedulePeriodic(namespace);
      },
    });
    simulation.schedule(namespace, due, Timer.target, place);
  }

  private collectPeriodically(now: number): void {
    this.periodicRuns++;
    if (this.entries < this.thresholds.thresh1) return;
    for (const neighbour of this.all()) {
      const { state, flags } = neighbour;
      if ((state & (Nud.permanent | NUD_IN_TIMER)) !== 0) continue;
      if ((flags & NEIGHBOUR_FLAG.externLearned) !== 0) continue;
      const used = Math.max(neighbour.used, Math.min(neighbour.confirmed, now));
      const stale = now >= used + neighbour.iface.neighbourConfig.gcStaleTime;
      if (state === Nud.failed || stale) neighbour.remove();
    }
  }
}
