import { Actor } from '../../engine/actor.ts';
import type { NetfilterHooks } from '../netfilter/hooks.ts';
import { Netfilter } from '../netfilter/netfilter.ts';
import { Processor } from '../processor/processor.ts';
import type { ProcessorSpec } from '../processor/processor-spec.ts';
import * as qdiscControl from '../queueing/qdisc-control.ts';
import type { QdiscSpec } from '../queueing/qdisc-spec.ts';
import type { PingSocket } from '../transport/ping-socket.ts';
import { TcpTable } from '../transport/tcp/tcp-table.ts';
import { UdpSocket } from '../transport/udp.ts';
import { UdpTable } from '../transport/udp-table.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { MacAddress } from '../wire/mac-address.ts';
import * as fdbControl from './bridge/fdb-control.ts';
import * as vlanControl from './bridge/vlan-control.ts';
import type {
  AddressSpec,
  BridgeChange,
  BridgePortSpec,
  BridgeSpec,
  FdbView,
  LinkSpec,
  LinkView,
  NeighbourSpec,
  NeighbourView,
  RouteSpec,
  RouteView,
  VethSpec,
  VlanMemberView,
  VxlanFdbView,
  VxlanSpec,
} from './control-types.ts';
import { HostServices } from './host-services.ts';
import {
  DEFAULT_CONFIG_ALL,
  DEFAULT_DEVICE_CONFIG,
  DEFAULT_NEIGHBOUR_CONFIG,
  type DeviceConfig,
  type NeighbourConfig,
} from './interface/device-config.ts';
import type { Interface } from './interface/interface.ts';
import * as linkControl from './interface/link-control.ts';
import { linkView } from './interface/link-view.ts';
import * as addressControl from './ipv4/address-control.ts';
import { addAddressRoutes } from './ipv4/address-routes.ts';
import type { IcmpCredit } from './ipv4/icmp-rate-limit.ts';
import { flushReassembly } from './ipv4/ip-reassembly.ts';
import { ArpTable } from './neighbour/arp-table.ts';
import * as neighbourControl from './neighbour/neighbour-control.ts';
import type { Network } from './network.ts';
import type { Datapath } from './openvswitch/datapath.ts';
import * as datapathControl from './openvswitch/datapath-control.ts';
import { NamespaceRarities, NO_NAMESPACE_RARITIES } from './rare-state.ts';
import { Fib } from './routing/fib.ts';
import type { Rule } from './routing/fib-rules.ts';
import * as routeControl from './routing/route-control.ts';
import * as ruleControl from './routing/rule-control.ts';
import { mayDeferRoute, SoleAddress, soleAddressed } from './routing/sole-address.ts';
import { appended } from './short-list.ts';
import { getSysctl, setSysctl, sysctlNames } from './sysctl/sysctl.ts';
import { DEFAULT_SYSCTLS, type Sysctls } from './sysctl/sysctls.ts';
import * as vxlanControl from './vxlan/vxlan-control.ts';
import type { VxlanTunnels } from './vxlan/vxlan-receive.ts';
import { Xfrm } from './xfrm/xfrm.ts';

/** So many interfaces are searched by name one by one. */
const LINEAR_LIMIT = 16;

/**
 * One network namespace of Linux: a node, a pod, a router, a LAN switch. Its public methods are the control
 * surface that everything configures it by: the scenario builder, the shell's `ip`, CNI plugins. They have the
 * semantics and the errors (`ControlError`) of the kernel.
 */
export class NetworkNamespace extends Actor {
  readonly network: Network;
  readonly name: string;
  sysctls: Readonly<Sysctls> = DEFAULT_SYSCTLS;
  configAll: Readonly<DeviceConfig> = DEFAULT_CONFIG_ALL;
  configDefault: Readonly<DeviceConfig> = DEFAULT_DEVICE_CONFIG;
  neighbourDefault: Readonly<NeighbourConfig> = DEFAULT_NEIGHBOUR_CONFIG;
  /** Its place among all namespaces: where its generation stands in the path memo, and its `IpIds`. */
  readonly place: number;

