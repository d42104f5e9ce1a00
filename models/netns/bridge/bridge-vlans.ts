import { DropReason } from '../../drop-reason.ts';
import { type Packet, setVlanTag, vlanId } from '../../packet.ts';
import type { Interface } from '../interface/interface.ts';
import { Traced } from '../path-memo/path-memo.ts';
import type { Bridge, BridgePort } from './bridge.ts';

/** In place of a VLAN: the frame has none that may pass. */
export const NOT_ADMITTED = -1;

/** Priority and DEI in the control information of a tag. */
const PRIORITY_BITS = 0xf000;
/** VLAN that every port starts in, untagged. */
export const DEFAULT_PVID = 1;

/** How frames of a VLAN pass a port. */
export interface VlanFlags {
  /** What comes in untagged belongs to this VLAN; of one VLAN at most. */
  pvid: boolean;
  /** The tag is taken off on the way out. */
  untagged: boolean;
}

/** The VLANs that a bridge port, or the bridge itself, is a member of (Linux `struct net_bridge_vlan_group`). */
export class VlanGroup {
  /** Of frames without a VLAN; 0: they are not let in. */
  pvid = 0;
  /** Whether the tag is taken off, by VLAN. */
  private readonly members = new Map<number, boolean>();

  has(vlan: number): boolean {
    return this.members.has(vlan);
  }

  untags(vlan: number): boolean {
    return this.members.get(vlan) === true;
  }

  set(vlan: number, { pvid, untagged }: VlanFlags): void {
    if (pvid) this.pvid = vlan;
    else if (this.pvid === vlan) this.pvid = 0;
    this.members.set(vlan, untagged);
  }

  delete(vlan: number): void {
    if (this.pvid === vlan) this.pvid = 0;
    this.members.delete(vlan);
  }

  /** In ascending order. */
  list(): number[] {
    return [...this.members.keys()].sort((a, b) => a - b);
  }

  /** The VLAN that a frame belongs to when it comes in here, or `NOT_ADMITTED`. */
  vlanOf(packet: Packet): number {
    const vlan = vlanId(packet);
    if (vlan === 0) return this.pvid === 0 ? NOT_ADMITTED : this.pvid;
    return this.members.has(vlan) ? vlan : NOT_ADMITTED;
  }
}

/** VLAN membership in a bridge (Linux `net/bridge/br_vlan.c`). A port is given as null for the bridge itself. */
export class BridgeVlans {
  readonly own = new VlanGroup();
  defaultPvid = DEFAULT_PVID;
  private readonly bridge: Bridge;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }

  /** Everybody becomes a member of the default VLAN. */
  populate(): void {
    // the oldest port first; an address that the bridge has from a port stays with the port
    for (const port of [...this.bridge.ports].reverse()) this.addPort(port);
    this.add(null, this.defaultPvid, { pvid: true, untagged: true });
  }

  /** Linux `nbp_vlan_init` */
  addPort(port: BridgePort): void {
    port.vlans = new VlanGroup();
    if (this.defaultPvid !== 0) this.add(port, this.defaultPvid, { pvid: true, untagged: true });
  }

  /** Linux `nbp_vlan_add`, `br_vlan_add`: a VLAN that is there already gets other flags. */
  add(port: BridgePort | null, vlan: number, flags: VlanFlags): void {
    const { bridge } = this;
    const group = this.groupOf(port);
    if (!group.has(vlan)) bridge.learnLocal((port ?? bridge).iface.mac, port?.number ?? 0, vlan);
    group.set(vlan, flags);
    bridge.iface.namespace.generation++;
  }

  /** Linux `nbp_vlan_delete`, `br_vlan_delete`: with the VLAN goes what was learnt in it. */
  delete(port: BridgePort | null, vlan: number): void {
    const { bridge } = this;
    const group = this.groupOf(port);
    if (!group.has(vlan)) return;
    group.delete(vlan);
    bridge.leaveVlan((port ?? bridge).iface.mac, port?.number ?? 0, vlan);
    bridge.iface.namespace.generation++;
  }

  /** Linux `__br_vlan_set_default_pvid`: whoever still is as he was made follows. @param pvid 0 for none */
  setDefaultPvid(pvid: number): void {
    const old = this.defaultPvid;
    if (pvid === old) return;
    for (const port of [null, ...this.bridge.ports]) {
      const group = this.groupOf(port);
      const isDefault = old !== 0 && group.pvid === old && group.untags(old);
      if (pvid !== 0) {
        if ((old !== 0 && !isDefault) || group.has(pvid)) continue;
        this.add(port, pvid, { pvid: true, untagged: true });
      }
      if (isDefault) this.delete(port, old);
    }
    this.defaultPvid = pvid;
  }

  private groupOf(port: BridgePort | null): VlanGroup {
    return port === null ? this.own : port.vlans!;
  }
}

/**
 * Lets a frame into a bridge that filters (Linux `__allowed_ingress`): from here on it bears the tag of its VLAN.
 * @param at where it comes in: a port, or the bridge itself
 * @returns the VLAN; `NOT_ADMITTED` when the frame was dropped
 */
export function admitToVlan(group: VlanGroup, packet: Packet, at: Interface): number {
  const { network } = at.namespace;
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  const vlan = group.vlanOf(packet);
  if (vlan === NOT_ADMITTED) network.drop(packet, DropReason.vlanFiltered, at);
  else setVlanTag(packet, (packet.vlanTag & PRIORITY_BITS) | vlan);
  return vlan;
}
