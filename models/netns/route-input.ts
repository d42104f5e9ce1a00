import { DropReason } from '../drop-reason.ts';
import { type Ipv4Address, isLoopback, isMulticast } from '../wire/ipv4-address.ts';
import { Scope } from './control-types.ts';
import { type Interface, InterfaceKind } from './interface.ts';
import { applyNexthop, selectNexthop } from './nexthop-select.ts';
import { decideByType, decideError, NO_NEXTHOP, newDecision, type RouteDecision } from './route-decision.ts';
import { onLink } from './source-address.ts';

const LIMITED_BROADCAST: Ipv4Address = -1;

const decision = newDecision();

/** What `validateSource` found out. */
const SourceCheck = { refused: 0, fine: 1, onLink: 2 } as const;
type SourceCheck = (typeof SourceCheck)[keyof typeof SourceCheck];

/**
 * Where a packet that came in by `iface` goes (Linux `ip_route_input_slow`). The answer is one shared object,
 * good until the next call.
 */
export function routeInput(
  iface: Interface,
  source: Ipv4Address,
  destination: Ipv4Address,
  _tos: number,
): RouteDecision {
  const namespace = iface.namespace;
  const martian = checkMartians(iface, source, destination);
  if (martian !== null) return decideError(decision, null, 'drop', martian, 'EINVAL');
  if (destination === LIMITED_BROADCAST) return decideLocal('broadcast');

  const route = namespace.fib.lookup(destination);
  if (route === null) {
    const reason = iface.config.forwarding ? DropReason.noRoute : DropReason.notForwarding;
    return decideError(decision, null, iface.config.forwarding ? 'error' : 'drop', reason, 'ENETUNREACH');
  }
  if (route.type === 'broadcast') {
    decideLocal('broadcast');
    decision.route = route;
    return decision;
  }
  if (route.type === 'local') {
    const check = validateSource(iface, source, null);
    if (check === SourceCheck.refused) return refuseSource(iface);
    decideLocal('local');
    decision.route = route;
    return decision;
  }
  if (!iface.config.forwarding) {
    return decideError(decision, route, 'drop', DropReason.notForwarding, 'EHOSTUNREACH');
  }
  if (decideByType(decision, route)) return decision;
  if (route.type !== 'unicast') {
    return decideError(decision, route, 'drop', DropReason.martianDestination, 'EINVAL');
  }
  return decideForward(iface, route, source, destination);
}

/** Addresses that no packet on a link can have; null when there is nothing to object to. */
function checkMartians(iface: Interface, source: Ipv4Address, destination: Ipv4Address): DropReason | null {
  if (isMulticast(source) || source === LIMITED_BROADCAST) return DropReason.martianSource;
  if (destination === LIMITED_BROADCAST || (source === 0 && destination === 0)) return null;
  if (source >>> 24 === 0) return DropReason.martianSource;
  if (destination >>> 24 === 0) return DropReason.martianDestination;
  if (iface.kind === InterfaceKind.loopback || iface.config.routeLocalnet) return null;
  if (isLoopback(destination)) return DropReason.martianDestination;
  return isLoopback(source) ? DropReason.martianSource : null;
}

function decideLocal(kind: 'local' | 'broadcast'): RouteDecision {
  decision.kind = kind;
  decision.route = null;
  decision.nexthop = NO_NEXTHOP;
  decision.redirect = false;
  return decision;
}

function decideForward(
  iface: Interface,
  route: NonNullable<RouteDecision['route']>,
  source: Ipv4Address,
  destination: Ipv4Address,
): RouteDecision {
  const nexthop = selectNexthop(route, source, destination);
  const out = nexthop.iface;
  if (out === null) return decideError(decision, route, 'drop', DropReason.noRoute, 'ENETUNREACH');
  const check = validateSource(iface, source, out);
  if (check === SourceCheck.refused) return refuseSource(iface);
  decision.kind = 'forward';
  applyNexthop(decision, route, nexthop, destination, iface.namespace.network.simulation.now);
  decision.redirect =
    out === iface && check === SourceCheck.onLink && sendsRedirects(out, source, nexthop.gateway);
  return decision;
}

function sendsRedirects(out: Interface, source: Ipv4Address, gateway: Ipv4Address): boolean {
  const all = out.namespace.configAll;
  if (!out.config.sendRedirects && !all.sendRedirects) return false;
  const shared = out.config.sharedMedia || all.sharedMedia;
  return shared || (onLink(out, source) && onLink(out, gateway));
}

/**
 * Whether a packet with this source may have come in here (Linux `fib_validate_source`): its own addresses are
 * martians, and the reverse-path filter may ask for more.
 */
function validateSource(iface: Interface, source: Ipv4Address, out: Interface | null): SourceCheck {
  const namespace = iface.namespace;
  const filter = Math.max(namespace.configAll.rpFilter, iface.config.rpFilter);
  const mayRedirect = out === iface && (iface.config.sendRedirects || namespace.configAll.sendRedirects);
  if (iface.kind === InterfaceKind.loopback) return SourceCheck.fine;
  const reverse = namespace.fib.lookup(source);
  if (filter === 0 && !mayRedirect) {
    // short of custom local routes only the addresses of interfaces count, not all of a subnet on lo
    const own = reverse !== null && reverse.type === 'local' && namespace.hasInterfaceAddress(source);
    return own && !iface.config.acceptLocal ? SourceCheck.refused : SourceCheck.fine;
  }
  if (reverse === null) return filter === 0 ? SourceCheck.fine : SourceCheck.refused;
  if (reverse.type !== 'unicast' && !(reverse.type === 'local' && iface.config.acceptLocal)) {
    return SourceCheck.refused;
  }
  for (const nexthop of reverse.nexthops) {
    if (nexthop.iface !== iface) continue;
    // the next hop's own scope is host when it is the destination itself
    const direct = !nexthop.hasGateway && reverse.scope === Scope.link;
    return direct ? SourceCheck.onLink : SourceCheck.fine;
  }
  return filter === 1 ? SourceCheck.refused : SourceCheck.fine;
}

function refuseSource(iface: Interface): RouteDecision {
  const filter = Math.max(iface.namespace.configAll.rpFilter, iface.config.rpFilter);
  const reason = filter === 0 ? DropReason.martianSource : DropReason.reversePathFilter;
  return decideError(decision, null, 'drop', reason, 'EINVAL');
}
