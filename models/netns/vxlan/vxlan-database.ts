import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { Nud } from '../neighbour/neighbour.ts';

/** One place where a MAC address lives, or one of those that a flood goes to (Linux `struct vxlan_rdst`). */
export interface VxlanRemote {
  /** Of the tunnel endpoint; 0 for none. */
  address: Ipv4Address;
  /** UDP port there. */
  port: number;
  vni: number;
  /** The interface to go out by; null: by the routes. */
  via: Interface | null;
}

/** What a VXLAN interface knows of one MAC address (Linux `struct vxlan_fdb`). */
export interface VxlanEntry {
  /** Id in the network's `MacTable`; that of 00:00:00:00:00:00 stands for all that have no entry. */
  readonly mac: number;
  /** The VNI that it holds in, for an interface that serves several. */
  readonly sourceVni: number;
  /** Bits of `Nud`: what does not age is permanent or noarp. */
  state: number;
  /** In the order in which they were added. */
  remotes: VxlanRemote[];
  /** Nanoseconds: when it was set, or the address last seen as a source. */
  updated: number;
  /** Nanoseconds: when a frame was last sent by it. */
  used: number;
}

/** More than there are ids of MAC addresses; the key of VNI and address stays an exact integer. */
const MAC_IDS = 2 ** 28;

/** Where a VXLAN interface finds MAC addresses behind its tunnel. */
export class VxlanDatabase {
  private readonly entries = new Map<number, VxlanEntry>();

  find(mac: number, sourceVni: number): VxlanEntry | undefined {
    return this.entries.get(sourceVni * MAC_IDS + mac);
  }

  add(entry: VxlanEntry): void {
    this.entries.set(entry.sourceVni * MAC_IDS + entry.mac, entry);
  }

  delete(entry: VxlanEntry): void {
    this.entries.delete(entry.sourceVni * MAC_IDS + entry.mac);
  }

  /** The newest first, as Linux lists them. */
  list(): VxlanEntry[] {
    return [...this.entries.values()].reverse();
  }

  /** Whether any entry ages. */
  get hasAgeing(): boolean {
    for (const entry of this.entries.values()) if (ages(entry)) return true;
    return false;
  }
}

/** Whether an entry goes away by itself. */
export function ages(entry: VxlanEntry): boolean {
  return (entry.state & (Nud.permanent | Nud.noarp)) === 0;
}

export function sameRemote(a: VxlanRemote, b: VxlanRemote): boolean {
  return a.address === b.address && a.port === b.port && a.vni === b.vni && a.via === b.via;
}
