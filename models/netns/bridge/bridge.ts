import { ZERO_MAC_ID } from '../../mac-table.ts';
import type { Interface } from '../interface/interface.ts';
import { ArpFlood } from './arp-flood.ts';
import { BridgeVlans, type VlanGroup } from './bridge-vlans.ts';
import { FdbFlag, ForwardingDatabase } from './forwarding-database.ts';
import { SpanningTree } from './spanning-tree.ts';
import { PortState, type TreePort } from './spanning-tree-port.ts';

/** Port number that the bridge's own addresses stand under in the forwarding database. */
export const LOCAL_PORT = 0;

/** The forwarding state of a bridge interface (Linux `struct net_bridge`). */
export class Bridge {
  readonly iface: Interface;
  /** Newest port first, the order in which Linux floods. */
  readonly ports: BridgePort[] = [];
  readonly fdb: ForwardingDatabase;
  /** As it was set, nanoseconds. */
  ageingTime: number;
  /** The spanning tree protocol; null as long as nobody has asked for any of it. */
  tree: SpanningTree | null = null;
  /** Who is a member of which VLAN; null as long as nobody has asked for any. */
  vlans: BridgeVlans | null = null;
  /** The same while they filter (`vlan_filtering 1`), else null. */
  vlanFilter: BridgeVlans | null = null;
  /** Some port is to be spared ARP. */
  suppressesArp = false;
  /** What the pods at its ports make of ARP requests; see there. */
  private arpFloodMade: ArpFlood | null = null;
  /** Of the group addresses 01:80:c2:00:00:0x, bit by bit, those that are forwarded nevertheless. */
  groupForwardMask = 0;
  /** Whether nothing is learnt from frames to these addresses. */
  noLinkLocalLearn = false;
  /**
   * The bridge lives by the state of its ports from the first time on that Linux goes over them: when there is a
   * port, or an address is set (`br_stp_change_bridge_id`). Until then it is ready without any.
   */
  portStateSelected = false;
  /** Set by the user, so not recomputed from the ports (NET_ADDR_SET). */
  macIsFixed: boolean;
  /** Set by the user, so not adjusted to the ports (BROPT_MTU_SET_BY_USER). */
  mtuIsFixed = false;
  private readonly portsByNumber: (BridgePort | null)[] = [null];
  /** Numbers that were given back. */
  private freeNumbers = 0;

  constructor(iface: Interface, ageing: number, macIsFixed: boolean) {
    this.iface = iface;
    this.fdb = new ForwardingDatabase(iface.namespace, iface.namespace.network.ageingTimes);
    this.ageing = ageing;
    this.ageingTime = ageing;
    this.macIsFixed = macIsFixed;
    this.learnLocal(iface.mac, LOCAL_PORT);
  }

  /** Nanoseconds after which an address not seen again is forgotten now: less than `ageingTime` while the tree changes. */
  get ageing(): number {
    return this.fdb.ageing;
  }

  private set ageing(ageing: number) {
    this.fdb.ageing = ageing;
  }

  get arpFlood(): ArpFlood {
    this.arpFloodMade ??= new ArpFlood(this);
    return this.arpFloodMade;
  }

  addPort(iface: Interface): BridgePort {
    const free = this.freeNumbers > 0 ? this.portsByNumber.indexOf(null, 1) : -1;
    if (free >= 0) this.freeNumbers--;
    const port = new BridgePort(this, iface, free < 0 ? this.portsByNumber.length : free);
    this.portsByNumber[port.number] = port;
    this.ports.unshift(port);
    this.portStateSelected = true;
    this.learnLocal(iface.mac, port.number);
    iface.port = port;
    this.vlans?.addPort(port);
    this.tree?.addPort(port);
    return port;
  }

  /** The VLANs, those of a new bridge when there were none yet. */
  get vlanMembers(): BridgeVlans {
    if (this.vlans === null) {
      this.vlans = new BridgeVlans(this);
      this.vlans.populate();
    }
    return this.vlans;
  }

  /** Spanning tree is switched on. */
  get stp(): boolean {
    return this.tree?.enabled === true;
  }

  /** The spanning tree protocol, switched off when it was not there yet. */
  get spanningTree(): SpanningTree {
    this.tree ??= new SpanningTree(this);
    return this.tree;
  }

  setAgeing(ageing: number): void {
    if (this.ageing === this.ageingTime) this.ageing = ageing;
    this.ageingTime = ageing;
  }

  /** While the tree changes, addresses are forgotten sooner. @param ageing nanoseconds, null for as usual */
  setFastAgeing(ageing: number | null): void {
    this.ageing = ageing ?? this.ageingTime;
    this.iface.namespace.generation++;
  }

  removePort(port: BridgePort): void {
    if (port.tree !== null && port.tree.state !== PortState.disabled) this.tree!.disablePort(port.tree);
    port.tree?.stopTimers();
    this.ports.splice(this.ports.indexOf(port), 1);
    this.portsByNumber[port.number] = null;
    this.freeNumbers++;
    this.fdb.removeWhere((place) => this.fdb.portAt(place) === port.number);
    port.iface.port = null;
    for (const vlan of vlansOf(port.vlans)) this.relearnShared(port.iface.mac, vlan);
  }

  portNumbered(number: number): BridgePort | null {
    return this.portsByNumber[number];
  }

  /** Follows a change of MAC address of the bridge itself or of one of its ports. */
  replaceLocal(oldMac: number, newMac: number, port: number): void {
    const group = port === LOCAL_PORT ? this.vlans?.own : this.portsByNumber[port]!.vlans;
    for (const vlan of vlansOf(group ?? null)) {
      this.forgetLocal(oldMac, port, vlan);
      this.learnLocal(newMac, port, vlan);
      this.relearnShared(oldMac, vlan);
    }
  }

