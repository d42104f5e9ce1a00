import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { RouteProtocol, RouteType, Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';

/** What was learnt about one destination behind a next hop: a redirect or a smaller path MTU (Linux fib_nh_exception). */
export interface NexthopException {
  gateway: Ipv4Address | undefined;
  mtu: number;
  /** Simulated time in nanoseconds after which it no longer holds. */
  expires: number;
}

/** What is said of a next hop with yes or no, in one word (of Linux `fib_nh_flags` and `nhc_scope`). */
const Flag = {
  /** RTNH_F_DEAD */
  dead: 1,
  /** RTNH_F_ONLINK */
  onlink: 4,
  /** RTNH_F_LINKDOWN */
  linkDown: 16,
  /** The gateway is one's own address. */
  gatewayIsOwn: 256,
} as const;

/** One way out of a route (Linux `struct fib_nh`). */
export class Nexthop {
  /** Null for a route that leads nowhere (blackhole and its kin). */
  readonly iface: Interface | null;
  /** 0 for none. */
  readonly gateway: Ipv4Address;
  readonly weight: number;
  private flags: number;
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
    this.gateway = gateway ?? 0;
    this.weight = weight;
    this.flags = (onlink ? Flag.onlink : 0) | (gatewayIsOwn ? Flag.gatewayIsOwn : 0);
    if (iface !== null) iface.hasRoutes = true;
  }

  get hasGateway(): boolean {
    return this.gateway !== 0;
  }

  /** Packets go to the gateway: it is another host. One's own address as a gateway means the link (nhc_scope). */
  get usesGateway(): boolean {
    return this.gateway !== 0 && (this.flags & Flag.gatewayIsOwn) === 0;
  }

  get onlink(): boolean {
    return (this.flags & Flag.onlink) !== 0;
  }

  /** The interface is down. */
  get dead(): boolean {
    return (this.flags & Flag.dead) !== 0;
  }

  set dead(dead: boolean) {
    this.mark(Flag.dead, dead);
  }

  /** The interface has lost its carrier. */
  get linkDown(): boolean {
    return (this.flags & Flag.linkDown) !== 0;
  }

  set linkDown(linkDown: boolean) {
    this.mark(Flag.linkDown, linkDown);
  }

  /** Linux `fib_lookup_good_nhc`: dead ones never, those without carrier unless the interface says to leave them out. */
  get usable(): boolean {
    return !this.dead && !(this.linkDown && this.iface!.config.ignoreRoutesWithLinkdown);
  }

  private mark(flag: number, is: boolean): void {
    this.flags = is ? this.flags | flag : this.flags & ~flag;
  }
}

/** All of a route but prefix and next hops: what many routes may have in common (of Linux `struct fib_info`). */
export interface RouteInfo {
  readonly type: RouteType;
  readonly scope: Scope;
  readonly metric: number;
  readonly protocol: RouteProtocol;
  readonly table: number;
  readonly preferredSource: Ipv4Address | undefined;
  readonly mtu: number;
}

/** An entry of a routing table (Linux `struct fib_alias` with its `fib_info`). */
export class Route {
  readonly destination: Ipv4Address;
  readonly prefixLength: number;
  readonly info: RouteInfo;
  /** The only next hop: most routes have but one. Null when there are several. */
  readonly nexthop: Nexthop | null;
  /** All of several next hops; null when there is but one. */
  readonly several: readonly Nexthop[] | null;
  /** Next route of the same prefix, by metric. */
  next: Route | null = null;

  /** With one next hop, or with null and several. */
  constructor(
    destination: Ipv4Address,
    prefixLength: number,
    info: RouteInfo,
    nexthop: Nexthop | null,
    several: readonly Nexthop[] | null = null,
  ) {
    this.destination = destination;
    this.prefixLength = prefixLength;
    this.info = info;
    this.nexthop = nexthop;
    this.several = several;
  }

  get type(): RouteType {
    return this.info.type;
  }

  get scope(): Scope {
    return this.info.scope;
  }

  get metric(): number {
    return this.info.metric;
  }

  get protocol(): RouteProtocol {
    return this.info.protocol;
  }

  get table(): number {
    return this.info.table;
  }

  get preferredSource(): Ipv4Address | undefined {
    return this.info.preferredSource;
  }

  get mtu(): number {
    return this.info.mtu;
  }

  /** All next hops, one or several. */
  get nexthops(): readonly Nexthop[] {
    return this.nexthop === null ? this.several! : [this.nexthop];
  }

  /** A route whose every next hop is dead is as good as absent. */
  get usable(): boolean {
    const { nexthop } = this;
    if (nexthop !== null) return nexthop.usable;
    return this.several!.some((each) => each.usable);
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
