import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID, ZERO_MAC_ID } from '../../mac-table.ts';
import { bridgePreRouting } from '../../netfilter/bridge-netfilter.ts';
import { clearVlanTag, type Packet, PacketType, tagLength, vlanId } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { Counter } from '../interface/interface.ts';
import { deliverToProtocol } from '../interface/receive.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { suppressArp } from './bridge-arp-suppress.ts';
import { bridgeFlood, bridgeForward } from './bridge-forward.ts';
import { admitToVlan, NOT_ADMITTED } from './bridge-vlans.ts';
import { FdbFlag } from './forwarding-database.ts';
import { receiveBpdu } from './spanning-tree-messages.ts';
import { PortState } from './spanning-tree-port.ts';

/** 01:80:c2:00:00:00 to ..:0f, the group addresses that IEEE 802.1D keeps from being bridged. */
const RESERVED_GROUP_FIRST = 0x0180c2000000;
/** Last octets of the bridge group address and of that of pause frames. */
const SPANNING_TREE = 0;
const PAUSE = 1;

/**
 * A frame has come in by a bridge port (Linux `br_handle_frame`). Answers whether the bridge has taken it; when
 * not, it belongs to the port's own protocols.
 */
export function bridgeInput(port: BridgePort, packet: Packet): boolean {
  const network = port.iface.namespace.network;
  if (packet.source === ZERO_MAC_ID || network.macs.isGroup(packet.source)) {
    network.drop(packet, DropReason.badSourceMac, port.iface);
    return true;
  }
  if (packet.packetType === PacketType.multicast) {
    const last = network.macs.address(packet.destination) - RESERVED_GROUP_FIRST;
    if (last >= 0 && last <= 15 && !forwardsReserved(port, last)) return takeReserved(port, packet, last);
  }
  if (!port.forwarding) {
    if (port.tree?.state === PortState.learning) learnUnforwarded(port, packet);
    const reason = port.tree === null ? DropReason.interfaceDown : DropReason.bridgePortState;
    network.drop(packet, reason, port.iface);
    return true;
  }
  const { hooks } = port.iface.namespace;
  if (hooks?.callFromBridges && packet.etherType === EtherType.ipv4 && packet.vlanTag === 0) {
    const passed = bridgePreRouting(port, packet);
    if (passed !== null) handleFrame(port, passed);
    return true;
  }
  handleFrame(port, packet);
  return true;
}

/** Whether a frame to a reserved group address is forwarded like any other. @param last the address's last octet */
function forwardsReserved({ bridge, groupForwardMask }: BridgePort, last: number): boolean {
  const isForwarded = (mask: number) => (mask & (1 << last)) !== 0;
  if (last === PAUSE) return false;
  // with spanning tree off its messages pass, so that the others find the loop
  if (last === SPANNING_TREE) return !bridge.stp || isForwarded(groupForwardMask);
  return isForwarded(bridge.groupForwardMask | groupForwardMask);
}

/** A frame to a reserved group address is for the port itself. Answers whether it is taken. */
function takeReserved(port: BridgePort, packet: Packet, last: number): boolean {
  const network = port.iface.namespace.network;
  if (last === PAUSE) {
    network.drop(packet, DropReason.bridgeReserved, port.iface);
    return true;
  }
  const mayLearn = port.forwarding || port.tree?.state === PortState.learning;
  if (mayLearn && !port.bridge.noLinkLocalLearn) learnUnforwarded(port, packet);
  if (last !== SPANNING_TREE) return false;
  receiveBpdu(port, packet);
  return true;
}

