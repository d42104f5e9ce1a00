import { Packet } from '../../packet.ts';
import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { ControlError } from '../control-error.ts';
import {
  type NexthopSpec,
  RouteProtocol,
  type RouteSpec,
  RouteTable,
  type RouteType,
  type RouteView,
  Scope,
} from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { FibTable } from './fib-table.ts';
import { type Nexthop, Route, Nexthop as RouteNexthop } from './route.ts';
import { matchedRoute } from './route-decision.ts';
import { routeInput } from './route-input.ts';
import { routeOutput } from './route-output.ts';

export type AddMode = 'add' | 'replace' | 'append' | 'prepend' | 'change';

/** What a route to be deleted must agree with. */
export type RouteMatch = Partial<RouteSpec> & Pick<RouteSpec, 'destination' | 'prefixLength'>;

export interface GetRouteOptions {
  from?: Ipv4Address;
  /** Name of the interface that it would come in by. */
  iif?: string;
  oif?: string;
  tos?: number;
  mark?: number;
  protocol?: number;
  sourcePort?: number;
  destinationPort?: number;
}

/** What `ip route get` answers. */
export interface RouteAnswer {
  type: RouteType;
  dev: string;
  gateway?: Ipv4Address;
  source: Ipv4Address;
  /** The entry that matched; absent when no table was asked. */
  route?: RouteView;
  /** What was learnt of the path to this destination, and for how long it holds (nanoseconds). */
  learnt?: { expires: number; mtu?: number };
}

/** A path to one destination that differs from its route. */
export interface LearntRoute {
  destination: Ipv4Address;
  gateway: Ipv4Address | undefined;
  /** The gateway comes from an ICMP redirect. */
  redirected: boolean;
  dev: string;
  /** Nanoseconds for which it still holds. */
  expires: number;
  mtu?: number;
}

const LEADS_NOWHERE: readonly RouteType[] = ['blackhole', 'unreachable', 'prohibit', 'throw'];

/** `ip route add` and its relatives (Linux `fib_table_insert`). */
export function addRoute(namespace: NetworkNamespace, spec: RouteSpec, mode: AddMode): void {
  checkPrefix(spec);
  const route = buildRoute(namespace, spec);
  const table = namespace.fib.table(route.table);
  const same = sameMetric(table, route);
  if (mode === 'change' && same.length === 0) throw new ControlError('ENOENT');
  if (mode === 'add' && same.length > 0) throw new ControlError('EEXIST');
  if (mode === 'append' || mode === 'prepend') {
    if (same.some((other) => sameWay(other, route))) throw new ControlError('EEXIST');
  }
  const replaces = (mode === 'replace' || mode === 'change') && same.length > 0;
  if (replaces) table.remove(same[0]);
  table.insert(route, mode === 'prepend' || replaces ? 'first' : 'last');
  namespace.generation++;
}

/** Linux `fib_valid_key_len`. */
function checkPrefix({ destination, prefixLength }: RouteMatch): void {
  if ((destination & ~prefixMask(prefixLength)) !== 0) {
    throw new ControlError('EINVAL', 'Invalid prefix for given prefix length');
  }
}

function sameMetric(table: FibTable, route: Route): Route[] {
  const same: Route[] = [];
  for (let other = table.find(route.destination, route.prefixLength); other !== null; other = other.next) {
    if (other.metric === route.metric) same.push(other);
  }
  return same;
}

function sameWay(a: Route, b: Route): boolean {
  if (a.type !== b.type || a.scope !== b.scope || a.nexthops.length !== b.nexthops.length) return false;
  if (a.protocol !== b.protocol || a.preferredSource !== b.preferredSource || a.mtu !== b.mtu) return false;
  return a.nexthops.every((hop, i) => {
    const other = b.nexthops[i];
    return hop.iface === other.iface && hop.hasGateway === other.hasGateway && hop.gateway === other.gateway;
  });
}

