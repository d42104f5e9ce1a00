import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { type FlowKey, fillReverseKey, newFlowKey } from '../routing/flow-key.ts';
import type { Nexthop, Route } from '../routing/route.ts';
import { addressType } from './source-address.ts';

/** What `validateSource` found out; below zero the packet is refused. */
export const SourceCheck = { martian: -2, filtered: -1, fine: 0, onLink: 1 } as const;
export type SourceCheck = (typeof SourceCheck)[keyof typeof SourceCheck];

const reverseKey = newFlowKey();

/**
 * Whether a packet with this source may have come in here (Linux `fib_validate_source`): its own addresses are
 * martians, and the reverse-path filter may ask for more.
 * @param out where the packet is to leave; null when it is for this host
 */
export function validateSource(
  iface: Interface,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null,
  packet: Packet | null,
): SourceCheck {
  const namespace = iface.namespace;
  const { configAll } = namespace;
  const filter = Math.max(configAll.rpFilter, iface.config.rpFilter);
  const mayRedirect = out === iface && (iface.config.sendRedirects || configAll.sendRedirects);
  if (filter === 0 && !mayRedirect) {
    if (iface.config.acceptLocal || configAll.acceptLocal) return SourceCheck.fine;
    if (namespace.fib.rules === null) {
      // only the addresses of interfaces count here, not all of a subnet on lo
      return addressType(namespace, source) === 'local' && namespace.hasInterfaceAddress(source)
        ? SourceCheck.martian
        : SourceCheck.fine;
    }
  }
  return validateFully(iface, source, destination, out, packet, filter);
}

/** Linux `__fib_validate_source`: looks the way back up. */
function validateFully(
  iface: Interface,
  source: Ipv4Address,
  destination: Ipv4Address,
  out: Interface | null,
  packet: Packet | null,
  filter: number,
): SourceCheck {
  const { fib, configAll } = iface.namespace;
  const usesMark = iface.config.srcValidMark || configAll.srcValidMark;
  const key = fillReverseKey(reverseKey, source, destination, out, packet, usesMark);
  const route = fib.lookup(source, key);
  if (route === null || isVerdict(route)) return filter === 0 ? SourceCheck.fine : SourceCheck.filtered;
  if (route.type === 'local') {
    if (!iface.config.acceptLocal && !configAll.acceptLocal) return SourceCheck.martian;
  } else if (route.type !== 'unicast') return SourceCheck.martian;
  const own = route.nexthops.some((nexthop) => nexthop.iface === iface);
  if (own || (route.type === 'local' && iface.kind === InterfaceKind.loopback)) {
    return scopeOf(route.firstUsable(null) ?? route.nexthops[0]);
  }
  if (iface.addresses.length === 0) return filter === 0 ? SourceCheck.fine : SourceCheck.filtered;
  if (filter === 1) return SourceCheck.filtered;
  return wayThrough(iface, key);
}

/** A looser filter: any way there by this interface, were the others not there. */
function wayThrough(iface: Interface, key: FlowKey): SourceCheck {
  key.output = iface;
  const route = iface.namespace.fib.lookupVia(iface, key);
  if (route?.type !== 'unicast') return SourceCheck.fine;
  const nexthop = route.firstUsable(iface, true);
  return nexthop === null ? SourceCheck.fine : scopeOf(nexthop);
}

/** The next hop's own scope is host when it is the destination itself. */
function scopeOf(nexthop: Nexthop): SourceCheck {
  return nexthop.usesGateway ? SourceCheck.fine : SourceCheck.onLink;
}

/** The look-up ended in an error. */
function isVerdict(route: Route): boolean {
  return route.type === 'blackhole' || route.type === 'unreachable' || route.type === 'prohibit';
}
