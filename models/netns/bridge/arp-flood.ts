import { momentOf } from '../../../engine/frame-prints.ts';
import { contentOf } from '../../frame-content.ts';
import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import { ARP_FRAME_LENGTH, type Packet } from '../../packet.ts';
import { ArpOperation } from '../../wire/arp.ts';
import { EtherType } from '../../wire/ethernet.ts';
import { isLoopback, isMulticast } from '../../wire/ipv4-address.ts';
import { Counter, type Interface, InterfaceKind } from '../interface/interface.ts';
import type { InterfaceCounters } from '../interface/interface-counters.ts';
import { NUD_VALID } from '../neighbour/neighbour-states.ts';
import type { Bridge, BridgePort } from './bridge.ts';

/** A record is eight words: half a cache line, read one after the other. */
const SHIFT = 3;
/** Whose `arpGeneration` the record depends on, and what that was. */
const NAMESPACE = 0;
const GENERATION = 1;
/** The only address there; 0 for none. */
const ADDRESS = 2;
/** The only neighbour known there, 0 for none, and the id of its MAC address, -1 while it is not known. */
const NEIGHBOUR = 3;
const NEIGHBOUR_MAC = 4;
/** The bridge port's interface; -1 for one where any request may mean something. And the one at its other end. */
const OUT = 5;
const PEER = 6;
/** Requests that the two interfaces have not been told of yet. */
const PACKETS = 7;
const NONE = -1;

/**
 * What an ARP request does to those to whom a bridge floods it: to nearly all of them, nothing. A pod that is asked for
 * a stranger's address by a stranger counts the frame and forgets it. With a hundred pods at a bridge that is what most
 * frames of a cluster that starts are, and each of them would wait for a dozen objects of a pod that it means nothing to.
 * Here the answer to "does it mean anything there?" is kept for every port, side by side.
 *
 * It is exact in the way that the path memo is: a copy that passes here has had the effects that it would have had,
 * and is counted as a copy that was made and delivered.
 */
export class ArpFlood {
  private readonly bridge: Bridge;
  private words = new Int32Array(0);
  /** Of the bridge's namespace, when the records were last begun anew. */
  private generation = NONE;
  /** Some requests have passed that the interfaces have not been told of. */
  private unsettled = false;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
    bridge.iface.namespace.network.arpFloods.push(this);
  }

  /** To be called before each flood: the ports may have changed. */
  prepare(): void {
    const { ports, iface } = this.bridge;
    const generation = iface.namespace.arpGeneration;
    if (generation === this.generation) return;
    this.settle();
    this.generation = generation;
    this.words = new Int32Array(ports.length << SHIFT);
    for (let place = 0; place < ports.length; place++) this.words[(place << SHIFT) + GENERATION] = NONE;
  }

  /**
   * Lets a request out of the ports from `place` on to which it means nothing, up to one where it may mean something or by
   * which it came.
   * @param from the port by which it came, null for the host itself
   * @returns the place of that port; the number of ports when there is none
   */
  pass(place: number, packet: Packet, from: BridgePort | null): number {
    const { words } = this;
    const { ports, iface } = this.bridge;
    const { network } = iface.namespace;
    const { arpGenerations } = network.memo;
    const { ipSource, ipDestination, arpSender } = packet;
    const source = from === null ? NONE : from.iface.id;
    const content = contentOf(packet);
    const moment = momentOf(network.simulation);
    for (; place < ports.length; place++) {
      const at = place << SHIFT;
      if (words[at + GENERATION] !== arpGenerations[words[at + NAMESPACE]]) this.look(at, ports[place]);
      const out = words[at + OUT];
      if (out === NONE || out === source || words[at + ADDRESS] === ipDestination) break;
      // who hears from a neighbour what it knew already learns nothing
      if (words[at + NEIGHBOUR] === ipSource && words[at + NEIGHBOUR_MAC] !== arpSender) break;
      words[at + PACKETS]++;
      this.unsettled = true;
      network.countHopOf(out, content, moment);
    }
    return place;
  }

  /** Tells the interfaces what has passed them. */
  settle(): void {
    if (!this.unsettled) return;
    this.unsettled = false;
    const { words } = this;
    const { counters } = this.bridge.iface.namespace.network;
    for (let at = 0; at < words.length; at += 1 << SHIFT) this.settleAt(at, counters);
  }

  private settleAt(at: number, counters: InterfaceCounters): void {
    const { words } = this;
    const packets = words[at + PACKETS];
    if (packets === 0) return;
    words[at + PACKETS] = 0;
    counters.addMany(words[at + OUT], Counter.txPackets, packets, packets * ARP_FRAME_LENGTH);
    counters.addMany(words[at + PEER], Counter.rxPackets, packets, packets * ARP_FRAME_LENGTH);
  }

  private look(at: number, port: BridgePort): void {
    const { words } = this;
    const { iface } = port;
    const peer = iface.peer;
    this.settleAt(at, iface.namespace.network.counters);
    const listener = peer?.namespace ?? iface.namespace;
    words[at + NAMESPACE] = listener.place;
    words[at + GENERATION] = listener.arpGeneration;
    words[at + OUT] = NONE;
    if (peer === null || !passesFreely(port) || !isPlainHost(peer)) return;
    words[at + OUT] = iface.id;
    words[at + PEER] = peer.id;
    words[at + ADDRESS] = peer.addresses.length === 0 ? 0 : peer.addresses[0].address;
    const { only } = peer.neighbours;
    words[at + NEIGHBOUR] = only === null ? 0 : only.address;
    if (only !== null) words[at + NEIGHBOUR_MAC] = (only.state & NUD_VALID) === 0 ? NONE : only.mac;
  }
}