function buildRoute(namespace: NetworkNamespace, spec: RouteSpec): Route {
  const type = spec.type ?? 'unicast';
  const hops = spec.nexthops ?? [];
  if (!LEADS_NOWHERE.includes(type) && hops.length === 0) {
    throw new ControlError('ENODEV');
  }
  const table = spec.table ?? (type === 'local' || type === 'broadcast' ? RouteTable.local : RouteTable.main);
  const scope = spec.scope ?? defaultScope(type, hops);
  checkScope(type, scope, hops);
  const nexthops = LEADS_NOWHERE.includes(type)
    ? [new RouteNexthop(null, undefined)]
    : hops.map((hop) => buildNexthop(namespace, hop, table, scope));
  if (spec.preferredSource !== undefined && !namespace.hasAddress(spec.preferredSource)) {
    throw new ControlError('EINVAL', 'Invalid prefsrc address');
  }
  const info = {
    type,
    scope,
    metric: spec.metric ?? 0,
    protocol: spec.protocol ?? RouteProtocol.boot,
    table,
    preferredSource: spec.preferredSource,
    mtu: spec.mtu ?? 0,
  };
  const { destination, prefixLength } = spec;
  if (nexthops.length > 1) return new Route(destination, prefixLength, info, null, nexthops);
  return new Route(destination, prefixLength, info, nexthops[0]);
}

/** What iproute2 fills in when no scope is given. */
function defaultScope(type: RouteType, hops: readonly NexthopSpec[]): Scope {
  if (type === 'local') return Scope.host;
  if (type === 'broadcast' || type === 'multicast') return Scope.link;
  const direct = type === 'unicast' && hops.every((hop) => hop.gateway === undefined);
  return direct ? Scope.link : Scope.global;
}

/** The scopes that a route of some type may have (Linux `fib_create_info`). */
function checkScope(type: RouteType, scope: Scope, hops: readonly NexthopSpec[]): void {
  const narrowest = type === 'local' ? Scope.host : type === 'broadcast' ? Scope.link : Scope.global;
  if (narrowest > scope) throw new ControlError('EINVAL', 'Invalid scope');
  if (scope > Scope.host) throw new ControlError('EINVAL', 'Invalid scope');
  if (scope !== Scope.host || LEADS_NOWHERE.includes(type)) return;
  if (hops.length > 1)
    throw new ControlError('EINVAL', 'Route with host scope can not have multiple nexthops');
  if (hops.some(hasGateway)) {
    throw new ControlError('EINVAL', 'Route with host scope can not have a gateway');
  }
}

/** 0.0.0.0 is no gateway. */
function hasGateway({ gateway }: NexthopSpec): boolean {
  return gateway !== undefined && gateway !== 0;
}

/** Linux `fib_check_nh`: a gateway must be reachable by a route of narrower scope than the one that names it. */
function buildNexthop(namespace: NetworkNamespace, spec: NexthopSpec, table: number, scope: Scope): Nexthop {
  const dev = spec.dev === undefined ? undefined : namespace.findInterface(spec.dev);
  if (spec.dev !== undefined && dev === undefined) throw new ControlError('ENODEV', 'Device does not exist');
  const weight = spec.weight ?? 1;
  if (!hasGateway(spec)) {
    if (spec.onlink === true && scope !== Scope.host) {
      throw new ControlError('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set');
    }
    if (dev === undefined) throw new ControlError('ENODEV');
    if (!dev.up) throw new ControlError('ENETDOWN', 'Device for nexthop is not up');
    return nexthop(dev, undefined, weight, false);
  }
  const gateway = spec.gateway!;
  if (spec.onlink === true) {
    checkOnlink(namespace, gateway, dev, scope);
    return nexthop(dev!, gateway, weight, true);
  }
  const route = gatewayRoute(namespace, gateway, dev, table, scope);
  const iface = route?.nexthops.find((hop) => dev === undefined || hop.iface === dev)?.iface;
  if (route === null || iface == null) throw new ControlError('ENETUNREACH', 'Nexthop has invalid gateway');
  if (!iface.up) throw new ControlError('ENETDOWN');
  return nexthop(iface, gateway, weight, false, route.scope >= Scope.host);
}

function checkOnlink(
  namespace: NetworkNamespace,
  gateway: Ipv4Address,
  dev: Interface | undefined,
  scope: Scope,
): void {
  if (scope >= Scope.link) throw new ControlError('EINVAL', 'Nexthop has invalid scope');
  if (dev === undefined) throw new ControlError('EINVAL', 'Nexthop device required for onlink');
  if (!dev.up) throw new ControlError('ENETDOWN', 'Nexthop device is not up');
  const own = namespace.fib.lookupLocal(gateway);
  if (own !== null && own.type !== 'unicast' && own.nexthops[0]?.iface === dev) {
    throw new ControlError('EINVAL', 'Nexthop has invalid gateway');
  }
}

