import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import { clearVlanTag, type Packet, PacketType, vlanId } from '../../packet.ts';
import { takenByPacketSocket } from '../../transport/packet-socket.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { bridgeInput } from '../bridge/bridge-input.ts';
import { receiveIpv4 } from '../ipv4/ip-input.ts';
import { receiveArp } from '../neighbour/arp.ts';
import type { Network } from '../network.ts';
import { receivedByVport } from '../openvswitch/datapath-input.ts';
import { NO_SEGMENT } from '../path-memo/path-memo.ts';
import { Counter, type Interface } from './interface.ts';

/** A frame has come in by interface `id`: it goes the way of its flow, or is looked at. */
export function receive(network: Network, id: number, packet: Packet): void {
  const segment = packet.nextSegment;
  if (segment !== NO_SEGMENT && network.memo.follow(segment, packet)) return;
  receiveByTables(network.interfaces[id], packet);
}

/** Linux `netif_receive_skb`. */
function receiveByTables(iface: Interface, packet: Packet): void {
  const { network, processor } = iface.namespace;
  if (processor?.holdsReceived(iface, packet)) return;
  if (packet.lastSegment !== NO_SEGMENT) {
    // netfilter looks at every packet by itself
    if (iface.namespace.hooks === null) network.recorder.beginAtInterface(iface, packet);
    else packet.lastSegment = NO_SEGMENT;
  }
  if (!iface.up) {
    network.drop(packet, DropReason.interfaceDown, iface);
    return;
  }
  packet.ingress = iface;
  packet.packetType = addressedTo(iface, packet.destination);
  const counted = iface.isLoopback ? packet.length - ETHERNET_HEADER_LENGTH : packet.length;
  network.counters.add(iface.id, Counter.rxPackets, counted);
  if (iface.tap !== null) iface.tap.ingress(iface, packet);
  if (packet.traced !== 0) network.tracerOf(packet).received(iface, packet);
  if (iface.packetSockets !== null && takenByPacketSocket(iface, packet)) return;
  if (iface.port !== null && bridgeInput(iface.port, packet)) return;
  if (iface.vport !== null && receivedByVport(iface.vport, packet)) return;
  deliverToProtocol(iface, packet);
}

/** Hands a frame to the protocol that its EtherType names. */
export function deliverToProtocol(iface: Interface, packet: Packet): void {
  if (packet.vlanTag !== 0) {
    // there are no VLAN interfaces: it is not for this host; VLAN 0 only gives a priority
    if (vlanId(packet) !== 0) {
      iface.namespace.network.drop(packet, DropReason.otherHost, iface);
      return;
    }
    clearVlanTag(packet);
  }
  switch (packet.etherType) {
    case EtherType.ipv4:
      receiveIpv4(iface, packet);
      return;
    case EtherType.arp:
      receiveArp(iface, packet);
      return;
    default: {
      const { network } = iface.namespace;
      // a capture counts as somebody who has taken it
      if (iface.tap === null) network.counters.count(iface.id, Counter.rxDropped);
      network.drop(packet, DropReason.unhandledProtocol, iface);
    }
  }
}

/** Linux `eth_type_trans`. */
function addressedTo(iface: Interface, destination: number): PacketType {
  if (destination === iface.mac) return PacketType.host;
  if (destination === BROADCAST_MAC_ID) return PacketType.broadcast;
  return iface.namespace.network.macs.isGroup(destination) ? PacketType.multicast : PacketType.otherHost;
}
