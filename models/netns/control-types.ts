import type { QdiscKind } from '../queueing/qdisc-spec.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { MacAddress } from '../wire/mac-address.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** Scope of an address or a route, with the numbers of rtnetlink(7). */
export const Scope = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

/** Who made a route, with the numbers of rtnetlink(7). */
export const RouteProtocol = { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, dhcp: 16 } as const;
export type RouteProtocol = (typeof RouteProtocol)[keyof typeof RouteProtocol];

/** What a route does with a packet. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw';

export const RouteTable = { default: 253, main: 254, local: 255 } as const;

/** One way out of a route. Either a gateway, or a device, or both. */
export interface NexthopSpec {
  gateway?: Ipv4Address;
  dev?: string;
  /** 1 to 256; flows are spread in proportion. Default 1. */
  weight?: number;
  onlink?: boolean;
}

/** A route as `ip route add` takes it. Bits of `destination` outside the prefix are an error (EINVAL). */
export interface RouteSpec {
  destination: Ipv4Address;
  prefixLength: number;
  nexthops?: NexthopSpec[];
  type?: RouteType;
  /** Default: link for a route without gateway, host for local ones, else global. */
  scope?: Scope;
  metric?: number;
  preferredSource?: Ipv4Address;
  protocol?: RouteProtocol;
  table?: number;
  mtu?: number;
}

export interface AddressSpec {
  address: Ipv4Address;
  prefixLength: number;
  /** Default: none, as with `ip addr add` without `broadcast`. */
  broadcast?: Ipv4Address;
  scope?: Scope;
  label?: string;
  peer?: Ipv4Address;
}

export interface LinkSpec {
  name: string;
  /** Default: drawn from the seed, locally administered, as the kernel draws one at random. */
  mac?: MacAddress;
  /** Default 1500. */
  mtu?: number;
  /** Interface index. Default: the next one. */
  index?: number;
}

/** What can be set of a bridge. Times are in nanoseconds, in steps of ten milliseconds. */
export interface BridgeChange {
  /** Default 300 s. */
  ageing?: number;
  /** Spanning tree (802.1D). Default false. */
  stp?: boolean;
  /** Default 15 s; 2 to 30 s with spanning tree. */
  forwardDelay?: number;
  /** 1 to 10 s, default 2 s. */
  helloTime?: number;
  /** 6 to 40 s, default 20 s. */
  maxAge?: number;
  /** 0 to 65,535, default 32,768; the lowest becomes the root. */
  priority?: number;
  /** Bits of the group addresses 01:80:c2:00:00:0x that are forwarded; not 0, 1 and 2. */
  groupForwardMask?: number;
  noLinkLocalLearn?: boolean;
  /** Frames pass only ports that are members of their VLAN. Default false. */
  vlanFiltering?: boolean;
  /** VLAN that new ports are members of, untagged; 0 for none. Default 1. */
  vlanDefaultPvid?: number;
}

export interface BridgeSpec extends LinkSpec, BridgeChange {}

/** Whom the spanning tree has chosen. */
export interface BridgeIdView {
  priority: number;
  mac: MacAddress;
}

export type BridgePortStateName = 'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking';

export interface BridgeView {
  /** As it counts now, while the tree changes. */
  ageing: number;
  stp: boolean;
  forwardDelay: number;
  helloTime: number;
  maxAge: number;
  priority: number;
  id: BridgeIdView;
  root: BridgeIdView;
  rootPort: number;
  rootPathCost: number;
  topologyChange: boolean;
  topologyChangeDetected: boolean;
  /** Nanoseconds left, 0 for a timer that is not running. */
  helloTimer: number;
  tcnTimer: number;
  topologyChangeTimer: number;
  groupForwardMask: number;
  noLinkLocalLearn: boolean;
  /** Absent as long as nobody has asked for VLANs. */
  vlans?: { filtering: boolean; defaultPvid: number };
}

/** The VLANs of a bridge port, or of a bridge itself, in ascending order. */
export interface VlanMemberView {
  dev: string;
  vlans: { vlan: number; pvid: boolean; untagged: boolean }[];
}

export interface BridgePortView extends Required<BridgePortSpec> {
  state: BridgePortStateName;
  /** Port number in its bridge, from 1. */
  number: number;
  id: number;
  designatedPort: number;
  designatedCost: number;
  designatedBridge: BridgeIdView;
  designatedRoot: BridgeIdView;
  holdTimer: number;
  messageAgeTimer: number;
  forwardDelayTimer: number;
  topologyChangeAck: boolean;
  configPending: boolean;
}

export interface VethSpec extends LinkSpec {
  peer: LinkSpec & { namespace?: NetworkNamespace };
}

/** A VXLAN interface as `ip link add ... type vxlan` takes it. */
export interface VxlanSpec extends LinkSpec {
  /** VXLAN network identifier, 0 to 16,777,215. Not with `external`. */
  vni?: number;
  /** UDP port. Default 8472, that of Linux; IANA's is 4789. */
  port?: number;
  /** Source address of the outer packets. Default: as routing chooses. */
  local?: Ipv4Address;
  /** Where frames go whose destination has no entry. */
  remote?: Ipv4Address;
  /** Name of the interface that the tunnel is bound to. */
  dev?: string;
  /** Of the outer packets, 1 to 255; 0 (default): as the host sends. */
  ttl?: number | 'inherit';
  /** Of the outer packets. Default 0. */
  tos?: number | 'inherit';
  df?: 'unset' | 'set' | 'inherit';
  /** Default true, with `external` false. */
  learning?: boolean;
  /** Nanoseconds; 0 stands for the default. Default 300 s. */
  ageing?: number;
  /** Range of outer source ports; default that of `ip_local_port_range`. */
  sourcePorts?: [low: number, high: number];
  udpChecksum?: boolean;
  /** Each packet says by itself where it goes. */
  external?: boolean;
}

