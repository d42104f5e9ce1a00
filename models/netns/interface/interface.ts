import type { CableDirection } from '../../link/cable.ts';
import type { Tap } from '../../link/tap.ts';
import type { TransmitQueue } from '../../queueing/transmit-queue.ts';
import type { PacketSocket } from '../../transport/packet-socket.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Bridge, BridgePort } from '../bridge/bridge.ts';
import type { Scope } from '../control-types.ts';
import type { Neighbour } from '../neighbour/neighbour.ts';
import { NeighbourTable, NO_NEIGHBOURS } from '../neighbour/neighbour-table.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Vport } from '../openvswitch/vport.ts';
import { InterfaceRarities, NO_INTERFACE_RARITIES } from '../rare-state.ts';
import { Nexthop } from '../routing/route.ts';
import type { Vxlan } from '../vxlan/vxlan.ts';
import type { DeviceConfig, NeighbourConfig } from './device-config.ts';

export const InterfaceKind = {
  loopback: 0,
  veth: 1,
  physical: 2,
  bridge: 3,
  vxlan: 4,
  openvswitch: 5,
} as const;
export type InterfaceKind = (typeof InterfaceKind)[keyof typeof InterfaceKind];

/** An IPv4 address on an interface (Linux `struct in_ifaddr`). */
export interface InterfaceAddress {
  address: Ipv4Address;
  prefixLength: number;
  broadcast: Ipv4Address | undefined;
  scope: Scope;
  label: string;
  secondary: boolean;
}

const NO_ADDRESSES: readonly InterfaceAddress[] = Object.freeze([]);

const InterfaceFlag = { up: 1, everUp: 2, carrier: 4, hasRoutes: 8, followsDefaults: 16 } as const;

/** Places of an interface's counters in `InterfaceCounters`. */
export const Counter = {
  rxPackets: 0,
  rxBytes: 1,
  txPackets: 2,
  txBytes: 3,
  rxDropped: 4,
  txDropped: 5,
  /** Frames to a group that a bridge passed up. */
  multicast: 6,
} as const;
export const COUNTERS_PER_INTERFACE = 7;

/**
 * One end of something that carries frames, in one namespace (Linux `struct net_device`). There is one class for
 * all kinds, so that the hot path sees one shape; what a kind does on transmit is in `transmit.ts`.
 */
export class Interface {
  /** Unique in the network; the place of its counters, and what a fingerprint names it by. */
  readonly id: number;
  /** Beside the id, which whoever watches looks at: the two are fetched from memory at once. */
  private watcher: Tap | null = null;
  readonly kind: InterfaceKind;
  namespace: NetworkNamespace;
  /** Interface index (ifindex), unique in the namespace. */
  index: number;
  name: string;
  /** Id in the network's `MacTable`. */
  mac: number;
  mtu: number;
  /** `InterfaceFlag` bits: a field each would make a hundred thousand pods' interfaces a fifth larger. */
  private flags: number = InterfaceFlag.followsDefaults;

  /** The other end of a veth pair; null for other kinds, and once that end is gone. */
  peer: Interface | null = null;
  /** The way out of a physical interface; null while no cable is plugged in. */
  cable: CableDirection | null = null;
  /** The forwarding state of an interface of kind bridge. */
  bridge: Bridge | null = null;
  /** Set while this is a port of a bridge. */
  port: BridgePort | null = null;
  private rare: Readonly<InterfaceRarities> = NO_INTERFACE_RARITIES;

  addresses: readonly InterfaceAddress[] = NO_ADDRESSES;
  config: Readonly<DeviceConfig>;
  neighbourConfig: Readonly<NeighbourConfig>;
  /** ARP entries; a shared empty table until there is a first one. */
  neighbours: NeighbourTable = NO_NEIGHBOURS;

  constructor(
    id: number,
    kind: InterfaceKind,
    namespace: NetworkNamespace,
    name: string,
    mac: number,
    mtu: number,
  ) {
    this.id = id;
    namespace.network.interfaces[id] = this;
    this.kind = kind;
    this.namespace = namespace;
    this.index = 0;
    this.name = name;
    this.mac = mac;
    this.mtu = mtu;
    this.config = namespace.configDefault;
    this.neighbourConfig = namespace.neighbourDefault;
  }

  // what few interfaces have, as `rare-state.ts` explains it

  get vxlan(): Vxlan | null {
    return this.rare.vxlan;
  }

  set vxlan(value: Vxlan | null) {
    this.ownRarities.vxlan = value;
  }

  /** Null for an interface that is no port of a datapath, which costs one comparison. */
  get vport(): Vport | null {
    return this.rare.vport;
  }

