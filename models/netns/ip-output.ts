import { DropReason } from '../drop-reason.ts';
import { BROADCAST_MAC_ID } from '../mac-table.ts';
import { ipTotalLength, type Packet } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';
import { isMulticast } from '../wire/ipv4-address.ts';
import type { Interface } from './interface.ts';
import { fragment } from './ip-fragment.ts';
import { neighbourOutput } from './neighbour-output.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { pathMtu, routeMtu } from './path-mtu.ts';
import type { RouteDecision } from './route-decision.ts';
import { transmit } from './transmit.ts';

/**
 * A packet that starts here leaves by the route decided for it (Linux `ip_local_out`). Its IP addresses, TTL,
 * protocol and length are filled in.
 */
export function ipLocalOutput(namespace: NetworkNamespace, packet: Packet, decision: RouteDecision): void {
  const network = namespace.network;
  packet.etherType = EtherType.ipv4;
  packet.route = decision.route;
  packet.nexthop = decision.nexthop;
  packet.nexthopAddress = decision.nexthopAddress;
  if (packet.traced !== 0) network.tracerOf(packet).routed(namespace, packet, decision, 'output');
  if (decision.kind === 'local') {
    packet.source = namespace.loopback.mac;
    packet.destination = namespace.loopback.mac;
    transmit(namespace.loopback, packet);
    return;
  }
  ipFinishOutput(decision.nexthop.iface!, packet);
}

/** The packet is ready to leave by `iface`: cut it if it is too long, then find the next hop's MAC (Linux `ip_finish_output`). */
export function ipFinishOutput(iface: Interface, packet: Packet): void {
  const nexthop = packet.nexthop!;
  if (ipTotalLength(packet) > iface.mtu || nexthop.exceptions !== null || nexthop.mtu !== 0) {
    // what this host has learnt of the path is for its own packets (`ip_forward_use_pmtu` 0)
    const own = packet.ingress === null;
    const mtu = own ? pathMtu(nexthop, iface, packet.ipDestination) : routeMtu(nexthop, iface);
    if (ipTotalLength(packet) > mtu) {
      fragment(iface, packet, mtu, own ? sendFragment : ipFinishOutput2);
      return;
    }
  }
  ipFinishOutput2(iface, packet);
}

/** The first fragment may bring an error before the second is sent. */
function sendFragment(iface: Interface, part: Packet): void {
  ipFinishOutput2(iface, part);
  iface.namespace.network.backlog.drainUnlessReceiving();
}

/** Linux `ip_finish_output2`. */
function ipFinishOutput2(iface: Interface, packet: Packet): void {
  if (packet.route !== null && packet.route.type === 'broadcast') {
    sendToGroup(iface, packet, BROADCAST_MAC_ID);
  } else if (packet.nexthopAddress === -1) {
    sendToGroup(iface, packet, BROADCAST_MAC_ID);
  } else if (isMulticast(packet.nexthopAddress)) {
    // RFC 1112, 6.4: the low 23 bits of the group behind 01:00:5e
    const mac = 0x01005e000000 + (packet.nexthopAddress & 0x7fffff);
    sendToGroup(iface, packet, iface.namespace.network.macs.intern(mac));
  } else {
    neighbourOutput(iface, packet);
  }
}

function sendToGroup(iface: Interface, packet: Packet, destination: number): void {
  if (!iface.up) {
    iface.namespace.network.drop(packet, DropReason.interfaceDown, iface);
    return;
  }
  packet.source = iface.mac;
  packet.destination = destination;
  transmit(iface, packet);
}