  /** What netfilter does to packets here; null while there is no rule, which costs one comparison. */
  hooks: NetfilterHooks | null = null;

  private interfaceList: Interface[] = [];
  /** Made when there are many, and asked for; null when names have changed since. */
  private interfacesByName: Map<string, Interface> | null = null;
  /** The loopback interface has index 1. */
  private lastIndex = 1;

  // made when first needed: an idle pod has none of these
  private fibMade: Fib | null = null;
  /** A route that is sure to be accepted and waits for the tables to be made. */
  private deferredRoute: RouteSpec | null = null;
  private loopbackInterface: Interface | null = null;
  /** Of the loopback interface, which exists from the start even if nobody has looked at it. */
  private readonly loopbackId: number;
  private loopbackUp = false;
  private rare: Readonly<NamespaceRarities> = NO_NAMESPACE_RARITIES;
  private arpTableMade: ArpTable | null = null;
  private udpTable: UdpTable | null = null;
  /** A UDP port that is open and that nobody reads: its socket is made when somebody asks for it. -1 for none. */
  idleUdpPort = -1;

  constructor(network: Network, name: string) {
    super(network.simulation);
    this.network = network;
    this.name = name;
    this.loopbackId = network.nextInterfaceId();
    this.place = network.memo.addNamespace();
  }

  /**
   * Counts everything that may change where a packet goes from here: links, addresses, routes, connected neighbours,
   * forwarding databases, sockets, settings. Whoever keeps a decision (`path-memo.ts`) compares it.
   */
  get generation(): number {
    return this.network.memo.generations[this.place];
  }

  set generation(generation: number) {
    this.network.memo.generations[this.place] = generation;
    this.arpGeneration++;
  }

  /**
   * Traffic has taught something that decisions rest on: a forwarding database, the state of a neighbour, a socket. As
   * `generation++`, but what a flooded ARP request does here remains what it was.
   */
  noteLearnt(): void {
    this.network.memo.generations[this.place]++;
  }

  /** Counts everything that may change what an ARP request does that is flooded to or from here (`arp-flood.ts`). */
  get arpGeneration(): number {
    return this.network.memo.arpGenerations[this.place];
  }

  set arpGeneration(generation: number) {
    this.network.memo.arpGenerations[this.place] = generation;
  }

  // --- what few namespaces have, as `rare-state.ts` explains it

  get lastQdisc(): number {
    return this.rare.lastQdisc;
  }

  set lastQdisc(value: number) {
    this.ownRarities.lastQdisc = value;
  }

  get proxies(): neighbourControl.ProxyNeighbour[] | null {
    return this.rare.proxies;
  }

  set proxies(value: neighbourControl.ProxyNeighbour[] | null) {
    this.ownRarities.proxies = value;
  }

  get plainSysctls(): Map<string, string> | null {
    return this.rare.plainSysctls;
  }

  set plainSysctls(value: Map<string, string> | null) {
    this.ownRarities.plainSysctls = value;
  }

  get reassembly(): object | null {
    return this.rare.reassembly;
  }

  set reassembly(value: object | null) {
    this.ownRarities.reassembly = value;
  }

  get peers(): Map<Ipv4Address, unknown> | null {
    return this.rare.peers;
  }

  set peers(value: Map<Ipv4Address, unknown> | null) {
    this.ownRarities.peers = value;
  }

  get tunnels(): VxlanTunnels | null {
    return this.rare.tunnels;
  }

  set tunnels(value: VxlanTunnels | null) {
    this.ownRarities.tunnels = value;
  }

  get datapaths(): Datapath[] | null {
    return this.rare.datapaths;
  }

  set datapaths(value: Datapath[] | null) {
    this.ownRarities.datapaths = value;
  }

  get icmpCredit(): IcmpCredit | null {
    return this.rare.icmpCredit;
  }

