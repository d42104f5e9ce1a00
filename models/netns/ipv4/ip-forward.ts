import { DropReason } from '../../drop-reason.ts';
import { type Packet, PacketType } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { UnreachableCode } from '../../wire/icmp.ts';
import type { Interface } from '../interface/interface.ts';
import { sendIcmpError } from './icmp-error.ts';
import { sendRedirect } from './icmp-redirect.ts';
import { forwardOptions } from './ip-options-output.ts';
import { ipOutput } from './ip-output.ts';
import { forwardingMtu } from './path-mtu.ts';

/** A packet for somebody else passes through (Linux `ip_forward`). Its route has been decided on the way in. */
export function ipForward(iface: Interface, packet: Packet): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  if (packet.packetType !== PacketType.host) {
    network.drop(packet, DropReason.otherHost, iface);
    return;
  }
  if (packet.ttl <= 1) {
    sendIcmpError.timeExceeded(namespace, packet);
    network.drop(packet, DropReason.ttlExceeded, iface);
    return;
  }
  if (packet.options !== null && packet.optionState!.strict && packet.nexthop!.usesGateway) {
    sendIcmpError.unreachable(namespace, packet, UnreachableCode.sourceRouteFailed);
    network.drop(packet, DropReason.sourceRoute, iface);
    return;
  }
  const out = packet.nexthop!.iface!;
  const mtu = forwardingMtu(packet.nexthop!, out, packet.ipDestination, packet.route);
  if (packet.length - ETHERNET_HEADER_LENGTH > mtu && mayNotBeCut(packet, mtu)) {
    sendIcmpError.fragmentationNeeded(namespace, packet, mtu);
    network.drop(packet, DropReason.packetTooBig, iface);
    return;
  }
  packet.ttl--;
  if (namespace.processor !== null) namespace.processor.charge('forward', packet);
  if (packet.redirect && !hasSourceRoute(packet)) sendRedirect(namespace, packet);
  const { hooks } = namespace;
  if (hooks !== null && hooks.forward !== null) {
    const passed = hooks.forward.run(packet, iface, out);
    if (passed === null) return;
    packet = passed;
  }
  if (packet.options !== null) forwardOptions(out, packet);
  ipOutput(out, packet);
}

function hasSourceRoute({ options, optionState }: Packet): boolean {
  return options !== null && optionState!.sourceRoute >= 0;
}

/** What was put together of fragments may be cut again into such fragments (Linux `ip_exceeds_mtu`). */
function mayNotBeCut(packet: Packet, mtu: number): boolean {
  if (!packet.dontFragment) return false;
  const { netfilter: state } = packet;
  return state === null || state.fragments === null || state.longestFragment > mtu;
}
