import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import { passBridgeHooks } from '../../netfilter/bridge-netfilter.ts';
import { clearVlanTag, type Packet, tagLength, vlanId } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { transmit } from '../interface/transmit.ts';
import { isQuietRequest } from './arp-flood.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { suppressArp } from './bridge-arp-suppress.ts';
import { findDestination } from './bridge-input.ts';
import { admitToVlan, NOT_ADMITTED } from './bridge-vlans.ts';
import { FdbFlag } from './forwarding-database.ts';

/** A frame may be longer than the MTU by this much: its Ethernet header and a VLAN tag (Linux `is_skb_forwardable`). */
export const FRAME_OVERHEAD = ETHERNET_HEADER_LENGTH + 4;

/** The host itself sends by its bridge interface (Linux `br_dev_xmit`). */
export function bridgeTransmit(iface: Bridge['iface'], packet: Packet): void {
  const bridge = iface.bridge!;
  const network = iface.namespace.network;
  const { processor } = iface.namespace;
  if (processor !== null) processor.charge('bridge', packet);
  let vlan = 0;
  if (bridge.vlanFilter !== null) {
    vlan = admitToVlan(bridge.vlanFilter.own, packet, iface);
    if (vlan === NOT_ADMITTED) return;
  }
  if (network.macs.isGroup(packet.destination)) {
    const spare =
      bridge.suppressesArp && packet.etherType === EtherType.arp && suppressArp(bridge, packet, null);
    bridgeFlood(bridge, packet, null, spare);
    return;
  }
  const place = findDestination(bridge, packet.destination, vlan);
  if (place < 0) {
    if (packet.traced !== 0)
      network.tracerOf(packet).bridged(bridge, packet, 'unknown address: flooded', null, null);
    bridgeFlood(bridge, packet, null);
  } else if ((bridge.fdb.flagsAt(place) & FdbFlag.local) !== 0 && bridge.fdb.portAt(place) === 0) {
    network.drop(packet, DropReason.bridgeNoForward, iface);
  } else {
    const out = bridge.portNumbered(bridge.fdb.portAt(place))!;
    if (packet.traced !== 0) network.tracerOf(packet).bridged(bridge, packet, 'learnt on port', null, out);
    bridgeForward(out, packet, null);
  }
}

/** Sends a frame out of one port (Linux `br_forward`). `from` is the port it came in by, null for the host itself. */
export function bridgeForward(out: BridgePort, packet: Packet, from: BridgePort | null): void {
  if (!mayLeave(out, from)) out.iface.namespace.network.drop(packet, DropReason.bridgeNoForward, out.iface);
  else if (!isInVlan(out, packet)) {
    out.iface.namespace.network.drop(packet, DropReason.vlanFiltered, out.iface);
  } else sendOut(out, packet, from);
}

/**
 * Sends a frame out of every port but the one it came in by, newest port first (Linux `br_flood`).
 * @param spare an ARP frame that ports with `neigh_suppress` are spared
 */
export function bridgeFlood(bridge: Bridge, packet: Packet, from: BridgePort | null, spare = false): void {
  const network = bridge.iface.namespace.network;
  const quiet = isQuietRequest(bridge, packet) ? bridge.arpFlood : null;
  quiet?.prepare();
  let unseen = 0;
  // as in Linux a copy is made only once the next taker is known, so the last one gets the original
  let last: BridgePort | null = null;
  const { ports } = bridge;
  for (let place = 0; place < ports.length; place++) {
    if (quiet !== null) {
      const next = quiet.pass(place, packet, from);
      unseen += next - place;
      if (next === ports.length) break;
      place = next;
    }
    const port = ports[place];
    if (!takesFlooded(port, packet, from, spare)) continue;
    if (last !== null) sendOut(last, network.pool.copy(packet), from);
    last = port;
  }
  if (unseen > 0) network.deliverUnseen(last === null ? unseen - 1 : unseen);
  if (last !== null) sendOut(last, packet, from);
  else if (unseen > 0) network.deliver(packet);
  else network.drop(packet, DropReason.bridgeNoForward, bridge.iface);
}

function takesFlooded(port: BridgePort, packet: Packet, from: BridgePort | null, spare: boolean): boolean {
  if (!mayLeave(port, from) || (spare && port.neighSuppress) || !isInVlan(port, packet)) return false;
  if (!port.iface.namespace.network.macs.isGroup(packet.destination)) return port.flood;
  // what the host itself sends to a group goes out everywhere
  if (from === null) return true;
  return packet.destination === BROADCAST_MAC_ID ? port.broadcastFlood : port.multicastFlood;
}

/** Linux `should_deliver`. */
function mayLeave(out: BridgePort, from: BridgePort | null): boolean {
  if (!out.forwarding) return false;
  if (from === null) return true;
  if (out === from) return out.hairpin;
  return !(out.isolated && from.isolated);
}

/** Whether the port is a member of the frame's VLAN (Linux `br_allowed_egress`). */
function isInVlan(out: BridgePort, packet: Packet): boolean {
  return out.bridge.vlanFilter === null || out.vlans!.has(vlanId(packet));
}

function sendOut(out: BridgePort, packet: Packet, from: BridgePort | null): void {
  if (out.bridge.vlanFilter !== null && out.vlans!.untags(vlanId(packet))) clearVlanTag(packet);
  // without bridge-nf-filter-vlan-tagged rules do not see what has a tag
  if (from !== null && packet.netfilter !== null && packet.vlanTag === 0)
    passBridgeHooks(out, packet, transmitFrame);
  else transmitFrame(out, packet);
}

function transmitFrame(out: BridgePort, packet: Packet): void {
  if (packet.length - tagLength(packet) > out.iface.mtu + FRAME_OVERHEAD) {
    out.iface.namespace.network.drop(packet, DropReason.frameTooBig, out.iface);
    return;
  }
  transmit(out.iface, packet);
}
