import type { Packet } from '../../packet.ts';
import { ArpOperation } from '../../wire/arp.ts';
import { isMulticast } from '../../wire/ipv4-address.ts';
import { sendArp } from '../neighbour/arp.ts';
import { NUD_VALID } from '../neighbour/neighbour.ts';
import { Traced } from '../path-memo/path-memo.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { findDestination } from './bridge-input.ts';

/**
 * A bridge with ports that are spared ARP (`neigh_suppress`) sees an ARP frame: whom the host's own neighbour table
 * knows behind such a port is answered for (Linux `br_do_proxy_suppress_arp`).
 * @param from the port that it came in by, null when the host itself sends
 * @returns whether those ports are spared the frame
 */
export function suppressArp(bridge: Bridge, packet: Packet, from: BridgePort | null): boolean {
  const { ipSource: sender, ipDestination: target, arpOperation, arpSender } = packet;
  if (packet.traced === Traced.recorded) bridge.iface.namespace.network.recorder.abandon(packet);
  if (isMulticast(target) || target >>> 24 === 127 || from?.neighSuppress === true) return false;
  // an announcement, or a probe for a conflict
  if (sender === 0 || sender === target) return true;
  if (arpOperation !== ArpOperation.request) return false;
  // of a VLAN its sub-interface would know the neighbours
  if (bridge.vlanFilter !== null) return false;
  if (bridge.iface.addresses.some(({ address }) => address === target)) return true;
  const neighbour = bridge.iface.neighbours.get(target);
  if (neighbour === undefined || (neighbour.state & NUD_VALID) === 0) return false;
  const place = findDestination(bridge, neighbour.mac, 0);
  if (place < 0) return false;
  const port = bridge.portNumbered(bridge.fdb.portAt(place));
  if (port?.neighSuppress === true && from !== null) {
    sendArp(from.iface, ArpOperation.reply, arpSender, target, neighbour.mac, sender, arpSender);
  }
  return true;
}
