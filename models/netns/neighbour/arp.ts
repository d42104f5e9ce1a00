import { DropReason } from '../../drop-reason.ts';
import { BROADCAST_MAC_ID, ZERO_MAC_ID } from '../../mac-table.ts';
import { ARP_FRAME_LENGTH, type Packet, PacketType } from '../../packet.ts';
import { ArpOperation } from '../../wire/arp.ts';
import { EtherType } from '../../wire/ethernet.ts';
import { type Ipv4Address, isLoopback, isMulticast } from '../../wire/ipv4-address.ts';
import { Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import { transmit } from '../interface/transmit.ts';
import { addressType, onLink, selectSourceAddress } from '../ipv4/source-address.ts';
import { routeInput } from '../routing/route-input.ts';
import { routeOutput } from '../routing/route-output.ts';
import { type Neighbour, NUD_VALID, Nud } from './neighbour.ts';
import { findOrAdd } from './neighbour-output.ts';

/**
 * Asks for a neighbour's MAC address (Linux `arp_solicit`).
 * @param cause the packet that waits for the answer; its source is announced when it is ours
 * @param probes requests sent so far, counted as Linux does: below `ucast_solicit` the known address is asked
 */
export function solicit(neighbour: Neighbour, cause: Packet | null, probes: number): void {
  const iface = neighbour.iface;
  const target = neighbour.address;
  const source = announcedSource(iface, target, cause);
  const { unicastSolicit, appSolicit } = iface.neighbourConfig;
  const unicast = probes < unicastSolicit && (neighbour.state & NUD_VALID) !== 0;
  // a program was to be asked (`app_solicit`); there is none
  if (probes >= unicastSolicit && probes < unicastSolicit + appSolicit) return;
  sendArp(
    iface,
    ArpOperation.request,
    unicast ? neighbour.mac : BROADCAST_MAC_ID,
    source,
    iface.mac,
    target,
    ZERO_MAC_ID,
  );
}

/** Which of our addresses a request gives (`arp_announce`); 0 when there is none to give. */
function announcedSource(iface: Interface, target: Ipv4Address, cause: Packet | null): Ipv4Address {
  const announce = Math.max(iface.namespace.configAll.arpAnnounce, iface.config.arpAnnounce);
  if (cause !== null && announce < 2) {
    const source = cause.ipSource;
    const ours = addressType(iface.namespace, source) === 'local';
    if (ours && (announce === 0 || sharesSubnet(iface, source, target))) return source;
  }
  return selectSourceAddress(iface, target, Scope.link) ?? 0;
}

function sharesSubnet(iface: Interface, source: Ipv4Address, target: Ipv4Address): boolean {
  return iface.addresses.some(({ address, prefixLength }) => {
    const shift = 32 - prefixLength;
    const same = (a: number, b: number) => shift === 32 || a >>> shift === b >>> shift;
    return same(address, source) && same(address, target);
  });
}

/** Sends an ARP packet out of `iface`. MAC addresses are ids. */
export function sendArp(
  iface: Interface,
  operation: number,
  destination: number,
  senderAddress: Ipv4Address,
  senderMac: number,
  targetAddress: Ipv4Address,
  targetMac: number,
): void {
  const network = iface.namespace.network;
  const packet = network.pool.create();
  packet.source = iface.mac;
  packet.destination = destination;
  packet.etherType = EtherType.arp;
  packet.length = ARP_FRAME_LENGTH;
  packet.arpOperation = operation;
  packet.ipSource = senderAddress;
  packet.arpSender = senderMac;
  packet.ipDestination = targetAddress;
  packet.arpTarget = targetMac;
  packet.sentAt = network.simulation.now;
  transmit(iface, packet);
}

/** An ARP packet has come in (Linux `arp_rcv`). */
export function receiveArp(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  if (packet.packetType === PacketType.otherHost) {
    network.drop(packet, DropReason.otherHost, iface);
    return;
  }
  if (packet.corruption !== null) {
    network.drop(packet, DropReason.malformed, iface);
    return;
  }
  processArp(iface, packet);
  network.deliver(packet);
}

/** Linux `arp_process`. */
function processArp(iface: Interface, packet: Packet): void {
  const namespace = iface.namespace;
  const sender = packet.ipSource;
  const target = packet.ipDestination;
  const { configAll } = namespace;
  const localnet = iface.config.routeLocalnet || configAll.routeLocalnet;
  if (isMulticast(target) || (isLoopback(target) && !localnet)) return;
  if (sender === target && (iface.config.dropGratuitousArp || configAll.dropGratuitousArp)) return;
  if (sender === 0) {
    // duplicate address detection (RFC 2131, RFC 5227): answered, not learnt from
    if (packet.arpOperation === ArpOperation.request && addressType(namespace, target) === 'local') {
      if (!ignoresRequest(iface, sender, target)) answer(iface, packet);
    }
    return;
  }
  if (packet.arpOperation === ArpOperation.request && answerRequest(iface, packet)) return;
  learnFrom(iface, packet);
}

/** Answers a request for an address of this host, or for one that it answers for; false when it is not its business. */
function answerRequest(iface: Interface, packet: Packet): boolean {
  const sender = packet.ipSource;
  const target = packet.ipDestination;
  // nobody is to make tables, nor to search all routes, for every request that is flooded there
  if (!mayConcern(iface, target)) return false;
  const input = routeInput(iface, sender, target, null);
  if (input.kind === 'local') {
    if (ignoresRequest(iface, sender, target) || filtersRequest(iface, sender, target)) return true;
    // Linux neigh_event_ns: without an entry there is no answer
    const neighbour = findOrAdd(iface, sender);
    neighbour?.update(packet.arpSender, Nud.stale, true);
    if (neighbour !== null) answer(iface, packet);
    return true;
  }
  if (input.kind !== 'forward' || !iface.config.forwarding) return false;
  if (!answersFor(iface, input.nexthop.iface, sender, target)) return false;
  findOrAdd(iface, sender)?.update(packet.arpSender, Nud.stale, true);
  const delay = iface.neighbourConfig.proxyDelay;
  if (delay === 0 || packet.packetType === PacketType.host) answer(iface, packet);
  else answerLater(iface, packet, delay);
  return true;
}

/** Whether a request for an address may be answered; where not, no table says that it is. */
function mayConcern(iface: Interface, target: Ipv4Address): boolean {
  const { namespace } = iface;
  if (namespace.hasUnusualLocalRoutes) return true;
  // a router may have many interfaces, a pod no tables
  if (iface.config.forwarding) return mayAnswerForOthers(iface) || namespace.hasAddress(target);
  return isLoopback(target) || namespace.hasInterfaceAddress(target);
}

/** Whether there is anything that `answersFor` could find. */
function mayAnswerForOthers({ namespace, config }: Interface): boolean {
  const all = namespace.configAll;
  const byProxy = config.proxyArp || all.proxyArp || config.proxyArpPvlan || all.proxyArpPvlan;
  return byProxy || namespace.proxies !== null;
}

/** Whether to answer for another host that is to be reached by `out` (Linux `arp_fwd_proxy`, `arp_fwd_pvlan`). */
function answersFor(
  iface: Interface,
  out: Interface | null,
  sender: Ipv4Address,
  target: Ipv4Address,
): boolean {
  const { namespace, config } = iface;
  const all = namespace.configAll;
  if (out === null) return false;
  if (out === iface) return (config.proxyArpPvlan || all.proxyArpPvlan) && sender !== target;
  if ((config.proxyArp || all.proxyArp) && differentMedium(config.mediumId, out.config.mediumId)) return true;
  return namespace.hasProxyNeighbour(target, iface.name);
}

function differentMedium(from: number, to: number): boolean {
  if (from === 0) return true;
  return from !== -1 && to !== from && to !== -1;
}

function answer(iface: Interface, request: Packet): void {
  sendArp(
    iface,
    ArpOperation.reply,
    request.arpSender,
    request.ipDestination,
    iface.mac,
    request.ipSource,
    request.arpSender,
  );
}

/** Answers for another host after a random part of `proxy_delay` (Linux `pneigh_enqueue`). */
function answerLater(iface: Interface, packet: Packet, delay: number): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  if (iface.proxyQueued > iface.neighbourConfig.proxyQueueLength) return;
  iface.proxyQueued++;
  const { ipSource, ipDestination, arpSender } = packet;
  const wait = Math.floor(network.random.stream('proxy_arp', iface.fullName).uniform() * delay);
  const place = network.timerTargets.add({
    onTimer() {
      network.timerTargets.remove(place);
      iface.proxyQueued--;
      sendArp(iface, ArpOperation.reply, arpSender, ipDestination, iface.mac, ipSource, arpSender);
    },
  });
  network.timers.arm(wait, place);
}

