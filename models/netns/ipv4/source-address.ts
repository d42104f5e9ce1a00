import { type Ipv4Address, isMulticast, prefixMask } from '../../wire/ipv4-address.ts';
import { type RouteType, Scope } from '../control-types.ts';
import type { Interface, InterfaceAddress } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';

/** What an address is to this host (Linux `inet_addr_type`). */
export function addressType(namespace: NetworkNamespace, address: Ipv4Address): RouteType {
  if (address === -1 || address >>> 24 === 0) return 'broadcast';
  if (isMulticast(address)) return 'multicast';
  return namespace.fib.typeOf(address);
}

/**
 * The address with which this host speaks to `destination` by `iface` (Linux `inet_select_addr`): the first
 * primary one that shares its subnet, else the first of wide enough scope, else one of another interface.
 */
export function selectSourceAddress(
  iface: Interface,
  destination: Ipv4Address,
  scope: number,
): Ipv4Address | undefined {
  const narrowest = iface.config.routeLocalnet ? Scope.link : Scope.host;
  let first: Ipv4Address | undefined;
  const { addresses } = iface;
  for (let i = 0; i < addresses.length; i++) {
    const entry = addresses[i];
    if (entry.secondary || Math.min(entry.scope, narrowest) > scope) continue;
    if (destination === 0 || onSubnet(entry, destination)) return entry.address;
    first ??= entry.address;
  }
  return first ?? sourceElsewhere(iface.namespace, scope);
}

/** The first address of any interface that is wide enough. */
function sourceElsewhere(namespace: NetworkNamespace, scope: number): Ipv4Address | undefined {
  for (const iface of namespace.interfaces()) {
    // a link-scope address of another interface means nothing here
    const entry = iface.addresses.find((a) => !a.secondary && a.scope !== 253 && a.scope <= scope);
    if (entry !== undefined) return entry.address;
  }
  return undefined;
}

/** Whether `address` lies on the subnet that an interface address spans. */
export function onSubnet(entry: InterfaceAddress, address: Ipv4Address): boolean {
  return ((entry.address ^ address) & prefixMask(entry.prefixLength)) === 0;
}

/** Whether an interface is directly connected to `address` (Linux `inet_addr_onlink`). */
export function onLink(iface: Interface, address: Ipv4Address): boolean {
  return iface.addresses.some((entry) => onSubnet(entry, address));
}
