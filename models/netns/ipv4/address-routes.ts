import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { RouteProtocol, RouteTable, type RouteType, Scope } from '../control-types.ts';
import type { Interface, InterfaceAddress } from '../interface/interface.ts';
import type { FibTable } from '../routing/fib-table.ts';
import { Nexthop, Route } from '../routing/route.ts';

/** Adds the routes that every address of an interface brings (Linux `fib_add_ifaddr`), those still missing. */
export function addAddressRoutes(iface: Interface): void {
  for (const entry of iface.addresses) addRoutesOf(iface, entry);
}

/**
 * The routes that one address brings: itself in table local, and while its interface is up its subnet in main and
 * the subnet's broadcast address in local.
 */
export function addRoutesOf(iface: Interface, entry: InterfaceAddress): void {
  iface.namespace.generation++;
  // tables that do not exist yet will be made from the addresses
  if (!iface.namespace.hasTables) return;
  const { fib } = iface.namespace;
  const source = primaryOf(iface, entry).address;
  const add = (table: FibTable, type: RouteType, destination: Ipv4Address, length: number, scope: Scope) => {
    if (findOwn(table, type, iface, destination, length, source) !== null) return;
    table.insert(kernelRoute(iface, table.id, type, destination, length, scope, source));
  };
  const { address, prefixLength } = entry;
  add(fib.local, 'local', address, 32, Scope.host);
  if (!iface.up) return;
  const network = address & prefixMask(prefixLength);
  if (entry.broadcast !== undefined && entry.broadcast !== -1) {
    add(fib.local, 'broadcast', entry.broadcast, 32, Scope.link);
  }
  if (prefixLength === 32 || entry.secondary) return;
  if (iface.isLoopback) add(fib.local, 'local', network, prefixLength, Scope.host);
  else add(fib.main, 'unicast', network, prefixLength, Scope.link);
  if (prefixLength < 31) add(fib.local, 'broadcast', network | ~prefixMask(prefixLength), 32, Scope.link);
}

/**
 * Takes the routes of an address away again (Linux `fib_del_ifaddr`); those that another address needs are to be
 * added back. `primary` is the address of its subnet that the routes name.
 */
export function removeRoutesOf(iface: Interface, entry: InterfaceAddress, primary: InterfaceAddress): void {
  iface.namespace.generation++;
  if (!iface.namespace.hasTables) return;
  const { fib } = iface.namespace;
  const { address, prefixLength } = entry;
  const network = address & prefixMask(prefixLength);
  const remove = (table: FibTable, type: RouteType, destination: Ipv4Address, length: number) => {
    const route = findOwn(table, type, iface, destination, length, primary.address);
    if (route !== null) table.remove(route);
  };
  remove(fib.local, 'local', address, 32);
  if (entry.broadcast !== undefined) remove(fib.local, 'broadcast', entry.broadcast, 32);
  if (prefixLength === 32) return;
  remove(fib.local, 'broadcast', network | ~prefixMask(prefixLength), 32);
  if (iface.isLoopback) remove(fib.local, 'local', network, prefixLength);
  else remove(fib.main, 'unicast', network, prefixLength);
}

/** The primary address of the same subnet: its routes name it as their source. */
export function primaryOf(iface: Interface, entry: InterfaceAddress): InterfaceAddress {
  if (!entry.secondary) return entry;
  const mask = prefixMask(entry.prefixLength);
  const primary = iface.addresses.find(
    (other) =>
      !other.secondary &&
      other.prefixLength === entry.prefixLength &&
      ((other.address ^ entry.address) & mask) === 0,
  );
  return primary ?? entry;
}

/** A route as an address of `iface` brings it. */
export function kernelRoute(
  iface: Interface,
  table: number,
  type: RouteType,
  destination: Ipv4Address,
  prefixLength: number,
  scope: Scope,
  preferredSource: Ipv4Address,
): Route {
  const nexthop = new Nexthop(iface, undefined);
  nexthop.linkDown = type !== 'local' && iface.up && !iface.carrier;
  const info = {
    type,
    scope,
    metric: 0,
    protocol: RouteProtocol.kernel,
    table: table === RouteTable.local ? RouteTable.local : RouteTable.main,
    preferredSource,
    mtu: 0,
  };
  return new Route(destination, prefixLength, info, nexthop);
}

/**
 * The route of that type and prefix which this interface's address brought. The last address of a subnet is both
 * a local and a broadcast one to the kernel when an interface has it: two routes, the first of which counts.
 */
function findOwn(
  table: FibTable,
  type: RouteType,
  iface: Interface,
  destination: Ipv4Address,
  prefixLength: number,
  address: Ipv4Address,
): Route | null {
  for (let route = table.find(destination, prefixLength); route !== null; route = route.next) {
    const own = route.protocol === RouteProtocol.kernel && route.preferredSource === address;
    if (own && route.type === type && route.nexthops[0]?.iface === iface) return route;
  }
  return null;
}