  set icmpCredit(value: IcmpCredit | null) {
    this.ownRarities.icmpCredit = value;
  }

  /** IPsec of the namespace; null while nobody has asked for it, which costs one comparison. */
  get xfrm(): Xfrm | null {
    return this.rare.xfrm;
  }

  /** The same, made when it is not there yet: for `ip xfrm` and those who do as it does. */
  openXfrm(): Xfrm {
    const xfrm = this.rare.xfrm ?? new Xfrm(this);
    this.ownRarities.xfrm = xfrm;
    return xfrm;
  }

  get processor(): Processor | null {
    return this.rare.processor;
  }

  private get ownRarities(): NamespaceRarities {
    if (this.rare === NO_NAMESPACE_RARITIES) this.rare = new NamespaceRarities();
    return this.rare;
  }

  // --- links

  addBridge(spec: BridgeSpec): Interface {
    return linkControl.addBridge(this, spec);
  }

  /** Makes both ends of a veth pair; answers the end in this namespace. */
  addVeth(spec: VethSpec): Interface {
    return linkControl.addVeth(this, spec);
  }

  addVxlan(spec: VxlanSpec): Interface {
    return vxlanControl.addVxlan(this, spec);
  }

  /** `ip link set X type vxlan`: what can be changed of an interface that is there. */
  setVxlan(name: string, change: Partial<VxlanSpec>): void {
    vxlanControl.setVxlan(this, name, change);
  }

  /** A datapath of Open vSwitch, with the interface that is its port 0 (generic netlink, OVS_DP_CMD_NEW). */
  addDatapath(spec: LinkSpec): Datapath {
    return datapathControl.addDatapath(this, spec);
  }

  deleteDatapath(name: string): void {
    datapathControl.deleteDatapath(this, name);
  }

  /** The datapath of that name, through which its ports and flows are set. */
  datapath(name: string): Datapath | undefined {
    return this.datapaths?.find(({ iface }) => iface.name === name);
  }

  addPhysical(spec: LinkSpec): Interface {
    return linkControl.addPhysical(this, spec);
  }

  deleteLink(name: string): void {
    linkControl.deleteLink(this, name);
  }

  /** All links, by interface index. */
  links(): LinkView[] {
    return this.interfaces().map(linkView);
  }

  link(name: string): LinkView | undefined {
    const iface = this.findInterface(name);
    return iface === undefined ? undefined : linkView(iface);
  }

  setLinkUp(name: string, up: boolean): void {
    if (name !== 'lo' || this.loopbackInterface !== null) {
      linkControl.setLinkUp(this, name, up);
      return;
    }
    this.loopbackUp = up;
    if (up) this.fibMade?.local.deferLoopback(this);
  }

  /** `ip link set X master B`; without a bridge `nomaster`. */
  setMaster(name: string, bridge: string | undefined): void {
    linkControl.setMaster(this, name, bridge);
  }

  setMtu(name: string, mtu: number): void {
    linkControl.setMtu(this, name, mtu);
  }

  setMac(name: string, mac: MacAddress): void {
    linkControl.setMac(this, name, mac);
  }

  renameLink(name: string, newName: string): void {
    linkControl.renameLink(this, name, newName);
  }

  moveLink(name: string, to: NetworkNamespace): void {
    linkControl.moveLink(this, name, to);
  }

  setBridge(name: string, change: BridgeChange): void {
    linkControl.setBridge(this, name, change);
  }

  setBridgePort(name: string, spec: BridgePortSpec): void {
    linkControl.setBridgePort(this, name, spec);
  }

  // --- addresses

  addAddress(dev: string, spec: AddressSpec): void {
    addressControl.addAddress(this, dev, spec);
  }

  deleteAddress(dev: string, address: Ipv4Address, prefixLength: number): void {
    addressControl.deleteAddress(this, dev, address, prefixLength);
  }

  // --- routes

