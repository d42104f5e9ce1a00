import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import { ipTotalLength, type Packet } from '../../packet.ts';
import { EtherType } from '../../wire/ethernet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { isMulticast } from '../../wire/ipv4-address.ts';
import type { Errno } from '../control-error.ts';
import type { Interface } from '../interface/interface.ts';
import { transmit } from '../interface/transmit.ts';
import { neighbourOutput } from '../neighbour/neighbour-output.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { RouteDecision } from '../routing/route-decision.ts';
import { passXfrm } from '../xfrm/esp-output.ts';
import { fragment } from './ip-fragment.ts';
import { forwardingMtu, pathMtu } from './path-mtu.ts';

/** Why a packet was dropped on its way out, as far as its sender is told. */
export type OutputErrno = 'EPERM' | 'ENOBUFS';

/** Whether the errno of a socket says that the packet was made and dropped, so that its loss is counted already. */
export function isOutputErrno(errno: Errno): errno is OutputErrno {
  return errno === 'EPERM' || errno === 'ENOBUFS';
}

/**
 * A packet that starts here leaves by the route decided for it (Linux `ip_local_out`). Its IP addresses, TTL,
 * protocol and length are filled in.
 * @returns EPERM when netfilter did not let it go, ENOBUFS when there was no room for an entry of its next hop; null
 * when it has left or waits, and whatever befalls it later
 */
export function ipLocalOutput(
  namespace: NetworkNamespace,
  packet: Packet,
  decision: RouteDecision,
): OutputErrno | null {
  const network = namespace.network;
  packet.etherType = EtherType.ipv4;
  packet.route = decision.route;
  packet.nexthop = decision.nexthop;
  packet.nexthopAddress = decision.nexthopAddress;
  if (namespace.processor !== null && isFromSocket(packet)) namespace.processor.charge('copy', packet);
  if (namespace.xfrm !== null && !passXfrm(namespace, packet, wayOut(namespace, packet))) return null;
  if (packet.traced !== 0) network.tracerOf(packet).routed(namespace, packet, decision, 'output');
  network.neighbourTableFull = false;
  if (namespace.hooks !== null) {
    if (!outputByHooks(namespace, packet)) return 'EPERM';
  } else if (decision.kind === 'local') transmitLoopback(namespace, packet);
  else ipFinishOutput(decision.nexthop.iface!, packet);
  return network.neighbourTableFull ? 'ENOBUFS' : null;
}

/** Whether a program has written it: what is put into a tunnel is in the kernel already, but for cargo. */
function isFromSocket({ protocol, inner, cargo }: Packet): boolean {
  return (inner === null || cargo !== null) && (protocol === IpProtocol.udp || protocol === IpProtocol.tcp);
}

/** OUTPUT may change the route; POSTROUTING follows for loopback as well. */
function outputByHooks(namespace: NetworkNamespace, packet: Packet): boolean {
  const { output, postRouting } = namespace.hooks!;
  let passed: Packet | null = packet;
  if (output !== null) passed = output.run(packet, null, wayOut(namespace, packet));
  if (passed === null) return false;
  const out = wayOut(namespace, passed);
  if (out !== namespace.loopback) return ipOutput(out, passed);
  if (postRouting !== null) passed = postRouting.run(passed, null, out);
  if (passed === null) return false;
  transmitLoopback(namespace, passed);
  return true;
}

function wayOut(namespace: NetworkNamespace, packet: Packet): Interface {
  return packet.route?.type === 'local' ? namespace.loopback : packet.nexthop!.iface!;
}

function transmitLoopback(namespace: NetworkNamespace, packet: Packet): void {
  packet.source = namespace.loopback.mac;
  packet.destination = namespace.loopback.mac;
  transmit(namespace.loopback, packet);
}

/** The packet leaves by `iface` (Linux `ip_output`). Answers whether POSTROUTING let it go. */
export function ipOutput(iface: Interface, packet: Packet): boolean {
  const { hooks } = iface.namespace;
  if (hooks !== null && hooks.postRouting !== null) {
    const passed = hooks.postRouting.run(packet, null, iface);
    if (passed === null) return false;
    packet = passed;
  }
  ipFinishOutput(iface, packet);
  return true;
}

/** The packet is ready to leave by `iface`: cut it if it is too long, then find the next hop's MAC (Linux `ip_finish_output`). */
function ipFinishOutput(iface: Interface, packet: Packet): void {
  const longest = packet.netfilter === null ? 0 : packet.netfilter.longestFragment;
  if (longest > 0) {
    // it came in fragments and leaves in fragments that are no longer
    fragment(iface, packet, Math.min(iface.mtu, longest), ipFinishOutput2);
    return;
  }
  const { route } = packet;
  const nexthop = packet.nexthop!;
  const limited = nexthop.exceptions !== null || (route !== null && route.mtu !== 0);
  if (limited || ipTotalLength(packet) > iface.mtu) {
    // what this host knows of the path is for its own packets
    const own = packet.ingress === null;
    const mtu = (own ? pathMtu : forwardingMtu)(nexthop, iface, packet.ipDestination, route);
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
  iface.namespace.network.backlog.drain();
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
