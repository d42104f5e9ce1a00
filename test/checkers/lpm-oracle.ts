import type { FibTable } from '../../models/netns/routing/fib-table.ts';
import type { Route } from '../../models/netns/routing/route.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';

/**
 * Longest-prefix match as it is written: of all routes that cover the destination and have a living next hop, one
 * with the longest prefix, of these one with the lowest metric, of these the first.
 */
export function scanForRoute(routes: readonly Route[], destination: Ipv4Address): Route | null {
  let best: Route | null = null;
  for (const route of routes) {
    const bits = 2 ** (32 - route.prefixLength);
    const covers = Math.floor((destination >>> 0) / bits) === Math.floor((route.destination >>> 0) / bits);
    if (!covers || route.nexthops.every((nexthop) => nexthop.dead)) continue;
    if (
      best === null ||
      route.prefixLength > best.prefixLength ||
      (route.prefixLength === best.prefixLength && route.metric < best.metric)
    ) {
      best = route;
    }
  }
  return best;
}

/** @throws Error when the table answers otherwise than a scan over all its routes */
export function checkLookup(table: FibTable, destination: Ipv4Address): void {
  const found = table.lookup(destination);
  const expected = scanForRoute(table.routes(), destination);
  if (found === expected) return;
  const name = (route: Route | null) =>
    route === null
      ? 'nothing'
      : `${formatIpv4(route.destination)}/${route.prefixLength} metric ${route.metric}`;
  throw new Error(
    `table ${table.id} finds ${name(found)} for ${formatIpv4(destination)}, not ${name(expected)}`,
  );
}
