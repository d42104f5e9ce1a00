import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import { type Ipv4Address, isLoopback, isMulticast } from '../../wire/ipv4-address.ts';
import { Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import { selectSourceAddress } from '../ipv4/source-address.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { fillFlowKey, newFlowKey } from './flow-key.ts';
import { applyNexthop, selectNexthop } from './nexthop-select.ts';
import type { Route } from './route.ts';
import { decideByType, decideError, NO_NEXTHOP, newDecision, type RouteDecision } from './route-decision.ts';

const LIMITED_BROADCAST: Ipv4Address = -1;

const decision = newDecision();
const flowKey = newFlowKey();

/**
 * Where a packet that starts here goes, and from which address (Linux `ip_route_output_key`). The answer is one
 * shared object, good until the next call.
 * @param source the sender's choice, 0 for none
 * @param out the interface that a socket is bound to, or null
 * @param packet what else rules and the choice of a next hop may look at: TOS, mark, protocol, ports
 */
export function routeOutput(
  namespace: NetworkNamespace,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null = null,
  packet: Packet | null = null,
): RouteDecision {
  decision.rule = null;
  const group = destination === LIMITED_BROADCAST || isMulticast(destination);
  if (source !== 0) {
    const refused = isMulticast(source) || source >>> 24 === 0 || !namespace.hasAddress(source);
    if (refused) return decideError(decision, null, 'error', DropReason.martianSource, 'EINVAL');
    if (group && out === null) out = ownerOf(namespace, source);
  }
  if (out !== null && !out.up) {
    return decideError(decision, null, 'error', DropReason.interfaceDown, 'ENETUNREACH');
  }
  // 0.0.0.0 is this host (RFC 1122, 3.2.1.3)
  if (destination === 0)
    destination = source !== 0 ? source : (namespace.loopback.addresses[0]?.address ?? 0x7f000001);
  if (out !== null && group) return decideOnLink(out, source, destination);
  const route = lookup(namespace, source, destination, out, packet);
  decision.rule = namespace.fib.rule;
  if (route === null) {
    if (out !== null) return decideOnLink(out, source, destination);
    return decideError(decision, null, 'error', DropReason.noRoute, 'ENETUNREACH');
  }
  if (decideByType(decision, route)) {
    decision.kind = 'error';
    return decision;
  }
  if (route.type === 'local') return decideLocal(route, source, destination);
  return decideUnicast(namespace, route, source, destination, out, packet);
}

/**
 * As `routeOutput` for a socket that connects (Linux `ip_route_connect`): once the source address is found, the way is
 * looked up again with it, and a rule about that source can still refuse.
 */
export function routeConnect(
  namespace: NetworkNamespace,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null = null,
): RouteDecision {
  const first = routeOutput(namespace, source, destination, out);
  if (namespace.fib.rules === null || source !== 0) return first;
  if (first.kind === 'error' || first.kind === 'drop') return first;
  return routeOutput(namespace, first.source, destination, out);
}

function lookup(
  namespace: NetworkNamespace,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null,
  packet: Packet | null,
): Route | null {
  const { fib } = namespace;
  if (fib.rules === null && out === null) return fib.lookup(destination);
  const key = fillFlowKey(flowKey, source, destination, null, out, packet);
  return out === null ? fib.lookup(destination, key) : fib.lookupVia(out, key);
}

/** The interface that has an address (Linux `__ip_dev_find`). */
function ownerOf(namespace: NetworkNamespace, address: Ipv4Address): Interface | null {
  const has = (iface: Interface) => iface.addresses.some((entry) => entry.address === address);
  return namespace.interfaces().find(has) ?? null;
}

function decideLocal(route: Route, source: Ipv4Address, destination: Ipv4Address): RouteDecision {
  decision.kind = 'local';
  decision.route = route;
  decision.nexthop = NO_NEXTHOP;
  decision.nexthopAddress = destination;
  decision.source = source !== 0 ? source : (route.preferredSource ?? destination);
  decision.redirect = false;
  return decision;
}

function decideUnicast(
  namespace: NetworkNamespace,
  route: Route,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null,
  packet: Packet | null,
): RouteDecision {
  const nexthop = selectNexthop(namespace, route, source, destination, packet, out, true);
  if (nexthop.iface === null) return decideError(decision, route, 'error', DropReason.noRoute, 'ENETUNREACH');
  decision.kind = route.type === 'broadcast' ? 'broadcast' : 'forward';
  decision.redirect = false;
  applyNexthop(decision, route, nexthop, destination, namespace.network.simulation.now);
  if (source !== 0) decision.source = source;
  else if (route.preferredSource !== undefined) decision.source = route.preferredSource;
  else {
    // Linux fib_info_update_nhc_saddr: the gateway counts, the destination does not
    decision.source = selectSourceAddress(nexthop.iface, nexthop.gateway, route.scope) ?? 0;
  }
  // Linux __mkroute_output: the route gives the interface and the source address, and no gateway
  if (destination === LIMITED_BROADCAST) return decideOnLink(nexthop.iface, decision.source, destination);
  return mayLeave(nexthop.iface, decision.source)
    ? decision
    : decideError(decision, route, 'error', DropReason.martianSource, 'EINVAL');
}

/** Addresses of the loopback network stay at home unless `route_localnet` says otherwise. */
function mayLeave(iface: Interface, source: Ipv4Address): boolean {
  if (!isLoopback(source) || iface.isLoopback) return true;
  return iface.config.routeLocalnet || iface.namespace.configAll.routeLocalnet;
}

/** No table is asked: a group address on a given interface, or a socket bound to one without a route. */
function decideOnLink(out: Interface, source: Ipv4Address, destination: Ipv4Address): RouteDecision {
  decision.kind = destination === LIMITED_BROADCAST ? 'broadcast' : 'forward';
  decision.route = null;
  decision.nexthop = out.onLinkNexthop();
  decision.nexthopAddress = destination;
  decision.redirect = false;
  const group = destination === LIMITED_BROADCAST || isMulticast(destination);
  decision.source =
    source !== 0 ? source : (selectSourceAddress(out, group ? 0 : destination, Scope.link) ?? 0);
  return decision;
}
