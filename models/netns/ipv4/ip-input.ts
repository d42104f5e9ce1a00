import { DropReason } from '../../drop-reason.ts';
import { leaveSender, type Packet, PacketType } from '../../packet.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { routeInput } from '../routing/route-input.ts';
import { isHeaderCorrupt } from './corruption.ts';
import { icmpForRoutingError } from './icmp-error.ts';
import { ipLocalDeliver } from './ip-deliver.ts';
import { ipForward } from './ip-forward.ts';
import { receiveOptions } from './ip-options-input.ts';

/** An IPv4 packet has come in by an interface (Linux `ip_rcv` and `ip_rcv_finish`). */
export function receiveIpv4(iface: Interface, packet: Packet): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  if (packet.sender !== null) leaveSender(packet);
  if (packet.packetType === PacketType.otherHost) {
    network.drop(packet, DropReason.otherHost, iface);
    return;
  }
  if (packet.corruption !== null && isHeaderCorrupt(packet)) {
    network.drop(packet, DropReason.ipChecksum, iface);
    return;
  }
  const destination = packet.ipDestination;
  if (namespace.hooks !== null) {
    const passed = passPreRouting(iface, packet);
    if (passed === null) return;
    packet = passed;
  }
  if (iface.kind === InterfaceKind.loopback && packet.ipDestination === destination) {
    // it was routed when it was sent
    if (packet.options !== null && !receiveOptions(iface, packet, null)) return;
    ipLocalDeliver(iface, packet);
    return;
  }
  const decision = routeInput(iface, packet.ipSource, packet.ipDestination, packet);
  if (packet.traced !== 0) network.tracerOf(packet).routed(namespace, packet, decision, 'input');
  packet.route = decision.route;
  if (packet.options !== null && decision.kind !== 'drop') {
    if (!receiveOptions(iface, packet, decision)) return;
    packet.route = decision.route;
  }
  switch (decision.kind) {
    case 'local':
    case 'broadcast':
      ipLocalDeliver(iface, packet);
      return;
    case 'forward':
      packet.nexthop = decision.nexthop;
      packet.nexthopAddress = decision.nexthopAddress;
      packet.redirect = decision.redirect;
      ipForward(iface, packet);
      return;
    default: {
      const { kind, reason, errno } = decision;
      if (kind === 'error') icmpForRoutingError(iface, packet, errno);
      network.drop(packet, reason, iface);
    }
  }
}

/** PREROUTING, unless the packet has passed it on a bridge (Linux `ip_sabotage_in`). */
function passPreRouting(iface: Interface, packet: Packet): Packet | null {
  const { netfilter: state } = packet;
  if (state?.preRouted) {
    state.preRouted = false;
    return packet;
  }
  const hook = iface.namespace.hooks!.preRouting;
  return hook === null ? packet : hook.run(packet, iface, null);
}
