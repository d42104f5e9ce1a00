import { type Ipv4Address, isLoopback, prefixMask } from '../../wire/ipv4-address.ts';
import { RouteProtocol, type RouteSpec, RouteTable, Scope } from '../control-types.ts';
import type { Interface, InterfaceAddress } from '../interface/interface.ts';
import { kernelRoute } from '../ipv4/address-routes.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Fib } from './fib.ts';
import { Nexthop, Route, type RouteInfo } from './route.ts';

/**
 * The routes of a host with one address, and perhaps a default route through a gateway on its subnet: of a pod. What
 * the tables say of its own address, of its subnet and of all that is far away is plain without them, and nobody asks
 * most pods for more. A route is made when it is first found; once there are tables it stands in them. That a packet is
 * for this host is told without one.
 *
 * This only answers look-ups. Before anybody sees or changes the tables they are made (`Fib.complete`).
 */
export class SoleAddress {
  private readonly iface: Interface;
  private readonly entry: InterfaceAddress;
  /** Of the default route, 0 when there is none. */
  private readonly gateway: Ipv4Address;
  private own: Route | null = null;
  private near: Route | null = null;
  private far: Route | null = null;

  /**
   * @param iface up, with the only address there is but for 127.0.0.0/8
   * @param gateway of the default route, 0 when there is none; it is sure to be accepted
   */
  constructor(iface: Interface, gateway: Ipv4Address) {
    this.iface = iface;
    this.entry = iface.addresses[0];
    this.gateway = gateway;
    // changes of the interface's state concern these routes, made or not
    iface.hasRoutes = true;
  }

  /** As `Fib.lookup`; undefined when it takes the tables to tell. */
  lookup(destination: Ipv4Address): Route | null | undefined {
    const { address, prefixLength } = this.entry;
    if (destination === address) return this.ownRoute;
    if (this.isSpecial(destination)) return undefined;
    const isNear = ((destination ^ address) & prefixMask(prefixLength)) === 0;
    const route = isNear ? this.nearRoute : this.farRoute;
    return route?.usable ? route : null;
  }

  /** Whether it is the address itself: that takes no route to tell. */
  is(address: Ipv4Address): boolean {
    return address === this.entry.address;
  }

  /** As `Fib.lookupLocal`; undefined when it takes the tables to tell. */
  lookupLocal(address: Ipv4Address): Route | null | undefined {
    if (this.is(address)) return this.ownRoute;
    return this.isSpecial(address) ? undefined : null;
  }

  /** Puts every route there is into tables that are empty. */
  fill(fib: Fib): void {
    const { own, near, iface } = this;
    if (own !== null) fib.local.insert(own);
    if (near !== null) fib.main.insert(near);
    iface.namespace.addRoutesOfAddresses(fib);
    const { farRoute } = this;
    if (farRoute !== null) fib.main.insert(farRoute);
  }

  /** Whether table local may have something for it besides the address itself: broadcasts, 127.0.0.0/8. */
  private isSpecial(address: Ipv4Address): boolean {
    const { entry } = this;
    if (isLoopback(address) || address === entry.broadcast) return true;
    return address === (entry.address | ~prefixMask(entry.prefixLength));
  }

  private get ownRoute(): Route {
    const { address } = this.entry;
    this.own ??= kernelRoute(this.iface, RouteTable.local, 'local', address, 32, Scope.host, address);
    return this.own;
  }

  /** To the subnet. */
  private get nearRoute(): Route {
    const { address, prefixLength } = this.entry;
    const network = address & prefixMask(prefixLength);
    this.near ??= kernelRoute(
      this.iface,
      RouteTable.main,
      'unicast',
      network,
      prefixLength,
      Scope.link,
      address,
    );
    return this.near;
  }

  /** Through the gateway. */
  private get farRoute(): Route | null {
    if (this.gateway !== 0) this.far ??= defaultRoute(this.iface, this.gateway);
    return this.far;
  }
}

/** What all default routes of such hosts have in common. */
const DEFAULT_ROUTE: RouteInfo = {
  type: 'unicast',
  scope: Scope.global,
  metric: 0,
  protocol: RouteProtocol.boot,
  table: RouteTable.main,
  preferredSource: undefined,
  mtu: 0,
};

/** As `ip route add default via GATEWAY dev X` makes it. */
function defaultRoute(iface: Interface, gateway: Ipv4Address): Route {
  const nexthop = new Nexthop(iface, gateway);
  nexthop.linkDown = !iface.carrier;
  return new Route(0, 0, DEFAULT_ROUTE, nexthop);
}

/** The only interface with an address, if it is up and has but one; lo may have its own. Else null. */
export function soleAddressed(interfaces: readonly Interface[]): Interface | null {
  let sole: Interface | null = null;
  for (let i = 0; i < interfaces.length; i++) {
    const iface = interfaces[i];
    const { addresses } = iface;
    if (addresses.length === 0) continue;
    if (addresses.length === 1 && iface.isLoopback && isLoopback(addresses[0].address)) continue;
    if (sole !== null || addresses.length > 1 || iface.isLoopback || !iface.up) return null;
    sole = iface;
  }
  return sole;
}

/** Whether a route is one that cannot be refused: by default through a gateway on the subnet of the only address there is. */
export function mayDeferRoute(namespace: NetworkNamespace, spec: RouteSpec): boolean {
  const { destination, prefixLength, nexthops, ...rest } = spec;
  if (prefixLength !== 0 || destination !== 0 || Object.keys(rest).length > 0) return false;
  if (nexthops?.length !== 1) return false;
  const hop = nexthops[0];
  if (hop.gateway === undefined || hop.dev === undefined) return false;
  if (hop.weight !== undefined || hop.onlink !== undefined) return false;
  const iface = namespace.findInterface(hop.dev);
  if (iface === undefined || !iface.up || iface.isLoopback || iface.addresses.length !== 1) return false;
  const { address, prefixLength: length } = iface.addresses[0];
  const host = hop.gateway & ~prefixMask(length);
  const inside = ((hop.gateway ^ address) & prefixMask(length)) === 0;
  return (
    inside &&
    hop.gateway !== address &&
    length > 0 &&
    length < 31 &&
    host !== 0 &&
    host !== ~prefixMask(length)
  );
}
