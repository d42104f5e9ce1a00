import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { transmit } from '../interface/transmit.ts';
import { addressType } from '../ipv4/source-address.ts';
import { Neighbour, NUD_CONNECTED, Nud } from './neighbour.ts';

/** Finds the MAC address of the next hop and sends the packet there, or lets it wait (Linux `neigh_output`). */
export function neighbourOutput(iface: Interface, packet: Packet): void {
  const neighbour = findOrAdd(iface, packet.nexthopAddress);
  if (neighbour === null) {
    const { network } = iface.namespace;
    if (packet.ingress === null) network.neighbourTableFull = true;
    network.drop(packet, DropReason.neighbourTableFull, iface);
    return;
  }
  if (packet.confirmsNeighbours) neighbour.confirm();
  if (packet.traced !== 0) iface.namespace.network.tracerOf(packet).neighbour(neighbour, packet);
  if ((neighbour.state & NUD_CONNECTED) !== 0 || neighbour.eventSend(packet)) transmitTo(neighbour, packet);
}

/** Fills in the Ethernet addresses and sends. */
export function transmitTo(neighbour: Neighbour, packet: Packet): void {
  packet.source = neighbour.iface.mac;
  packet.destination = neighbour.mac;
  transmit(neighbour.iface, packet);
}

/**
 * The entry of an address, made when it is not there yet (Linux `__neigh_lookup` with creation); null when the table
 * is full.
 * @param exempt it is not to be collected, so it always finds room
 */
export function findOrAdd(iface: Interface, address: Ipv4Address, exempt?: false): Neighbour | null;
export function findOrAdd(iface: Interface, address: Ipv4Address, exempt: boolean): Neighbour;
export function findOrAdd(iface: Interface, address: Ipv4Address, exempt = false): Neighbour | null {
  const known = iface.neighbours.get(address);
  if (known !== undefined) return known;
  const { arpTable, network } = iface.namespace;
  if (!exempt && !arpTable.admits(network.simulation)) return null;
  const neighbour = new Neighbour(iface, address);
  if (addressType(iface.namespace, address) === 'broadcast') {
    // nobody is asked for a broadcast address, and nobody changes it (Linux arp_constructor)
    neighbour.state = Nud.noarp;
    neighbour.mac = BROADCAST_MAC_ID;
  }
  iface.addNeighbour(neighbour);
  return neighbour;
}
