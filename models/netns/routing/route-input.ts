import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import { type Ipv4Address, isLoopback, isMulticast } from '../../wire/ipv4-address.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { onLink } from '../ipv4/source-address.ts';
import { SourceCheck, validateSource } from '../ipv4/source-validation.ts';
import { fillFlowKey, newFlowKey } from './flow-key.ts';
import { applyNexthop, selectNexthop } from './nexthop-select.ts';
import type { Route } from './route.ts';
import { decideByType, decideError, NO_NEXTHOP, newDecision, type RouteDecision } from './route-decision.ts';

const LIMITED_BROADCAST: Ipv4Address = -1;
/** 224.0.0.1: every interface belongs to it (RFC 1112). */
const ALL_HOSTS: Ipv4Address = 0xe0000001 | 0;

const decision = newDecision();
const flowKey = newFlowKey();

/**
 * Where a packet that came in by `iface` goes (Linux `ip_route_input_slow`). The answer is one shared object,
 * good until the next call.
 * @param packet what else rules and the choice of a next hop may look at; null for an ARP request
 */
export function routeInput(
  iface: Interface,
  source: Ipv4Address,
  destination: Ipv4Address,
  packet: Packet | null,
): RouteDecision {
  const { fib } = iface.namespace;
  decision.rule = null;
  if (isMulticast(destination)) return decideMulticast(source, destination);
  const martian = checkMartians(iface, source, destination);
  if (martian !== null) return decideError(decision, null, 'drop', martian, 'EINVAL');
  if (destination === LIMITED_BROADCAST || (source === 0 && destination === 0)) {
    return decideBroadcast(iface, source, null, packet);
  }
  if (fib.isSoleAddress(destination)) return decideOwn(iface, source, destination, null, packet);
  const key = fib.rules === null ? null : fillFlowKey(flowKey, source, destination, iface, null, packet);
  const route = fib.lookup(destination, key);
  decision.rule = fib.rule;
  if (route === null) return decideNoRoute(iface, null);
  if (decideByType(decision, route)) return iface.config.forwarding ? decision : decideNoRoute(iface, route);
  if (route.type === 'broadcast' && !forwardsBroadcasts(iface)) {
    return decideBroadcast(iface, source, route, packet);
  }
  if (route.type === 'local') return decideOwn(iface, source, destination, route, packet);
  if (route.type !== 'broadcast') {
    if (!iface.config.forwarding) return decideNoRoute(iface, route);
    if (route.type !== 'unicast') {
      return decideError(decision, route, 'drop', DropReason.martianDestination, 'EINVAL');
    }
  }
  return decideForward(iface, route, source, destination, packet);
}

/** Addresses that no packet on a link can have; null when there is nothing to object to. */
function checkMartians(iface: Interface, source: Ipv4Address, destination: Ipv4Address): DropReason | null {
  if (isMulticast(source) || source === LIMITED_BROADCAST) return DropReason.martianSource;
  if (destination === LIMITED_BROADCAST || (source === 0 && destination === 0)) return null;
  if (source >>> 24 === 0) return DropReason.martianSource;
  if (destination >>> 24 === 0) return DropReason.martianDestination;
  if (!isLoopback(destination) && !isLoopback(source)) return null;
  const { configAll } = iface.namespace;
  const routed = iface.config.routeLocalnet || configAll.routeLocalnet;
  if (iface.kind === InterfaceKind.loopback || routed) return null;
  return isLoopback(destination) ? DropReason.martianDestination : DropReason.martianSource;
}

/** Linux `ip_route_input_mc`: of the groups, those that an interface belongs to. */
function decideMulticast(source: Ipv4Address, destination: Ipv4Address): RouteDecision {
  const bad = isMulticast(source) || source === LIMITED_BROADCAST || isLoopback(source);
  if (bad) return decideError(decision, null, 'drop', DropReason.martianSource, 'EINVAL');
  if (destination !== ALL_HOSTS) {
    return decideError(decision, null, 'drop', DropReason.noRoute, 'EINVAL');
  }
  return decideLocal('broadcast', null);
}

/** @param route null for a host's only address, to which nobody may ever want the route (`matchedRoute`) */
function decideOwn(
  iface: Interface,
  source: Ipv4Address,
  destination: Ipv4Address,
  route: Route | null,
  packet: Packet | null,
): RouteDecision {
  const check = validateSource(iface, source, destination, null, packet);
  return check < 0 ? refuseSource(check) : decideLocal('local', route);
}

/** Linux's `brd_input`. */
function decideBroadcast(
  iface: Interface,
  source: Ipv4Address,
  route: Route | null,
  packet: Packet | null,
): RouteDecision {
  if (packet === null) return decideError(decision, route, 'drop', DropReason.martianDestination, 'EINVAL');
  if (source >>> 24 !== 0) {
    const check = validateSource(iface, source, 0, null, packet);
    if (check < 0) return refuseSource(check);
  }
  return decideLocal('broadcast', route);
}

/** `bc_forwarding`: broadcasts of another subnet pass like anything else. */
function forwardsBroadcasts(iface: Interface): boolean {
  return iface.config.bcForwarding && iface.namespace.configAll.bcForwarding;
}

/** The sender is told only by a host that forwards (Linux `ip_error`). */
function decideNoRoute(iface: Interface, route: Route | null): RouteDecision {
  if (!iface.config.forwarding) {
    return decideError(decision, route, 'drop', DropReason.notForwarding, 'EHOSTUNREACH');
  }
  return decideError(decision, route, 'error', DropReason.noRoute, 'ENETUNREACH');
}

function decideLocal(kind: 'local' | 'broadcast', route: Route | null): RouteDecision {
  decision.kind = kind;
  decision.route = route;
  decision.nexthop = NO_NEXTHOP;
  decision.redirect = false;
  return decision;
}

/** Linux `ip_mkroute_input`. */
function decideForward(
  iface: Interface,
  route: Route,
  source: Ipv4Address,
  destination: Ipv4Address,
  packet: Packet | null,
): RouteDecision {
  const { namespace } = iface;
  const nexthop = selectNexthop(namespace, route, source, destination, packet, null, false);
  const out = nexthop.iface;
  if (out === null) return decideError(decision, route, 'drop', DropReason.noRoute, 'ENETUNREACH');
  const check = validateSource(iface, source, destination, out, packet);
  if (check < 0) return refuseSource(check);
  decision.kind = 'forward';
  applyNexthop(decision, route, nexthop, destination, namespace.network.simulation.now);
  decision.redirect =
    out === iface && check === SourceCheck.onLink && sendsRedirects(out, source, nexthop.gateway);
  return decision;
}

function sendsRedirects(out: Interface, source: Ipv4Address, gateway: Ipv4Address): boolean {
  const all = out.namespace.configAll;
  if (!out.config.sendRedirects && !all.sendRedirects) return false;
  const shared = out.config.sharedMedia || all.sharedMedia;
  return shared || onSameSubnet(out, source, gateway);
}

/** Linux `inet_addr_onlink`: one subnet of the interface has both. */
function onSameSubnet(out: Interface, a: Ipv4Address, b: Ipv4Address): boolean {
  return onLink(out, a) && (b === 0 || onLink(out, b));
}

function refuseSource(check: SourceCheck): RouteDecision {
  const reason = check === SourceCheck.filtered ? DropReason.reversePathFilter : DropReason.martianSource;
  return decideError(decision, null, 'drop', reason, 'EINVAL');
}
