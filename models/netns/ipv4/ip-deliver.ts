import { DropReason } from '../../drop-reason.ts';
import { isFragment, type Packet } from '../../packet.ts';
import { receiveTcp } from '../../transport/tcp/tcp-input.ts';
import { receiveUdp } from '../../transport/udp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Interface } from '../interface/interface.ts';
import { receiveEsp } from '../xfrm/esp-input.ts';
import { dropCorrupt } from './corruption.ts';
import { sendIcmpError } from './icmp-error.ts';
import { receiveIcmp } from './icmp-input.ts';
import { reassemble } from './ip-reassembly.ts';

/** A packet for this host (Linux `ip_local_deliver`): fragments wait for the rest, the whole goes to its protocol. */
export function ipLocalDeliver(iface: Interface, packet: Packet): void {
  if (isFragment(packet)) {
    const whole = reassemble(iface, packet);
    if (whole === null) return;
    packet = whole;
  }
  if (packet.corruption !== null && dropCorrupt(iface, packet)) return;
  const { hooks } = iface.namespace;
  if (hooks !== null && hooks.input !== null) {
    const passed = hooks.input.run(packet, iface, null);
    if (passed === null) return;
    packet = passed;
  }
  const { processor } = iface.namespace;
  if (processor !== null) {
    if (isForSocket(packet)) processor.charge('copy', packet);
    if (processor.holdsDelivered(iface, packet)) return;
  }
  finishDelivery(iface, packet);
}

/** Whether a program is going to read it: what is in a tunnel stays in the kernel, but for cargo. */
function isForSocket({ protocol, inner, cargo }: Packet): boolean {
  return (inner === null || cargo !== null) && (protocol === IpProtocol.udp || protocol === IpProtocol.tcp);
}

/** The protocol takes the packet. */
export function finishDelivery(iface: Interface, packet: Packet): void {
  const { network } = iface.namespace;
  switch (packet.protocol) {
    case IpProtocol.udp:
      if (iface.namespace.xfrm?.policyOf(packet, 'in') === undefined) receiveUdp(iface, packet);
      else network.drop(packet, DropReason.xfrmPolicy, iface);
      return;
    case IpProtocol.icmp:
      receiveIcmp(iface, packet);
      return;
    case IpProtocol.tcp:
      receiveTcp(iface, packet);
      return;
    case IpProtocol.esp:
      if (iface.namespace.xfrm === null) refuseProtocol(iface, packet);
      else receiveEsp(iface, packet);
      return;
    default:
      refuseProtocol(iface, packet);
  }
}

function refuseProtocol(iface: Interface, packet: Packet): void {
  sendIcmpError.protocolUnreachable(iface.namespace, packet);
  iface.namespace.network.drop(packet, DropReason.noProtocol, iface);
}
