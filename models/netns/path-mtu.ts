import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Interface } from './interface.ts';
import type { Nexthop } from './route.ts';

/** Linux `ip_rt_min_pmtu`: a smaller value in an ICMP message is not believed. */
export const MINIMUM_PATH_MTU = 552;
/** Linux `ip_rt_mtu_expires`: a learnt path MTU holds for ten minutes. */
const PATH_MTU_LIFETIME = 600e9;
/** Linux `ip_rt_gc_timeout`: a redirect is kept for five minutes. */
const REDIRECT_LIFETIME = 300e9;

/** Largest IP packet that goes to `destination` by this next hop, as far as is known here. */
export function pathMtu(nexthop: Nexthop, iface: Interface, destination: Ipv4Address): number {
  const exception = nexthop.exceptions?.get(destination);
  const now = iface.namespace.network.simulation.now;
  const mtu = routeMtu(nexthop, iface);
  if (exception === undefined || exception.mtu === 0 || exception.expires <= now) return mtu;
  return Math.min(exception.mtu, mtu);
}

/** What a route says (RTAX_MTU), be it more than the interface's; the interface's MTU when it says nothing. */
export function routeMtu(nexthop: Nexthop, iface: Interface): number {
  return nexthop.mtu === 0 ? iface.mtu : nexthop.mtu;
}

/** Notes a smaller MTU on the way (RFC 1191; Linux `__ip_rt_update_pmtu`). */
export function learnPathMtu(nexthop: Nexthop, destination: Ipv4Address, mtu: number, now: number): void {
  const known = nexthop.exceptions?.get(destination);
  // late news: a router before the narrowest link has answered as well
  if (known !== undefined && known.expires > now && known.mtu !== 0 && known.mtu < mtu) return;
  remember(nexthop, destination, { mtu: Math.max(mtu, MINIMUM_PATH_MTU), expires: now + PATH_MTU_LIFETIME });
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