/** How a VXLAN interface is set. */
export interface VxlanView {
  vni: number;
  port: number;
  local?: Ipv4Address;
  remote?: Ipv4Address;
  dev?: string;
  ttl: number | 'inherit';
  tos: number | 'inherit';
  df: 'unset' | 'set' | 'inherit';
  learning: boolean;
  /** Nanoseconds. */
  ageing: number;
  sourcePorts: [low: number, high: number];
  udpChecksum: boolean;
  external: boolean;
}

/** One remote of an entry of a VXLAN interface. */
export interface VxlanFdbView {
  mac: MacAddress;
  dev: string;
  remote?: Ipv4Address;
  /** When it is another than the interface's own. */
  port?: number;
  vni?: number;
  sourceVni?: number;
  via?: string;
  /** Bits of NUD_* as the kernel keeps them. */
  state: number;
  /** Nanoseconds ago. */
  used: number;
  updated: number;
}

export interface NeighbourSpec {
  address: Ipv4Address;
  dev: string;
  mac?: MacAddress;
  state?: NeighbourState;
  /** Learnt by a routing agent; garbage collection leaves it alone (NTF_EXT_LEARNED). */
  externLearned?: boolean;
  router?: boolean;
  /** Kept resolved by the kernel (NTF_EXT_MANAGED). */
  managed?: boolean;
}

export type NeighbourState =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent';

export interface BridgePortSpec {
  learning?: boolean;
  flood?: boolean;
  multicastFlood?: boolean;
  broadcastFlood?: boolean;
  hairpin?: boolean;
  isolated?: boolean;
  neighSuppress?: boolean;
  /** Never the root port. */
  rootBlock?: boolean;
  /** A message of the spanning tree protocol switches the port off. */
  guard?: boolean;
  /** 1 to 65,535; by default by the speed of the link. */
  cost?: number;
  /** 0 to 63, default 32. */
  priority?: number;
  state?: BridgePortStateName;
  groupForwardMask?: number;
}

/** An address as it stands on an interface. */
export interface AddressView {
  address: Ipv4Address;
  prefixLength: number;
  broadcast?: Ipv4Address;
  scope: Scope;
  label: string;
  secondary: boolean;
}

/** A route as the tables hold it; `routes()` gives them in the order in which `ip route` prints. */
export interface RouteView {
  destination: Ipv4Address;
  prefixLength: number;
  type: RouteType;
  scope: Scope;
  metric: number;
  protocol: RouteProtocol;
  table: number;
  preferredSource?: Ipv4Address;
  mtu?: number;
  nexthops: {
    gateway?: Ipv4Address;
    dev?: string;
    weight: number;
    flags: ('linkdown' | 'dead' | 'onlink')[];
  }[];
}

export interface NeighbourView {
  address: Ipv4Address;
  dev: string;
  mac?: MacAddress;
  state: NeighbourState;
  /** Nanoseconds ago. */
  used: number;
  confirmed: number;
  updated: number;
  externLearned: boolean;
  router: boolean;
  managed: boolean;
  /** Requests sent since the entry was last in doubt, counted as the kernel does. */
  probes: number;
}

export interface FdbView {
  mac: MacAddress;
  dev: string;
  /** The bridge that the device is a port of; absent for the bridge's own entries. */
  master?: string;
  /** Absent for an entry of a bridge that does not filter by VLAN. */
  vlan?: number;
  local: boolean;
  static: boolean;
  /** Nanoseconds since the address was last seen as a source. */
  age: number;
}

/** Operational state as `ip link` prints it (RFC 2863). */
export type OperState = 'UP' | 'DOWN' | 'LOWERLAYERDOWN' | 'UNKNOWN';

export interface LinkView {
  ifindex: number;
  name: string;
  kind: 'loopback' | 'veth' | 'physical' | 'bridge' | 'vxlan' | 'openvswitch';
  mac: MacAddress;
  mtu: number;
  /** Administratively up (IFF_UP). */
  up: boolean;
  /** Carrier present (IFF_LOWER_UP when also up). */
  carrier: boolean;
  operState: OperState;
  master?: string;
  /** How many want to hear what is for others: the bridge that it is a port of, packet sockets. */
  promiscuity: number;
  /** The other end of a veth pair. */
  peer?: { namespace: string; name: string; ifindex: number };
  vxlan?: VxlanView;
  bridge?: BridgeView;
  bridgePort?: BridgePortView;
  /** `noop` until the link is first brought up. */
  qdisc: 'noop' | 'noqueue' | QdiscKind;
  addresses: AddressView[];
  statistics: {
    rxPackets: number;
    rxBytes: number;
    rxDropped: number;
    multicast: number;
    txPackets: number;
    txBytes: number;
    txDropped: number;
  };
}
