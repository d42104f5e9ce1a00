import { type Ipv4Address, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { Host } from './topology.ts';

/** Whether one of the host's own subnets holds the address, its pods' left out. */
export function isOnLink(host: Host, address: Ipv4Address): boolean {
  return host.nics.some((nic) => {
    if (nic.address === undefined) return false;
    const mask = prefixMask(nic.address.length);
    return (address & mask) === (nic.address.address & mask);
  });
}

/**
 * The gateway by which `from` reaches the host `to`: an address of `to` on a shared subnet, else the gateway of
 * the longest given route that fits. Undefined when neither is there.
 */
export function nextHop(from: Host, to: Host): Ipv4Address | undefined {
  for (const nic of to.nics) {
    if (nic.address !== undefined && isOnLink(from, nic.address.address)) return nic.address.address;
  }
  let best: { length: number; gateway: Ipv4Address | undefined } | undefined;
  for (const nic of to.nics) {
    for (const { route } of nic.address === undefined ? [] : from.routes) {
      const fits = (nic.address!.address & prefixMask(route.prefixLength)) === route.destination;
      if (!fits || (best !== undefined && best.length >= route.prefixLength)) continue;
      best = { length: route.prefixLength, gateway: route.type === 'unicast' ? route.gateway : undefined };
    }
  }
  return best?.gateway;
}
