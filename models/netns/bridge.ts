import { ZERO_MAC_ID } from '../mac-table.ts';
import { FdbFlag, ForwardingDatabase } from './forwarding-database.ts';
import type { Interface } from './interface.ts';

/** Port number that the bridge's own addresses stand under in the forwarding database. */
export const LOCAL_PORT = 0;

/** The forwarding state of a bridge interface (Linux `struct net_bridge`). */
export class Bridge {
  readonly iface: Interface;
  /** Newest port first, the order in which Linux floods. */
  readonly ports: BridgePort[] = [];
  readonly fdb: ForwardingDatabase;
  /** Nanoseconds after which an address not seen again is forgotten. */
  ageing: number;
  stp = false;
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
    this.fdb = new ForwardingDatabase(iface.namespace);
    this.ageing = ageing;
    this.macIsFixed = macIsFixed;
    this.learnLocal(iface.mac, LOCAL_PORT);
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
    return port;
  }

  removePort(port: BridgePort): void {
    this.ports.splice(this.ports.indexOf(port), 1);
    this.portsByNumber[port.number] = null;
    this.freeNumbers++;
    this.fdb.removeWhere((place) => this.fdb.portAt(place) === port.number);
    port.iface.port = null;
    this.relearnShared(port.iface.mac);
  }

  portNumbered(number: number): BridgePort | null {
    return this.portsByNumber[number];
  }

  /** Follows a change of MAC address of the bridge itself or of one of its ports. */
  replaceLocal(oldMac: number, newMac: number, port: number): void {
    const place = this.fdb.find(oldMac);
    if (place >= 0 && this.fdb.portAt(place) === port && (this.fdb.flagsAt(place) & FdbFlag.local) !== 0) {
      this.fdb.delete(oldMac);
    }
    this.learnLocal(newMac, port);
    this.relearnShared(oldMac);
  }

  /** Forgets what was learnt on a port that went down; its own address stays. */
  flushPort(port: BridgePort): void {
    const fdb = this.fdb;
    fdb.removeWhere((place) => fdb.portAt(place) === port.number && fdb.flagsAt(place) === 0);
  }

  /** The bridge and its ports may have shared an address that one of them gave up. */
  private relearnShared(mac: number): void {
    if (this.iface.mac === mac) this.learnLocal(mac, LOCAL_PORT);
    for (const other of this.ports) if (other.iface.mac === mac) this.learnLocal(mac, other.number);
  }

  private learnLocal(mac: number, port: number): void {
    if (mac === ZERO_MAC_ID) return;
    const place = this.fdb.find(mac);
    if (place >= 0 && (this.fdb.flagsAt(place) & FdbFlag.local) !== 0) return;
    this.fdb.set(mac, port, FdbFlag.local | FdbFlag.static, 0);
  }
}

const PortFlag = {
  forwarding: 1,
  learning: 2,
  flood: 4,
  multicastFlood: 8,
  broadcastFlood: 16,
  hairpin: 32,
  isolated: 64,
} as const;

/** An interface's place in a bridge (Linux `struct net_bridge_port`) with its flags. */
export class BridgePort {
  readonly bridge: Bridge;
  readonly iface: Interface;
  readonly number: number;
  /** Bits of `PortFlag`. */
  private flags: number =
    PortFlag.learning | PortFlag.flood | PortFlag.multicastFlood | PortFlag.broadcastFlood;

  constructor(bridge: Bridge, iface: Interface, number: number) {
    this.bridge = bridge;
    this.iface = iface;
    this.number = number;
  }

  /** State forwarding; otherwise disabled. */
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

  private setFlag(flag: number, value: boolean): void {
    this.flags = value ? this.flags | flag : this.flags & ~flag;
  }
}
