import { DropReason } from '../../drop-reason.ts';
import { resumeBridged } from '../../netfilter/bridge-netfilter.ts';
import { type Packet, tagLength } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { bridgeTransmit, FRAME_OVERHEAD } from '../bridge/bridge-forward.ts';
import { receiveByVport } from '../openvswitch/datapath-input.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { vxlanTransmit } from '../vxlan/vxlan-transmit.ts';
import { Counter, type Interface, InterfaceKind } from './interface.ts';

/** Sends a frame, its Ethernet header filled in, out of an interface (Linux `dev_queue_xmit`). */
export function transmit(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  if (!iface.up) {
    // Linux noop_enqueue
    network.counters.count(iface.id, Counter.txDropped);
    network.drop(packet, DropReason.interfaceDown, iface);
    return;
  }
  const { processor } = iface.namespace;
  if (processor?.holdsTransmitted(iface, packet)) return;
  if (iface.qdisc !== null) {
    // it may wait: none of its flow can go by memory
    if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
    iface.qdisc.enqueue(packet);
    return;
  }
  hardTransmit(iface, packet);
}

/** The frame leaves the interface (Linux `dev_hard_start_xmit`). */
export function hardTransmit(iface: Interface, packet: Packet): void {
  switch (iface.kind) {
    case InterfaceKind.veth:
      transmitVeth(iface, packet);
      return;
    case InterfaceKind.physical:
      transmitPhysical(iface, packet);
      return;
    case InterfaceKind.bridge:
      if (!iface.carrier) {
        // Linux dev_deactivate: without carrier there is no queue
        iface.namespace.network.counters.count(iface.id, Counter.txDropped);
        iface.namespace.network.drop(packet, DropReason.linkDown, iface);
        return;
      }
      if (packet.netfilter !== null && resumeBridged(iface, packet)) return;
      noteEgress(iface, packet);
      bridgeTransmit(iface, packet);
      return;
    case InterfaceKind.vxlan:
      noteEgress(iface, packet);
      // the tunnel counts what it sends
      iface.namespace.network.counters.addMany(iface.id, Counter.txPackets, -1, -packet.length);
      vxlanTransmit(iface.vxlan!, packet);
      return;
    case InterfaceKind.openvswitch:
      noteEgress(iface, packet);
      receiveByVport(iface.vport!, packet);
      return;
    default:
      transmitLoopback(iface, packet);
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
  // the tag travels beside the frame and does not count (NETIF_F_HW_VLAN_CTAG_TX)
  if (packet.length - tagLength(packet) > peer.mtu + FRAME_OVERHEAD) {
    // taps see it before the driver refuses it
    showEgress(iface, packet);
    network.counters.count(iface.id, Counter.txDropped);
    network.drop(packet, DropReason.frameTooBig, iface);
    return;
  }
  // Linux skb_scrub_packet
  if (packet.mark !== 0 && peer.namespace !== iface.namespace) packet.mark = 0;
  noteEgress(iface, packet);
  packet.netfilter = null;
  network.countHop(iface.id, packet);
  network.backlog.push(packet, peer.id);
}

function transmitPhysical(iface: Interface, packet: Packet): void {
  if (packet.traced !== 0) iface.namespace.network.tracerOf(packet).transmitted(iface, packet);
  if (iface.cable !== null) {
    packet.mark = 0;
    packet.netfilter = null;
    iface.cable.send(packet);
    return;
  }
  iface.namespace.network.counters.count(iface.id, Counter.txDropped);
  iface.namespace.network.drop(packet, DropReason.linkDown, iface);
}

/** Linux `loopback_xmit`: it counts bytes without the Ethernet header. */
function transmitLoopback(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  network.counters.add(iface.id, Counter.txPackets, packet.length - ETHERNET_HEADER_LENGTH);
  showEgress(iface, packet);
  network.backlog.push(packet, iface.id);
}

function noteEgress(iface: Interface, packet: Packet): void {
  iface.namespace.network.counters.add(iface.id, Counter.txPackets, packet.length);
  showEgress(iface, packet);
}

function showEgress(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  if (iface.tap !== null) iface.tap.egress(iface, packet, null, 0);
  if (packet.traced !== 0) network.tracerOf(packet).transmitted(iface, packet);
}
