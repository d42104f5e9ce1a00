import type { Packet } from '../../packet.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { NUD_VALID } from '../neighbour/neighbour.ts';
import { findOrAdd } from '../neighbour/neighbour-output.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { sendIcmpError } from './icmp-error.ts';
import { redirectAllowed, redirectSent } from './icmp-rate-limit.ts';
import { learnRedirect } from './path-mtu.ts';
import { addressType, onLink } from './source-address.ts';

/** Tells the sender of a packet that leaves where it came from of the better gateway (Linux `ip_rt_send_redirect`). */
export function sendRedirect(namespace: NetworkNamespace, packet: Packet): void {
  if (!redirectAllowed(namespace, packet.ipSource)) return;
  sendIcmpError.redirect(namespace, packet, packet.nexthopAddress);
  redirectSent(namespace, packet.ipSource);
}

/**
 * A redirect has come in (Linux `__ip_do_redirect`).
 * @param iface where it came in
 * @param from the gateway that sent it
 * @param source, destination addresses of the packet that it is about
 */
export function acceptRedirect(
  iface: Interface,
  from: Ipv4Address,
  source: Ipv4Address,
  destination: Ipv4Address,
  gateway: Ipv4Address,
): void {
  const namespace = iface.namespace;
  if (!acceptsRedirects(iface) || gateway === from || isMulticast(gateway) || gateway >>> 24 === 0) return;
  const shared = iface.config.sharedMedia || namespace.configAll.sharedMedia;
  if (shared ? addressType(namespace, gateway) !== 'unicast' : !isNear(iface, gateway, from)) return;
  if (!namespace.hasAddress(source)) return;
  const route = namespace.fib.lookup(destination);
  const nexthop = route?.nexthops.find((candidate) => candidate.iface === iface);
  if (nexthop === undefined || !nexthop.usesGateway) return;
  // only the gateway in use may hand us on
  const current = nexthop.exceptions?.get(destination)?.gateway ?? nexthop.gateway;
  if (current !== from) return;
  const neighbour = findOrAdd(iface, gateway);
  if (neighbour === null) return;
  if ((neighbour.state & NUD_VALID) === 0) {
    neighbour.eventProbe();
    return;
  }
  learnRedirect(nexthop, destination, gateway, namespace.network.simulation.now);
  namespace.generation++;
}

/** Without `shared_media`: on the link, and with `secure_redirects` a gateway that some default route has. */
function isNear(iface: Interface, gateway: Ipv4Address, from: Ipv4Address): boolean {
  if (!onLink(iface, gateway) || !onLink(iface, from)) return false;
  const { configAll, fib } = iface.namespace;
  if (!iface.config.secureRedirects && !configAll.secureRedirects) return true;
  return fib
    .tables()
    .some((table) =>
      table
        .routes()
        .some((route) => route.nexthops.some((hop) => hop.iface === iface && hop.gateway === gateway)),
    );
}

function acceptsRedirects(iface: Interface): boolean {
  const all = iface.namespace.configAll.acceptRedirects;
  const own = iface.config.acceptRedirects;
  return iface.config.forwarding ? all && own : all || own;
}