/** Whether a flooded frame is a request that may pass most ports without being looked at there. */
export function isQuietRequest(bridge: Bridge, packet: Packet): boolean {
  if (packet.etherType !== EtherType.arp || packet.arpOperation !== ArpOperation.request) return false;
  if (packet.destination !== BROADCAST_MAC_ID) return false;
  const { network } = bridge.iface.namespace;
  // nothing may come to a pod before the request does
  if (!network.memo.enabled || !network.backlog.passesAtOnce(packet)) return false;
  const ordinary = packet.traced === 0 && packet.flow === 0 && packet.vlanTag === 0;
  if (!ordinary || packet.length !== ARP_FRAME_LENGTH || bridge.vlanFilter !== null) return false;
  return packet.ipSource !== 0 && !isLoopback(packet.ipDestination) && !isMulticast(packet.ipDestination);
}

/** Whether nothing keeps a broadcast from leaving by this port, nor watches it. */
function passesFreely(port: BridgePort): boolean {
  const { iface } = port;
  if (!port.forwarding || !port.broadcastFlood || port.isolated || port.neighSuppress) return false;
  return iface.kind === InterfaceKind.veth && iface.up && iface.tap === null && iface.qdisc === null;
}

/** Whether nothing but its own address, or a neighbour that it knows, can mean anything to this interface. */
function isPlainHost(iface: Interface): boolean {
  const { namespace, config } = iface;
  if (
    !iface.up ||
    iface.tap !== null ||
    iface.packetSockets !== null ||
    iface.port !== null ||
    iface.vport !== null ||
    config.forwarding
  )
    return false;
  if (config.arpAccept !== 0 || namespace.configAll.arpAccept !== 0) return false;
  if (iface.addresses.length > 1 || iface.neighbours.size > 1 || namespace.hasUnusualLocalRoutes)
    return false;
  return isSoleAddressed(iface);
}

/** Whether no other interface of its namespace has an address but those of 127.0.0.0/8. */
function isSoleAddressed(iface: Interface): boolean {
  const interfaces = iface.namespace.existingInterfaces();
  for (let i = 0; i < interfaces.length; i++) {
    const { addresses } = interfaces[i];
    if (interfaces[i] === iface) continue;
    for (let j = 0; j < addresses.length; j++) if (!isLoopback(addresses[j].address)) return false;
  }
  return true;
}
