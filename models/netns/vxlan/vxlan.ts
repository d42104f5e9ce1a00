import type { EventHandle } from '../../../engine/event-queue.ts';
import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { timerExpiry } from '../time/jiffies.ts';
import type { TimerTarget } from '../time/namespace-timer.ts';
import { ages, VxlanDatabase } from './vxlan-database.ts';

/** What an interface of kind vxlan is set to (Linux `struct vxlan_config`). */
export interface VxlanConfig {
  /** VXLAN network identifier; 0 with `external`. */
  vni: number;
  /** UDP port of the tunnel, on both sides. */
  port: number;
  /** Source address of the outer packets; 0: as routing chooses. */
  local: Ipv4Address;
  /** Where frames without an entry of their own go; 0 for none. */
  remote: Ipv4Address;
  /** The interface that the tunnel is bound to. */
  lower: Interface | null;
  /** Outer TTL; 0: as the host sends, except for groups. */
  ttl: number;
  ttlInherit: boolean;
  /** Outer type of service; 1 is the inner one's. */
  tos: number;
  df: 'unset' | 'set' | 'inherit';
  learning: boolean;
  /** Nanoseconds after which what was learnt is forgotten. */
  ageing: number;
  /** Outer source ports from here up to, not including, `portMax`; both 0: those of `ip_local_port_range`. */
  portMin: number;
  portMax: number;
  udpChecksum: boolean;
  /** Each packet says by itself where it goes (metadata of routes and rules): the interface serves every VNI. */
  external: boolean;
}

/** Aged entries are looked for this often (Linux `FDB_AGE_INTERVAL`). */
const CLEANUP_INTERVAL = 10e9;

/** The state of a VXLAN interface (RFC 7348; Linux `struct vxlan_dev`). */
export class Vxlan implements TimerTarget {
  readonly iface: Interface;
  /** Where the outer packets are sent and received: the namespace that it was made in. */
  readonly underlay: NetworkNamespace;
  config: VxlanConfig;
  readonly fdb = new VxlanDatabase();
  /** Frames taken out of the tunnel that wait to be received (Linux gro_cells). */
  readonly cell: Packet[] = [];
  /** When the next look for aged entries is due; nanoseconds. */
  private cleanupDue = 0;
  private timer: EventHandle = 0;
  private timerPlace = 0;

  constructor(iface: Interface, underlay: NetworkNamespace, config: VxlanConfig) {
    this.iface = iface;
    this.underlay = underlay;
    this.config = config;
  }

  /** The database is searched by VNI only where there may be several. */
  keyVni(vni: number): number {
    return this.config.external ? vni : this.config.vni;
  }

  /** The interface comes up: the clock for ageing starts (Linux `vxlan_open`). */
  startAgeing(): void {
    const { simulation } = this.iface.namespace.network;
    this.cleanupDue = timerExpiry(simulation.now, CLEANUP_INTERVAL);
    this.watchAgeing();
  }

  stopAgeing(): void {
    const { timers, timerTargets } = this.iface.namespace.network;
    if (this.timerPlace === 0) return;
    timers.cancel(this.timer);
    timerTargets.remove(this.timerPlace);
    this.timerPlace = 0;
  }

  /** An entry was made that may age. The clock ticks on while there is none, but only in thought. */
  watchAgeing(): void {
    if (this.timerPlace !== 0 || !this.iface.up || !this.fdb.hasAgeing) return;
    const { simulation, timers, timerTargets } = this.iface.namespace.network;
    while (this.cleanupDue <= simulation.now) {
      this.cleanupDue = timerExpiry(this.cleanupDue, CLEANUP_INTERVAL);
    }
    this.timerPlace = timerTargets.add(this);
    this.timer = timers.armAt(this.cleanupDue, CLEANUP_INTERVAL, this.timerPlace);
  }

  /** Linux `vxlan_cleanup`: forgets what is too old, and looks again when the next entry will be, or in ten seconds. */
  onTimer(): void {
    const { simulation, timerTargets } = this.iface.namespace.network;
    const { now } = simulation;
    timerTargets.remove(this.timerPlace);
    this.timerPlace = 0;
    let next = now + CLEANUP_INTERVAL;
    for (const entry of this.fdb.list()) {
      if (!ages(entry)) continue;
      const dies = entry.updated + this.config.ageing;
      if (dies <= now) this.fdb.delete(entry);
      else if (dies < next) next = dies;
    }
    this.cleanupDue = timerExpiry(now, next - now);
    this.watchAgeing();
  }
}