/** `arp_ignore`: which requests for our addresses go unanswered. */
function ignoresRequest(iface: Interface, sender: Ipv4Address, target: Ipv4Address): boolean {
  const mode = Math.max(iface.namespace.configAll.arpIgnore, iface.config.arpIgnore);
  switch (mode) {
    case 0:
      return false;
    case 1:
      return !iface.addresses.some(({ address }) => address === target);
    case 2:
      return (
        !iface.addresses.some(({ address }) => address === target) || !sharesSubnet(iface, target, sender)
      );
    case 3:
      return !iface.namespace
        .interfaces()
        .some((other) => other.addresses.some((a) => a.address === target && a.scope <= Scope.link));
    case 8:
      return true;
    default:
      return false;
  }
}

/** `arp_filter`: answer only by the interface that the answer would be routed out of. */
function filtersRequest(iface: Interface, sender: Ipv4Address, target: Ipv4Address): boolean {
  if (!iface.config.arpFilter && !iface.namespace.configAll.arpFilter) return false;
  const decision = routeOutput(iface.namespace, target, sender);
  return decision.kind === 'error' || decision.kind === 'drop' || decision.nexthop.iface !== iface;
}

/** Updates the sender's entry if there is one, or if `arp_accept` says to make one. */
function learnFrom(iface: Interface, packet: Packet): void {
  const now = iface.namespace.network.simulation.now;
  const sender = packet.ipSource;
  const accepts = acceptsUnknown(iface, sender);
  const gratuitous = isGratuitous(iface, packet);
  let neighbour = iface.neighbours.get(sender);
  if (neighbour === undefined) {
    const reply = packet.arpOperation === ArpOperation.reply;
    const wanted = gratuitous || (reply && addressType(iface.namespace, sender) === 'unicast');
    if (!accepts || !wanted) return;
    neighbour = findOrAdd(iface, sender) ?? undefined;
    if (neighbour === undefined) return;
  }
  // of several answers the first counts: the others come within the lock time
  const override = now > neighbour.updated + iface.neighbourConfig.lockTime || gratuitous;
  const confirms = packet.arpOperation === ArpOperation.reply && packet.packetType === PacketType.host;
  neighbour.update(packet.arpSender, confirms ? Nud.reachable : Nud.stale, override);
}

/** `arp_accept`: 1 for every sender, 2 for those of the interface's own subnets. */
function acceptsUnknown(iface: Interface, sender: Ipv4Address): boolean {
  const mode = Math.max(iface.namespace.configAll.arpAccept, iface.config.arpAccept);
  return mode === 1 || (mode === 2 && onLink(iface, sender));
}

/** Linux `arp_is_garp`: announces its own address, in either form. */
function isGratuitous(iface: Interface, packet: Packet): boolean {
  if (packet.ipSource !== packet.ipDestination) return false;
  if (addressType(iface.namespace, packet.ipSource) !== 'unicast') return false;
  return packet.arpOperation === ArpOperation.request || packet.arpTarget === packet.arpSender;
}