  addRoute(spec: RouteSpec, mode: routeControl.AddMode = 'add'): void {
    const mayWait = this.fibMade === null && this.deferredRoute === null && mode === 'add';
    if (mayWait && mayDeferRoute(this, spec)) {
      this.deferredRoute = spec;
    } else {
      routeControl.addRoute(this, spec, mode);
    }
  }

  deleteRoute(spec: routeControl.RouteMatch): void {
    routeControl.deleteRoute(this, spec);
  }

  /** Routes of a table (default main), in the order in which `ip route` prints them. */
  routes(table?: number): RouteView[] {
    return routeControl.routes(this, table);
  }

  /** What was learnt of single destinations: redirects and path MTUs. */
  learntRoutes(): routeControl.LearntRoute[] {
    return routeControl.learntRoutes(this);
  }

  flushLearntRoutes(): void {
    routeControl.flushLearntRoutes(this);
  }

  /** Numbers of the tables that hold something, in the kernel's order. */
  tables(): number[] {
    return routeControl.tables(this);
  }

  /** What `ip route get` answers. @throws ControlError ENETUNREACH and its kin */
  getRoute(destination: Ipv4Address, options: routeControl.GetRouteOptions = {}): routeControl.RouteAnswer {
    return routeControl.getRoute(this, destination, options);
  }

  // --- rules of policy routing

  /** `ip rule add` @throws ControlError EEXIST, EINVAL */
  addRule(spec: ruleControl.RuleSpec): void {
    ruleControl.addRule(this, spec);
  }

  /** `ip rule del`: the first that agrees. @throws ControlError ENOENT */
  deleteRule(spec: ruleControl.RuleSpec): void {
    ruleControl.deleteRule(this, spec);
  }

  /** In the order in which they are asked. */
  rules(): readonly Rule[] {
    return ruleControl.rulesOf(this);
  }

  // --- neighbours

  setNeighbour(spec: NeighbourSpec, mode: 'add' | 'replace' | 'change'): void {
    neighbourControl.setNeighbour(this, spec, mode);
  }

  deleteNeighbour(address: Ipv4Address, dev: string): void {
    neighbourControl.deleteNeighbour(this, address, dev);
  }

  neighbours(): NeighbourView[] {
    return neighbourControl.neighbours(this);
  }

  /** `ip neigh add proxy`: requests for the address that come in by `dev` are answered. */
  addProxyNeighbour(address: Ipv4Address, dev: string): void {
    neighbourControl.addProxyNeighbour(this, address, dev);
  }

  /** @throws ControlError ENOENT */
  deleteProxyNeighbour(address: Ipv4Address, dev: string): void {
    neighbourControl.deleteProxyNeighbour(this, address, dev);
  }

  proxyNeighbours(): readonly neighbourControl.ProxyNeighbour[] {
    return this.proxies ?? [];
  }

  flushNeighbours(dev?: string): void {
    neighbourControl.flushNeighbours(this, dev);
  }

  // --- queueing disciplines

  /** `tc qdisc add|replace|change dev X root|parent`. @throws ControlError EEXIST, EINVAL, ENOENT */
  setQdisc(place: qdiscControl.QdiscPlace, spec: QdiscSpec, mode: 'add' | 'replace' | 'change'): void {
    qdiscControl.setQdisc(this, place, spec, mode);
  }

  /** @param kind to be sure that it is of this kind. @throws ControlError EINVAL, ENOENT */
  deleteQdisc(place: qdiscControl.QdiscPlace, kind?: string): void {
    qdiscControl.deleteQdisc(this, place, kind);
  }

  qdiscs(): qdiscControl.QdiscView[] {
    return qdiscControl.qdiscs(this);
  }

  // --- forwarding databases of bridges

  fdb(bridge?: string): FdbView[] {
    return fdbControl.fdb(this, bridge);
  }

  addFdb(spec: fdbControl.FdbSpec, mode: fdbControl.FdbMode = 'add'): void {
    fdbControl.addFdb(this, spec, mode);
  }

  deleteFdb(spec: fdbControl.FdbSpec): void {
    fdbControl.deleteFdb(this, spec);
  }