/**
 * The route by which a gateway is reached without a further one (Linux `fib_check_nh_v4_gw`): of the new route's
 * own table if that has one, of all tables otherwise; null when there is none.
 */
function gatewayRoute(
  namespace: NetworkNamespace,
  gateway: Ipv4Address,
  dev: Interface | undefined,
  tableId: number,
  scope: Scope,
): Route | null {
  const { fib } = namespace;
  const narrowest = Math.max(scope + 1, Scope.link);
  const main = tableId === RouteTable.main;
  const own = main ? undefined : fib.tables().find(({ id }) => id === tableId);
  const route =
    (own === undefined ? null : scopedLookup([own], gateway, dev, narrowest)) ??
    scopedLookup(fib.lookupTables(), gateway, dev, narrowest);
  return route === null || (route.type !== 'unicast' && route.type !== 'local') ? null : route;
}

/** As a lookup that passes over routes of wider scope and those out of other interfaces. */
function scopedLookup(
  tables: readonly FibTable[],
  address: Ipv4Address,
  dev: Interface | undefined,
  narrowest: number,
): Route | null {
  const fits = (route: Route) =>
    route.scope >= narrowest &&
    route.usable &&
    (dev === undefined ||
      LEADS_NOWHERE.includes(route.type) ||
      route.nexthops.some((hop) => hop.iface === dev));
  for (const table of tables) {
    const best = table.lookup(address);
    if (best === null) continue;
    // the first find is right but for odd tables: only then is the whole table gone through
    const route = fits(best) ? best : longestFitting(table, address, fits);
    if (route !== undefined && route.type !== 'throw') return route;
  }
  return null;
}

function longestFitting(
  table: FibTable,
  address: Ipv4Address,
  fits: (route: Route) => boolean,
): Route | undefined {
  const matching = table
    .routes()
    .filter(({ destination, prefixLength }) => ((address ^ destination) & prefixMask(prefixLength)) === 0);
  return matching.sort((a, b) => b.prefixLength - a.prefixLength).find(fits);
}

function nexthop(
  iface: Interface,
  gateway: Ipv4Address | undefined,
  weight: number,
  onlink: boolean,
  gatewayIsOwn = false,
): Nexthop {
  const hop = new RouteNexthop(iface, gateway, weight, onlink, gatewayIsOwn);
  hop.linkDown = !iface.carrier;
  return hop;
}

/** `ip route del` (Linux `fib_table_delete`): the first entry of the prefix that agrees with what was given. */
export function deleteRoute(namespace: NetworkNamespace, spec: RouteMatch): void {
  checkPrefix(spec);
  const table = namespace.fib.table(spec.table ?? RouteTable.main);
  let route = table.find(spec.destination, spec.prefixLength);
  while (route !== null && !agrees(route, spec)) route = route.next;
  if (route === null) throw new ControlError('ESRCH');
  table.remove(route);
  namespace.generation++;
}

function agrees(route: Route, spec: RouteMatch): boolean {
  if (spec.type !== undefined && route.type !== spec.type) return false;
  if (spec.metric !== undefined && route.metric !== spec.metric) return false;
  if (spec.protocol !== undefined && route.protocol !== spec.protocol) return false;
  if (spec.scope !== undefined && route.scope !== spec.scope) return false;
  if (spec.preferredSource !== undefined && route.preferredSource !== spec.preferredSource) return false;
  return (spec.nexthops ?? []).every((wanted) =>
    route.nexthops.some(
      (hop) =>
        (wanted.dev === undefined || hop.iface?.name === wanted.dev) &&
        (wanted.gateway === undefined || (hop.hasGateway && hop.gateway === wanted.gateway)),
    ),
  );
}

/** The routes of a table in the kernel's order. */
export function routes(namespace: NetworkNamespace, table: number = RouteTable.main): RouteView[] {
  return namespace.fib.table(table).routes().map(routeView);
}

/** Tables as `ip route show table all` goes through them: by the low byte of their number. */
export function tables(namespace: NetworkNamespace): number[] {
  return namespace.fib
    .tables()
    .filter((table) => table.routes().length > 0)
    .map((table) => table.id)
    .sort((a, b) => (a & 255) - (b & 255) || a - b);
}