  /** The host's own address on a port is not found in a VLAN any more, nor what was learnt there. */
  leaveVlan(mac: number, port: number, vlan: number): void {
    const { fdb } = this;
    this.forgetLocal(mac, port, vlan);
    this.relearnShared(mac, vlan);
    fdb.removeWhere(
      (place) => fdb.portAt(place) === port && fdb.vlanAt(place) === vlan && fdb.flagsAt(place) === 0,
    );
  }

  /** Forgets what was learnt on a port that went down; its own address stays. */
  flushPort(port: BridgePort): void {
    const fdb = this.fdb;
    fdb.removeWhere((place) => fdb.portAt(place) === port.number && fdb.flagsAt(place) === 0);
  }

  /** The bridge and its ports may have shared an address that one of them gave up. */
  private relearnShared(mac: number, vlan: number): void {
    const isMember = (group: VlanGroup | null | undefined) => vlan === 0 || group?.has(vlan) === true;
    if (this.iface.mac === mac && isMember(this.vlans?.own)) this.learnLocal(mac, LOCAL_PORT, vlan);
    for (const other of this.ports) {
      if (other.iface.mac === mac && isMember(other.vlans)) this.learnLocal(mac, other.number, vlan);
    }
  }

  /** An address of the host itself stands in a VLAN under a port (Linux `fdb_add_local`). */
  learnLocal(mac: number, port: number, vlan = 0): void {
    if (mac === ZERO_MAC_ID) return;
    const place = this.fdb.find(mac, vlan);
    if (place >= 0 && (this.fdb.flagsAt(place) & FdbFlag.local) !== 0) return;
    this.fdb.set(mac, port, FdbFlag.local | FdbFlag.static, 0, vlan);
  }

  private forgetLocal(mac: number, port: number, vlan: number): void {
    const place = this.fdb.find(mac, vlan);
    if (place >= 0 && this.fdb.portAt(place) === port && (this.fdb.flagsAt(place) & FdbFlag.local) !== 0) {
      this.fdb.delete(mac, vlan);
    }
  }
}

/** The VLANs in which a port has entries: its own, and 0 for a bridge that does not filter. */
function vlansOf(group: VlanGroup | null): number[] {
  return group === null ? [0] : [0, ...group.list()];
}

const PortFlag = {
  forwarding: 1,
  learning: 2,
  flood: 4,
  multicastFlood: 8,
  broadcastFlood: 16,
  hairpin: 32,
  isolated: 64,
  neighSuppress: 128,
} as const;

/** Where the mask of group addresses starts in the flags of a port. */
const GROUP_MASK_SHIFT = 8;

/** An interface's place in a bridge (Linux `struct net_bridge_port`) with its flags. */
export class BridgePort {
  readonly bridge: Bridge;
  readonly iface: Interface;
  readonly number: number;
  /** Its place in the spanning tree, once the bridge has one. */
  tree: TreePort | null = null;
  /** The VLANs that it is a member of, once the bridge has any. */
  vlans: VlanGroup | null = null;
  /** Bits of `PortFlag`, and above them the mask of group addresses. */
  private flags: number =
    PortFlag.learning | PortFlag.flood | PortFlag.multicastFlood | PortFlag.broadcastFlood;

  constructor(bridge: Bridge, iface: Interface, number: number) {
    this.bridge = bridge;
    this.iface = iface;
    this.number = number;
  }

  /** State forwarding; else disabled, or another state that the spanning tree has given it. */
  get forwarding(): boolean {
    return (this.flags & PortFlag.forwarding) !== 0;
  }

  set forwarding(value: boolean) {
    this.setFlag(PortFlag.forwarding, value);
  }

  get learning(): boolean {
    return (this.flags & PortFlag.learning) !== 0;
  }

  set learning(value: boolean) {
    this.setFlag(PortFlag.learning, value);
  }

  get flood(): boolean {
    return (this.flags & PortFlag.flood) !== 0;
  }

  set flood(value: boolean) {
    this.setFlag(PortFlag.flood, value);
  }

  get multicastFlood(): boolean {
    return (this.flags & PortFlag.multicastFlood) !== 0;
  }

  set multicastFlood(value: boolean) {
    this.setFlag(PortFlag.multicastFlood, value);
  }

  get broadcastFlood(): boolean {
    return (this.flags & PortFlag.broadcastFlood) !== 0;
  }

  set broadcastFlood(value: boolean) {
    this.setFlag(PortFlag.broadcastFlood, value);
  }

  get hairpin(): boolean {
    return (this.flags & PortFlag.hairpin) !== 0;
  }

  set hairpin(value: boolean) {
    this.setFlag(PortFlag.hairpin, value);
  }

  get isolated(): boolean {
    return (this.flags & PortFlag.isolated) !== 0;
  }

  set isolated(value: boolean) {
    this.setFlag(PortFlag.isolated, value);
  }

  get neighSuppress(): boolean {
    return (this.flags & PortFlag.neighSuppress) !== 0;
  }

  set neighSuppress(value: boolean) {
    this.setFlag(PortFlag.neighSuppress, value);
  }

  /** As that of the bridge, for what comes in here. */
  get groupForwardMask(): number {
    return this.flags >>> GROUP_MASK_SHIFT;
  }

  set groupForwardMask(mask: number) {
    this.flags = (this.flags & ((1 << GROUP_MASK_SHIFT) - 1)) | (mask << GROUP_MASK_SHIFT);
  }

  private setFlag(flag: number, value: boolean): void {
    this.flags = value ? this.flags | flag : this.flags & ~flag;
  }
}