  /** The VLANs of bridges and their ports: `bridge vlan`. */
  vlans(): VlanMemberView[] {
    return vlanControl.vlans(this);
  }

  /** @throws ControlError EINVAL, EOPNOTSUPP */
  addVlan(spec: vlanControl.VlanSpec): void {
    vlanControl.addVlan(this, spec);
  }

  /** @throws ControlError EINVAL, EOPNOTSUPP */
  deleteVlan(spec: vlanControl.VlanSpec): void {
    vlanControl.deleteVlan(this, spec);
  }

  /** Where a VXLAN interface finds addresses behind its tunnel: `bridge fdb ... self`. */
  vxlanFdb(dev: string): VxlanFdbView[] {
    return vxlanControl.vxlanFdb(this, dev);
  }

  addVxlanFdb(spec: vxlanControl.VxlanFdbSpec, mode: fdbControl.FdbMode = 'add'): void {
    vxlanControl.addVxlanFdb(this, spec, mode);
  }

  deleteVxlanFdb(spec: vxlanControl.VxlanFdbSpec): void {
    vxlanControl.deleteVxlanFdb(this, spec);
  }

  // --- netfilter

  /** Rules, sets and connections: the control surface of `iptables`, `ipset` and `conntrack`. */
  get netfilter(): Netfilter {
    const made = this.rare.netfilter ?? new Netfilter(this);
    if (this.rare.netfilter === null) this.ownRarities.netfilter = made;
    return made;
  }

  /** Netfilter, if it has been asked for anything yet. */
  get netfilterIfAny(): Netfilter | null {
    return this.rare.netfilter;
  }

  // --- the cost of its work

  /** From now on its work takes time, and that of the pods that share its kernel from then on. */
  setProcessor(spec: ProcessorSpec): void {
    this.ownRarities.processor = new Processor(this.network, spec);
    this.generation++;
  }

  /** A pod runs on the cores of its node. */
  adoptProcessor(host: NetworkNamespace): void {
    if (host.processor === null) return;
    this.ownRarities.processor = host.processor;
    this.generation++;
  }

  // --- sysctls

  /** @param name dotted, for example `net.ipv4.ip_forward` */
  sysctl(name: string): string {
    return getSysctl(this, name);
  }

  setSysctl(name: string, value: string): void {
    setSysctl(this, name, value);
  }

  /** Every name there is, sorted. */
  sysctlNames(): string[] {
    return sysctlNames(this);
  }

  // --- what the stack itself asks for

  /** A kernel timer is due. */
  override handle(_kind: number, argument: number): void {
    this.network.timerTargets.get(argument).onTimer();
  }

  /** The routing tables. They are made when first asked for: until then they follow from addresses and deferred routes. */
  get fib(): Fib {
    return this.fibMade ?? this.makeTables();
  }

  /** Whether there are tables that changes must be told to. */
  get hasTables(): boolean {
    return this.fibMade !== null;
  }

  /** Whether an address may be local here that no interface has (`ip route add local`, an address range on lo). */
  get hasUnusualLocalRoutes(): boolean {
    if (this.fibMade === null) return (this.loopbackInterface?.addresses.length ?? 0) > 1;
    return !this.fibMade.isLocalByAddress;
  }

  private makeTables(): Fib {
    const deferred = this.deferredRoute;
    this.deferredRoute = null;
    const sole = soleAddressed(this.interfaceList);
    if (sole !== null) {
      const gateway = deferred === null ? 0 : deferred.nexthops![0].gateway!;
      this.fibMade = new Fib(new SoleAddress(sole, gateway));
      return this.fibMade;
    }
    this.fibMade = new Fib();
    this.addRoutesOfAddresses(this.fibMade);
    if (deferred !== null) routeControl.addRoute(this, deferred, 'add');
    return this.fibMade;
  }

