import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Nexthop, Route } from '../routing/route.ts';

/** Linux `ip_rt_gc_timeout`: a redirect is kept for five minutes. */
const REDIRECT_LIFETIME = 300e9;

/**
 * Largest IP packet that goes to `destination` by this next hop, as far as is known here (Linux `ipv4_mtu`).
 * @param route may have an MTU of its own
 */
export function pathMtu(
  nexthop: Nexthop,
  iface: Interface,
  destination: Ipv4Address,
  route: Route | null = null,
): number {
  const exception = nexthop.exceptions?.get(destination);
  const now = iface.namespace.network.simulation.now;
  const mtu = routeMtu(iface, route);
  if (exception === undefined || exception.mtu === 0 || exception.expires <= now) return mtu;
  return Math.min(exception.mtu, mtu);
}

/** What a router asks: a path MTU counts for it only with `ip_forward_use_pmtu` (Linux `ip_dst_mtu_maybe_forward`). */
export function forwardingMtu(
  nexthop: Nexthop,
  iface: Interface,
  destination: Ipv4Address,
  route: Route | null,
): number {
  if (iface.namespace.sysctls.ipForwardUsePmtu) return pathMtu(nexthop, iface, destination, route);
  return routeMtu(iface, route);
}

/** What a route says (RTAX_MTU), be it more than the interface's; the interface's MTU when it says nothing. */
function routeMtu(iface: Interface, route: Route | null): number {
  return route === null || route.mtu === 0 ? iface.mtu : route.mtu;
}

/** Notes a smaller MTU on the way (RFC 1191; Linux `__ip_rt_update_pmtu`). */
export function learnPathMtu(
  namespace: NetworkNamespace,
  nexthop: Nexthop,
  destination: Ipv4Address,
  mtu: number,
  now: number = namespace.network.simulation.now,
): void {
  const { routeMinPmtu, routeMtuExpires } = namespace.sysctls;
  const known = nexthop.exceptions?.get(destination);
  // late news: a router before the narrowest link has answered as well
  if (known !== undefined && known.expires > now && known.mtu !== 0 && known.mtu < mtu) return;
  remember(nexthop, destination, { mtu: Math.max(mtu, routeMinPmtu), expires: now + routeMtuExpires });
}

/** Notes a better gateway for one destination (ICMP redirect; Linux `__ip_do_redirect`). */
export function learnRedirect(
  nexthop: Nexthop,
  destination: Ipv4Address,
  gateway: Ipv4Address,
  now: number,
): void {
  remember(nexthop, destination, { gateway, expires: now + REDIRECT_LIFETIME });
}

function remember(
  nexthop: Nexthop,
  destination: Ipv4Address,
  learnt: { mtu?: number; gateway?: Ipv4Address; expires: number },
): void {
  nexthop.exceptions ??= new Map();
  const known = nexthop.exceptions.get(destination);
  nexthop.exceptions.set(destination, {
    gateway: learnt.gateway ?? known?.gateway,
    mtu: learnt.mtu ?? known?.mtu ?? 0,
    expires: learnt.expires,
  });
}
