import type { RouteView } from '../models/netns/control-types.ts';
import { formatIpv4 } from '../models/wire/ipv4-address.ts';

/** A route in the words of `ip route`, without what is at its default. */
export function formatRoute(route: RouteView): string {
  const { destination, prefixLength, type, metric, preferredSource } = route;
  const prefix =
    prefixLength === 0
      ? 'default'
      : `${formatIpv4(destination)}${prefixLength === 32 ? '' : `/${prefixLength}`}`;
  const words = [type === 'unicast' ? prefix : `${type} ${prefix}`];
  for (const hop of route.nexthops) {
    if (hop.gateway !== undefined) words.push(`via ${formatIpv4(hop.gateway)}`);
    if (hop.dev !== undefined) words.push(`dev ${hop.dev}`);
    words.push(...hop.flags);
  }
  if (preferredSource !== undefined) words.push(`src ${formatIpv4(preferredSource)}`);
  if (metric !== 0) words.push(`metric ${metric}`);
  return words.join(' ');
}