  /** Fills empty tables with the routes that addresses bring. */
  addRoutesOfAddresses(fib: Fib): void {
    // a loopback interface that is up has routes, which hardly any packet asks for
    if (this.loopbackUp && this.loopbackInterface === null) fib.local.deferLoopback(this);
    for (const iface of this.interfaceList) addAddressRoutes(iface);
  }

  /** The loopback interface, `lo`. */
  get loopback(): Interface {
    return this.loopbackInterface ?? this.makeLoopback();
  }

  private makeLoopback(): Interface {
    const iface = linkControl.newLoopback(this, this.loopbackId);
    this.loopbackInterface = iface;
    iface.index = 1;
    this.interfaceList.unshift(iface);
    this.interfacesByName?.set(iface.name, iface);
    if (this.loopbackUp) linkControl.setLinkUp(this, 'lo', true);
    return iface;
  }

  /** As `interfaces`, but without a loopback interface that nobody has looked at. */
  existingInterfaces(): readonly Interface[] {
    return this.interfaceList;
  }

  /** By interface index; not to be changed. */
  interfaces(): readonly Interface[] {
    void this.loopback;
    return this.interfaceList;
  }

  findInterface(name: string): Interface | undefined {
    if (name === 'lo') return this.loopback;
    if (this.interfaceList.length <= LINEAR_LIMIT) {
      return this.interfaceList.find((iface) => iface.name === name);
    }
    this.interfacesByName ??= new Map(this.interfaceList.map((iface) => [iface.name, iface]));
    return this.interfacesByName.get(name);
  }

  /** Takes an interface in, under the index that it had elsewhere if that is free, else under the next one. */
  attach(iface: Interface, index = 0): void {
    iface.namespace = this;
    iface.index = index > 1 && !this.hasIndex(index) ? index : this.nextIndex();
    const sorted = iface.index > (this.interfaceList.at(-1)?.index ?? 1);
    if (this.interfaceList.length < 4) this.interfaceList = appended(this.interfaceList, iface);
    else this.interfaceList.push(iface);
    if (!sorted) this.interfaceList.sort((a, b) => a.index - b.index);
    this.interfacesByName?.set(iface.name, iface);
    this.generation++;
  }

  hasIndex(index: number): boolean {
    const last = this.interfaceList.at(-1);
    if (index === 1) return true;
    return (
      last !== undefined && index <= last.index && this.interfaceList.some((iface) => iface.index === index)
    );
  }

  /** The first free one behind the one handed out last; indexes that were asked for do not count (`dev_index_reserve`). */
  private nextIndex(): number {
    do this.lastIndex++;
    while (this.hasIndex(this.lastIndex));
    return this.lastIndex;
  }

  /** An interface bears another name now. */
  forgetNames(): void {
    this.interfacesByName = null;
  }

  detach(iface: Interface): void {
    this.interfaceList.splice(this.interfaceList.indexOf(iface), 1);
    this.interfacesByName?.delete(iface.name);
    this.generation++;
  }

  /** Whether any interface but lo has an address already. */
  hasOtherAddress(iface: Interface): boolean {
    if (iface.isLoopback) return true;
    return this.interfaceList.some((other) => !other.isLoopback && other.addresses.length > 0);
  }

  /** Whether an address is one of this host's own. */
  hasAddress(address: Ipv4Address): boolean {
    return this.fib.typeOf(address) === 'local';
  }

  /** The ARP table of the kernel that this namespace is one of. */
  get arpTable(): ArpTable {
    if (this.arpTableMade === null) {
      this.arpTableMade = new ArpTable();
      this.arpTableMade.join(this);
    }
    return this.arpTableMade;
  }

  /**
   * Makes this a further namespace of the machine that `host` is on: what a kernel has once is shared. To be said
   * before there are any neighbours.
   */
  shareKernel(host: NetworkNamespace): void {
    if (this.arpTableMade !== null && this.arpTableMade.entries > 0) {
      throw new Error(`assertion failed: ${this.name} has neighbours already`);
    }
    this.adoptProcessor(host);
    if (this.arpTableMade === host.arpTable) return;
    this.arpTableMade?.leave(this);
    this.arpTableMade = host.arpTable;
    this.arpTableMade.join(this);
  }

