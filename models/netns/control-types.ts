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

export interface BridgeSpec extends LinkSpec {
  /** Nanoseconds. Default 300 s. */
  ageing?: number;
  /** Spanning tree (802.1D). Default false. */
  stp?: boolean;
}

export interface VethSpec extends LinkSpec {
  peer: LinkSpec & { namespace?: NetworkNamespace };
}

export interface NeighbourSpec {
  address: Ipv4Address;
  dev: string;
  mac?: MacAddress;
  state?: NeighbourState;
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
  /** Requests sent since the entry was last in doubt, counted as the kernel does. */
  probes: number;
}

export interface FdbView {
  mac: MacAddress;
  dev: string;
  /** The bridge that the device is a port of; absent for the bridge's own entries. */
  master?: string;
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
  kind: 'loopback' | 'veth' | 'physical' | 'bridge' | 'vxlan';
  mac: MacAddress;
  mtu: number;
  /** Administratively up (IFF_UP). */
  up: boolean;
  /** Carrier present (IFF_LOWER_UP when also up). */
  carrier: boolean;
  operState: OperState;
  master?: string;
  /** The other end of a veth pair. */
  peer?: { namespace: string; name: string; ifindex: number };
  bridge?: { ageing: number; stp: boolean };
  bridgePort?: Required<BridgePortSpec> & {
    state: 'disabled' | 'forwarding';
    /** Port number in its bridge, from 1. */
    number: number;
  };
  /** `noop` until the link is first brought up. */
  qdisc: 'noop' | 'noqueue' | 'pfifo_fast';
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