export function routeView(route: Route): RouteView {
  return {
    destination: route.destination,
    prefixLength: route.prefixLength,
    type: route.type,
    scope: route.scope,
    metric: route.metric,
    protocol: route.protocol,
    table: route.table,
    ...(route.preferredSource !== undefined && { preferredSource: route.preferredSource }),
    ...(route.mtu !== 0 && { mtu: route.mtu }),
    nexthops: route.nexthops
      .filter((hop) => hop.iface !== null)
      .map((hop) => ({
        ...(hop.hasGateway && { gateway: hop.gateway }),
        dev: hop.iface!.name,
        weight: hop.weight,
        flags: [
          ...(hop.dead ? (['dead'] as const) : []),
          ...(hop.linkDown ? (['linkdown'] as const) : []),
          ...(hop.onlink ? (['onlink'] as const) : []),
        ],
      })),
  };
}

/** `ip route get` (Linux `inet_rtm_getroute`). */
export function getRoute(
  namespace: NetworkNamespace,
  destination: Ipv4Address,
  options: GetRouteOptions,
): RouteAnswer {
  const probe = probePacket(options);
  const oif = options.oif === undefined ? null : find(namespace, options.oif);
  const decision =
    options.iif === undefined
      ? routeOutput(namespace, options.from ?? 0, destination, oif, probe)
      : routeInput(find(namespace, options.iif), options.from ?? 0, destination, probe);
  if (decision.kind === 'error' || decision.kind === 'drop') throw new ControlError(decision.errno);
  const { nexthop: hop } = decision;
  const route = matchedRoute(decision, namespace, destination);
  const local = decision.kind === 'local';
  return {
    type: local ? 'local' : (route?.type ?? 'unicast'),
    dev: local ? 'lo' : hop.iface!.name,
    ...(!local && decision.nexthopAddress !== destination && { gateway: decision.nexthopAddress }),
    source: options.iif === undefined ? decision.source : (options.from ?? 0),
    ...(route !== null && { route: routeView(route) }),
    ...(!local && learntOf(namespace, hop, destination)),
  };
}

/** What was learnt of single destinations, redirects and path MTUs (`ip route show cache`; Linux `fib_nh_exception`). */
export function learntRoutes(namespace: NetworkNamespace): LearntRoute[] {
  const { now } = namespace.network.simulation;
  const hops = namespace.fib.tables().flatMap((table) => table.routes().flatMap(({ nexthops }) => nexthops));
  return hops.flatMap(({ iface, gateway, hasGateway, exceptions }) =>
    [...(exceptions ?? [])]
      .filter(([, { expires }]) => expires > now)
      .map(([destination, { gateway: redirected, mtu, expires }]) => ({
        destination,
        gateway: redirected ?? (hasGateway ? gateway : undefined),
        redirected: redirected !== undefined,
        dev: iface!.name,
        expires: expires - now,
        ...(mtu !== 0 && { mtu }),
      })),
  );
}

/** Forgets all that (`ip route flush cache`; Linux `rt_cache_flush`). */
export function flushLearntRoutes(namespace: NetworkNamespace): void {
  for (const table of namespace.fib.tables()) {
    for (const { nexthops } of table.routes()) for (const hop of nexthops) hop.exceptions = null;
  }
  namespace.generation++;
}

function learntOf(namespace: NetworkNamespace, hop: Nexthop, destination: Ipv4Address) {
  const exception = hop.exceptions?.get(destination);
  const { now } = namespace.network.simulation;
  if (exception === undefined || exception.expires <= now) return {};
  const { mtu } = exception;
  return { learnt: { expires: exception.expires - now, ...(mtu !== 0 && { mtu }) } };
}

/** A packet such as is asked about, as far as look-ups see it. */
function probePacket(options: GetRouteOptions): Packet {
  const packet = new Packet();
  packet.tos = options.tos ?? 0;
  packet.mark = options.mark ?? 0;
  packet.protocol = options.protocol ?? 0;
  packet.sourcePort = options.sourcePort ?? 0;
  packet.destinationPort = options.destinationPort ?? 0;
  return packet;
}

function find(namespace: NetworkNamespace, name: string): Interface {
  const iface = namespace.findInterface(name);
  if (iface === undefined) throw new ControlError('ENODEV');
  return iface;
}