/** Linux `br_handle_frame_finish`: learn the source, then decide by the destination. */
export function handleFrame(port: BridgePort, packet: Packet): void {
  const bridge = port.bridge;
  const network = bridge.iface.namespace.network;
  const { processor } = bridge.iface.namespace;
  if (processor !== null) processor.charge('bridge', packet);
  let vlan = 0;
  if (bridge.vlanFilter !== null) {
    vlan = admitToVlan(port.vlans!, packet, port.iface);
    if (vlan === NOT_ADMITTED) return;
  }
  learn(port, packet, vlan);
  if (packet.packetType === PacketType.broadcast || packet.packetType === PacketType.multicast) {
    if (packet.traced !== 0)
      network.tracerOf(packet).bridged(bridge, packet, 'group address: flooded, and passed up', port, null);
    const spare =
      bridge.suppressesArp && packet.etherType === EtherType.arp && suppressArp(bridge, packet, port);
    if (packet.packetType === PacketType.multicast)
      network.counters.count(bridge.iface.id, Counter.multicast);
    const own = network.pool.copy(packet);
    bridgeFlood(bridge, packet, port, spare);
    passUp(bridge, own);
    return;
  }
  const place = findDestination(bridge, packet.destination, vlan);
  if (place < 0) {
    if (packet.traced !== 0)
      network.tracerOf(packet).bridged(bridge, packet, 'unknown address: flooded', port, null);
    bridgeFlood(bridge, packet, port);
    return;
  }
  if ((bridge.fdb.flagsAt(place) & FdbFlag.local) !== 0) {
    if (packet.traced !== 0)
      network.tracerOf(packet).bridged(bridge, packet, 'own address: passed up', port, null);
    // addressed to another port or to an entry made local by hand, it remains another host's, which IP drops
    passUp(bridge, packet);
    return;
  }
  const out = bridge.portNumbered(bridge.fdb.portAt(place))!;
  if (packet.traced !== 0) network.tracerOf(packet).bridged(bridge, packet, 'learnt on port', port, out);
  bridgeForward(out, packet, port);
}

/** The place of a destination in the forwarding database, -1 when it is unknown or has aged. */
export function findDestination(bridge: Bridge, mac: number, vlan: number): number {
  const place = bridge.fdb.find(mac, vlan);
  if (place < 0 || bridge.fdb.flagsAt(place) !== 0) return place;
  const age = bridge.iface.namespace.network.simulation.now - bridge.fdb.updatedAt(place);
  return age > bridge.ageing ? -1 : place;
}

/** Learns from a frame that goes no further, if its VLAN is one of the port's (Linux `br_should_learn`). */
function learnUnforwarded(port: BridgePort, packet: Packet): void {
  const vlan = port.bridge.vlanFilter === null ? 0 : port.vlans!.vlanOf(packet);
  if (vlan !== NOT_ADMITTED) learn(port, packet, vlan);
}

/** Linux `br_fdb_update`: the source is found behind this port. */
function learn(port: BridgePort, packet: Packet, vlan: number): void {
  if (!port.learning || port.bridge.ageing === 0) return;
  const fdb = port.bridge.fdb;
  const now = port.iface.namespace.network.simulation.now;
  const place = fdb.find(packet.source, vlan);
  if (place < 0) {
    fdb.set(packet.source, port.number, 0, now, vlan);
    return;
  }
  // an address of the bridge itself is never learnt elsewhere
  const flags = fdb.flagsAt(place);
  if ((flags & FdbFlag.local) !== 0) return;
  if (fdb.portAt(place) === port.number) {
    // one that had aged may have been decided upon as unknown meanwhile
    if (now - fdb.updatedAt(place) > port.bridge.ageing) port.iface.namespace.noteLearnt();
    fdb.refresh(place, now);
  } else {
    // a static entry does not age, and moves all the same: only a sticky one would stay
    fdb.set(packet.source, port.number, flags, now, vlan);
  }
}

/** The frame is for this host as well: its bridge interface receives it (Linux `br_pass_frame_up`). */
function passUp(bridge: Bridge, packet: Packet): void {
  const iface = bridge.iface;
  const network = iface.namespace.network;
  if (!iface.up) {
    network.drop(packet, DropReason.interfaceDown, iface);
    return;
  }
  packet.ingress = iface;
  if (packet.destination === iface.mac) packet.packetType = PacketType.host;
  else if (packet.destination === BROADCAST_MAC_ID) packet.packetType = PacketType.broadcast;
  // by now the kernel has taken the Ethernet header off
  const length = packet.length - ETHERNET_HEADER_LENGTH - tagLength(packet);
  network.counters.add(iface.id, Counter.rxPackets, length);
  if (bridge.vlanFilter !== null && !leaveVlan(bridge, packet)) return;
  if (iface.tap !== null) iface.tap.ingress(iface, packet);
  if (packet.traced !== 0) network.tracerOf(packet).received(iface, packet);
  deliverToProtocol(iface, packet);
}

/**
 * The bridge itself is a member of VLANs as its ports are: takes the tag off where it is to. Answers whether the frame
 * may go up; a capture sees it even if not, as it makes the bridge promiscuous.
 */
function leaveVlan({ iface, vlanFilter }: Bridge, packet: Packet): boolean {
  const { own } = vlanFilter!;
  if (own.has(vlanId(packet))) {
    if (own.untags(vlanId(packet))) clearVlanTag(packet);
    return true;
  }
  if (iface.tap !== null) iface.tap.ingress(iface, packet);
  iface.namespace.network.drop(packet, DropReason.vlanFiltered, iface);
  return false;
}
