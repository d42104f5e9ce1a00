import { DropReason } from '../drop-reason.ts';
import { type Packet, PacketType } from '../packet.ts';
import { sendIcmpError } from './icmp-error.ts';
import { sendRedirect } from './icmp-redirect.ts';
import type { Interface } from './interface.ts';
import { ipFinishOutput } from './ip-output.ts';
import { routeMtu } from './path-mtu.ts';

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
  const out = packet.nexthop!.iface!;
  if (packet.dontFragment && packet.length - 14 > routeMtu(packet.nexthop!, out)) {
    sendIcmpError.fragmentationNeeded(namespace, packet, routeMtu(packet.nexthop!, out));
    network.drop(packet, DropReason.packetTooBig, iface);
    return;
  }
  packet.ttl--;
  if (packet.redirect) sendRedirect(namespace, packet);
  ipFinishOutput(out, packet);
}
