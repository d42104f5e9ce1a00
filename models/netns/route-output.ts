import { DropReason } from '../drop-reason.ts';
import { type Ipv4Address, isMulticast } from '../wire/ipv4-address.ts';
import { Scope } from './control-types.ts';
import type { Interface } from './interface.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { applyNexthop, selectNexthop } from './nexthop-select.ts';
import type { Route } from './route.ts';
import { decideByType, decideError, NO_NEXTHOP, newDecision, type RouteDecision } from './route-decision.ts';
import { selectSourceAddress } from './source-address.ts';

const LIMITED_BROADCAST: Ipv4Address = -1;

const decision = newDecision();

/**
 * Where a packet that starts here goes, and from which address (Linux `ip_route_output_key`). The answer is one
 * shared object, good until the next call.
 * @param source the sender's choice, 0 for none
 * @param out the interface that a socket is bound to, or null
 */
export function routeOutput(
  namespace: NetworkNamespace,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null = null,
): RouteDecision {
  if (source !== 0 && !namespace.hasAddress(source)) {
    return decideError(decision, null, 'error', DropReason.martianSource, 'EINVAL');
  }
  // 0.0.0.0 is this host (RFC 1122, 3.2.1.3)
  if (destination === 0)
    destination = source !== 0 ? source : (namespace.loopback.addresses[0]?.address ?? 0x7f000001);
  if (out !== null && (destination === LIMITED_BROADCAST || isMulticast(destination))) {
    return decideOnLink(out, source, destination);
  }
  const route = namespace.fib.lookup(destination);
  if (route === null) {
    if (out !== null) return decideOnLink(out, source, destination);
    return decideError(decision, null, 'error', DropReason.noRoute, 'ENETUNREACH');
  }
  if (decideByType(decision, route)) {
    decision.kind = 'error';
    return decision;
  }
  if (route.type === 'local') return decideLocal(namespace, route, source, destination);
  return decideUnicast(route, source, destination, namespace.network.simulation.now);
}

function decideLocal(
  namespace: NetworkNamespace,
  route: Route,
  source: Ipv4Address,
  destination: Ipv4Address,
): RouteDecision {
  decision.kind = 'local';
  decision.route = route;
  decision.nexthop = NO_NEXTHOP;
  decision.nexthopAddress = destination;
  decision.source = source !== 0 ? source : (route.preferredSource ?? destination);
  void namespace;
  return decision;
}

function decideUnicast(
  route: Route,
  source: Ipv4Address,
  destination: Ipv4Address,
  now: number,
): RouteDecision {
  const nexthop = selectNexthop(route, source, destination);
  if (nexthop.iface === null) return decideError(decision, route, 'error', DropReason.noRoute, 'ENETUNREACH');
  decision.kind = route.type === 'broadcast' ? 'broadcast' : 'forward';
  decision.redirect = false;
  applyNexthop(decision, route, nexthop, destination, now);
  if (source !== 0) decision.source = source;
  else if (route.preferredSource !== undefined) decision.source = route.preferredSource;
  else {
    const neighbour = nexthop.hasGateway ? nexthop.gateway : destination;
    decision.source = selectSourceAddress(nexthop.iface, neighbour, route.scope) ?? 0;
  }
  return decision;
}

/** No table is asked: a group address on a given interface, or a socket bound to one without a route. */
function decideOnLink(out: Interface, source: Ipv4Address, destination: Ipv4Address): RouteDecision {
  decision.kind = destination === LIMITED_BROADCAST ? 'broadcast' : 'forward';
  decision.route = null;
  decision.nexthop = out.onLinkNexthop();
  decision.nexthopAddress = destination;
  decision.redirect = false;
  decision.source = source !== 0 ? source : (selectSourceAddress(out, destination, Scope.link) ?? 0);
  return decision;
}