  /** Whether requests for an address are answered on another host's behalf (Linux `pneigh_lookup`). */
  hasProxyNeighbour(address: Ipv4Address, dev: string): boolean {
    const matches = (proxy: neighbourControl.ProxyNeighbour) =>
      proxy.address === address && (proxy.dev === dev || proxy.dev === '');
    return this.proxies?.some(matches) ?? false;
  }

  /** Whether an interface has exactly this address (Linux `inet_lookup_ifaddr_rcu`): a loopback subnet does not count. */
  hasInterfaceAddress(address: Ipv4Address): boolean {
    const { interfaceList } = this;
    for (let i = 0; i < interfaceList.length; i++) {
      const { addresses } = interfaceList[i];
      for (let j = 0; j < addresses.length; j++) if (addresses[j].address === address) return true;
    }
    return false;
  }

  nextIpId(): number {
    const { ipIds, random } = this.network;
    if (!ipIds.hasBegun(this.place)) {
      ipIds.begin(this.place, 1 + Math.floor(random.single('ip_id', this.name) * 0xfffe));
    }
    return ipIds.next(this.place);
  }

  get udp(): UdpTable {
    this.udpTable ??= new UdpTable(this);
    return this.udpTable;
  }

  get udpIfAny(): UdpTable | null {
    return this.udpTable;
  }

  get hasUdpSockets(): boolean {
    return this.udpTable !== null || this.idleUdpPort >= 0;
  }

  /** Opens a UDP port that takes whatever comes; one that is open already will do. */
  openUdpPort(port: number): void {
    if (!this.hasUdpSockets) this.idleUdpPort = port;
    else if (!this.udp.isTaken(0, port)) new UdpSocket(this).bind(0, port);
  }

  get pings(): Map<number, PingSocket> {
    const made = this.rare.pingSockets ?? new Map<number, PingSocket>();
    if (this.rare.pingSockets === null) this.ownRarities.pingSockets = made;
    return made;
  }

  pingSocket(id: number): PingSocket | null {
    return this.rare.pingSockets?.get(id) ?? null;
  }

  get tcp(): TcpTable {
    const made = this.rare.tcp ?? new TcpTable(this);
    if (this.rare.tcp === null) this.ownRarities.tcp = made;
    return made;
  }

  get hasTcpSockets(): boolean {
    return this.rare.tcp !== null;
  }

  get services(): HostServices {
    const made = this.rare.services ?? new HostServices();
    if (this.rare.services === null) this.ownRarities.services = made;
    return made;
  }

  /** Draws the reachable time of an interface's neighbours: 0.5 to 1.5 of its base (Linux `neigh_rand_reach_time`). */
  drawReachableTime(iface: Interface, epoch: number): number {
    const base = iface.neighbourConfig.baseReachableTime;
    const part = epoch === 0 ? iface.name : `${iface.name}#${epoch}`;
    return Math.floor((0.5 + this.network.random.single('reachable_time', this.name, part)) * base);
  }

  /** The seed by which flows are spread over next hops: set, or drawn once as the kernel draws it. */
  get multipathSeed(): number {
    const { fibMultipathHashSeed } = this.sysctls;
    if (fibMultipathHashSeed !== 0) return fibMultipathHashSeed;
    return Math.floor(this.network.random.single('multipath_seed', this.name) * 2 ** 32);
  }

  changeSysctls(change: Partial<Sysctls>): void {
    this.generation++;
    this.sysctls = { ...this.sysctls, ...change };
  }

  /** The namespace goes away with everything in it. */
  destroy(): void {
    flushReassembly(this);
    for (const iface of [...this.interfaceList]) linkControl.destroyInterface(iface);
    for (const { iface } of [...(this.tunnels?.all ?? [])]) linkControl.destroyInterface(iface);
    this.arpTableMade?.leave(this);
  }
}