  set vport(vport: Vport | null) {
    this.ownRarities.vport = vport;
    this.namespace.generation++;
  }

  get qdisc(): TransmitQueue | null {
    return this.rare.qdisc;
  }

  set qdisc(value: TransmitQueue | null) {
    this.ownRarities.qdisc = value;
  }

  get ownConfig(): Partial<DeviceConfig> | null {
    return this.rare.ownConfig;
  }

  set ownConfig(value: Partial<DeviceConfig> | null) {
    this.ownRarities.ownConfig = value;
  }

  /** Null while there is none, which costs one comparison. */
  get packetSockets(): readonly PacketSocket[] | null {
    return this.rare.packetSockets;
  }

  set packetSockets(sockets: readonly PacketSocket[] | null) {
    this.ownRarities.packetSockets = sockets;
    this.namespace.generation++;
  }

  get proxyQueued(): number {
    return this.rare.proxyQueued;
  }

  set proxyQueued(value: number) {
    this.ownRarities.proxyQueued = value;
  }

  private get ownRarities(): InterfaceRarities {
    if (this.rare === NO_INTERFACE_RARITIES) this.rare = new InterfaceRarities();
    return this.rare;
  }

  /** Administratively up (IFF_UP). */
  get up(): boolean {
    return (this.flags & InterfaceFlag.up) !== 0;
  }

  set up(value: boolean) {
    this.setFlag(InterfaceFlag.up, value);
  }

  /** Has been up: it has its queueing discipline since. */
  get everUp(): boolean {
    return (this.flags & InterfaceFlag.everUp) !== 0;
  }

  set everUp(value: boolean) {
    this.setFlag(InterfaceFlag.everUp, value);
  }

  /** Something is there to send to: the other end of a veth pair or cable is up, a bridge has a running port. */
  get carrier(): boolean {
    return (this.flags & InterfaceFlag.carrier) !== 0;
  }

  set carrier(value: boolean) {
    this.setFlag(InterfaceFlag.carrier, value);
  }

  /** There is, or was, a route out of it: changes of its state concern the tables. */
  get hasRoutes(): boolean {
    return (this.flags & InterfaceFlag.hasRoutes) !== 0;
  }

  set hasRoutes(value: boolean) {
    this.setFlag(InterfaceFlag.hasRoutes, value);
  }

  /** Until it has an address, later changes of the namespace's defaults reach it (Linux `ipv4_devconf_setall`). */
  get followsDefaults(): boolean {
    return (this.flags & InterfaceFlag.followsDefaults) !== 0;
  }

  set followsDefaults(value: boolean) {
    this.setFlag(InterfaceFlag.followsDefaults, value);
  }

  private setFlag(flag: number, value: boolean): void {
    this.flags = value ? this.flags | flag : this.flags & ~flag;
  }

  /** Sets values of `net.ipv4.conf.<this interface>`. */
  setConfig(change: Partial<DeviceConfig>): void {
    this.ownConfig = { ...this.ownConfig, ...change };
    this.config = { ...this.config, ...change };
  }

  /** Sees every frame in and out; null when nobody watches, which costs one comparison. */
  get tap(): Tap | null {
    return this.watcher;
  }

  set tap(tap: Tap | null) {
    this.watcher = tap;
    this.namespace.generation++;
  }

  /** Up and with carrier: able to pass frames (IFF_UP and IFF_LOWER_UP). */
  get running(): boolean {
    return this.up && this.carrier;
  }

  get isLoopback(): boolean {
    return this.kind === InterfaceKind.loopback;
  }

  /** A next hop straight out of this interface, for packets that no route decides on. */
  onLinkNexthop(): Nexthop {
    return new Nexthop(this, undefined);
  }

  /** `node1:eth0`, the name that captures and reports use. */
  get fullName(): string {
    return `${this.namespace.name}:${this.name}`;
  }

  /** Adds an ARP entry; the first one gives the interface a table of its own. */
  addNeighbour(neighbour: Neighbour): void {
    if (this.neighbours === NO_NEIGHBOURS) this.neighbours = new NeighbourTable();
    this.neighbours.add(neighbour);
    this.neighboursChanged();
    this.namespace.arpTable.added(neighbour);
  }

  removeNeighbour(neighbour: Neighbour): void {
    if (this.neighbours.get(neighbour.address) !== neighbour) return;
    this.neighbours.remove(neighbour);
    this.neighboursChanged();
    this.namespace.arpTable.removed(neighbour);
  }

  /** A bridge at the other end of a veth pair keeps who is known here (`arp-flood.ts`). */
  neighboursChanged(): void {
    if (this.kind === InterfaceKind.veth) this.namespace.arpGeneration++;
  }
}
