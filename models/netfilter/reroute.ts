import type { DropReason } from '../drop-reason.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { routeOutput } from '../netns/routing/route-output.ts';
import type { Packet } from '../packet.ts';

const ACCEPTED = -1;

/**
 * Routes a packet of this host anew after its headers were changed (Linux `ip_route_me_harder`). Its source address
 * stays even if it is none of this host's. Answers why it cannot be sent, or -1.
 */
export function reroute(namespace: NetworkNamespace, packet: Packet): DropReason | typeof ACCEPTED {
  const source = namespace.hasAddress(packet.ipSource) ? packet.ipSource : 0;
  const decision = routeOutput(namespace, source, packet.ipDestination, null, packet);
  if (decision.kind === 'error' || decision.kind === 'drop') return decision.reason;
  packet.route = decision.route;
  packet.nexthop = decision.nexthop;
  packet.nexthopAddress = decision.nexthopAddress;
  if (packet.traced !== 0) {
    namespace.network.tracerOf(packet).routed(namespace, packet, decision, 'rerouted');
  }
  return ACCEPTED;
}
