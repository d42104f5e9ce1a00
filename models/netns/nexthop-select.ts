import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Nexthop, Route } from './route.ts';
import { NO_NEXTHOP, type RouteDecision } from './route-decision.ts';

/** The next hop of a flow (Linux `fib_select_path`): with several living ones, by a hash over the addresses. */
export function selectNexthop(route: Route, source: Ipv4Address, destination: Ipv4Address): Nexthop {
  const nexthops = route.nexthops;
  if (nexthops.length === 1) return nexthops[0];
  if (nexthops.length === 0) return NO_NEXTHOP;
  let total = 0;
  for (const nexthop of nexthops) if (!nexthop.dead) total += nexthop.weight;
  let place = (flowHash(source, destination) >>> 1) % Math.max(total, 1);
  for (const nexthop of nexthops) {
    if (nexthop.dead) continue;
    place -= nexthop.weight;
    if (place < 0) return nexthop;
  }
  return nexthops[0];
}

/** Fills in the gateway, or the destination itself, with what redirects have taught. */
export function applyNexthop(
  decision: RouteDecision,
  route: Route,
  nexthop: Nexthop,
  destination: Ipv4Address,
  now: number,
): void {
  decision.route = route;
  decision.nexthop = nexthop;
  decision.nexthopAddress = nexthop.hasGateway ? nexthop.gateway : destination;
  if (nexthop.exceptions === null) return;
  const exception = nexthop.exceptions.get(destination);
  if (exception !== undefined && exception.expires > now && exception.gateway !== undefined) {
    decision.nexthopAddress = exception.gateway;
  }
}

/** A well-mixed hash of the two addresses (fib_multipath_hash_policy 0: layer 3). */
function flowHash(source: Ipv4Address, destination: Ipv4Address): number {
  let hash = Math.imul(source ^ 0x5bd1e995, 0x85ebca6b) ^ Math.imul(destination, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
