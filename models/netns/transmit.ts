import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { bridgeTransmit, FRAME_OVERHEAD } from './bridge-forward.ts';
import { Counter, type Interface, InterfaceKind } from './interface.ts';

/** Sends a frame, its Ethernet header filled in, out of an interface (Linux `dev_queue_xmit`). */
export function transmit(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  if (!iface.up) {
    network.drop(packet, DropReason.interfaceDown, iface);
    return;
  }
  switch (iface.kind) {
    case InterfaceKind.veth:
      transmitVeth(iface, packet);
      return;
    case InterfaceKind.physical:
      transmitPhysical(iface, packet);
      return;
    case InterfaceKind.bridge:
      noteEgress(iface, packet);
      bridgeTransmit(iface, packet);
      return;
    default:
      noteEgress(iface, packet);
      network.backlog.push(packet, iface.id);
  }
}

function transmitVeth(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  const peer = iface.peer;
  if (peer?.up !== true) {
    network.counters.count(iface.id, Counter.txDropped);
    network.drop(packet, DropReason.linkDown, iface);
    return;
  }
  if (packet.length > peer.mtu + FRAME_OVERHEAD) {
    network.counters.count(iface.id, Counter.txDropped);
    network.drop(packet, DropReason.frameTooBig, iface);
    return;
  }
  noteEgress(iface, packet);
  network.countHop(iface.id, packet);
  network.backlog.push(packet, peer.id);
}

function transmitPhysical(iface: Interface, packet: Packet): void {
  if (packet.traced !== 0) iface.namespace.network.tracerOf(packet).transmitted(iface, packet);
  if (iface.cable !== null) {
    iface.cable.send(packet);
    return;
  }
  iface.namespace.network.counters.count(iface.id, Counter.txDropped);
  iface.namespace.network.drop(packet, DropReason.linkDown, iface);
}

function noteEgress(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  network.counters.add(iface.id, Counter.txPackets, packet.length);
  if (iface.tap !== null) iface.tap.egress(iface, packet, null, 0);
  if (packet.traced !== 0) network.tracerOf(packet).transmitted(iface, packet);
}
