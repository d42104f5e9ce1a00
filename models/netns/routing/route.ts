import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import type { RouteProtocol, RouteType, Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';

/** What was learnt about one destination behind a next hop: a redirect or a smaller path MTU (Linux fib_nh_exception). */
export interface NexthopException {
  gateway: Ipv4Address | undefined;
  mtu: number;
  /** Simulated time in nanoseconds after which it no longer holds. */
  expires: number;
}

/** One way out of a route (Linux `struct fib_nh`). */
export class Nexthop {
  /** Null for a route that leads nowhere (blackhole and its kin). */
  readonly iface: Interface | null;
  readonly hasGateway: boolean;
  /** Packets go to the gateway: it is another host. One's own address as a gateway means the link (nhc_scope). */
  readonly usesGateway: boolean;
  readonly gateway: Ipv4Address;
  readonly weight: number;
  readonly onlink: boolean;
  /** The interface is down (RTNH_F_DEAD). */
  dead = false;
  /** The interface has lost its carrier (RTNH_F_LINKDOWN). */
  linkDown = false;
  /** Of the hashes that choose it among several, the largest (`fib_nh_upper_bound`); -1 for none. */
  upperBound = -1;
  exceptions: Map<Ipv4Address, NexthopException> | null = null;

  constructor(
    iface: Interface | null,
    gateway: Ipv4Address | undefined,
    weight = 1,
    onlink = false,
    gatewayIsOwn = false,
  ) {
    this.iface = iface;
    this.hasGateway = gateway !== undefined;
    this.usesGateway = this.hasGateway && !gatewayIsOwn;
    this.gateway = gateway ?? 0;
    this.weight = weight;
    this.onlink = onlink;
    if (iface !== null) iface.hasRoutes = true;
  }

  /** Linux `fib_lookup_good_nhc`: dead ones never, those without carrier unless the interface says to leave them out. */
  get usable(): boolean {
    return !this.dead && !(this.linkDown && this.iface!.config.ignoreRoutesWithLinkdown);
  }
}

/** An entry of a routing table (Linux `struct fib_info` with its alias). */
export class Route {
  readonly destination: Ipv4Address;
  readonly prefixLength: number;
  readonly mask: number;
  readonly type: RouteType;
  readonly scope: Scope;
  readonly metric: number;
  readonly protocol: RouteProtocol;
  readonly table: number;
  readonly preferredSource: Ipv4Address | undefined;
  readonly mtu: number;
  readonly nexthops: readonly Nexthop[];
  /** Next route of the same prefix, by metric. */
  next: Route | null = null;

  constructor(fields: RouteFields) {
    this.destination = fields.destination;
    this.prefixLength = fields.prefixLength;
    this.mask = prefixMask(fields.prefixLength);
    this.type = fields.type;
    this.scope = fields.scope;
    this.metric = fields.metric;
    this.protocol = fields.protocol;
    this.table = fields.table;
    this.preferredSource = fields.preferredSource;
    this.mtu = fields.mtu;
    this.nexthops = fields.nexthops;
  }

  /** A route whose every next hop is dead is as good as absent. */
  get usable(): boolean {
    const { nexthops } = this;
    for (let i = 0; i < nexthops.length; i++) if (nexthops[i].usable) return true;
    return false;
  }

  /** The first next hop that can be used, by `output` if that is given; null when there is none. */
  firstUsable(output: Interface | null, ignoreLinkState = false): Nexthop | null {
    for (const nexthop of this.nexthops) {
      if (output !== null && nexthop.iface !== output) continue;
      if (ignoreLinkState ? !nexthop.dead : nexthop.usable) return nexthop;
    }
    return null;
  }
}

export interface RouteFields {
  destination: Ipv4Address;
  prefixLength: number;
  type: RouteType;
  scope: Scope;
  metric: number;
  protocol: RouteProtocol;
  table: number;
  preferredSource: Ipv4Address | undefined;
  mtu: number;
  nexthops: readonly Nexthop[];
}
