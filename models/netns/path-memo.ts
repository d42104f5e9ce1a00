import { isFragment, type Packet } from '../packet.ts';
import type { UdpSocket } from '../transport/udp.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { FRAME_OVERHEAD } from './bridge-forward.ts';
import { Counter, type Interface, InterfaceKind } from './interface.ts';
import { type Neighbour, NUD_CONNECTED, Nud } from './neighbour.ts';
import type { Network } from './network.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { RouteDecision } from './route-decision.ts';
import type { Tracer } from './tracer.ts';

/**
 * The path memo: what the tables said about a flow's packet is kept and applied to the packets that follow, in the
 * way of Open vSwitch's flow cache. It is exact: a run with it and one without give the same bytes.
 *
 * A segment is one packet's stay in one namespace, from where it came in (or was sent) to where it leaves: into a
 * veth pair, onto a cable, or into a socket. Its verdict holds as long as nothing has changed in that namespace
 * (`generation`) and the forwarding-database entries used have not aged. The segments of a flow are chained, so
 * that finding the next one costs no look-up. What is left to do for each packet is what differs from packet to
 * packet: TTL, MAC addresses, entries refreshed, packets counted.
 *
 * A segment is recorded by following a packet through the ordinary steps, with the hooks that `explain` uses.
 */

/** Marks of `Packet.traced`. */
export const Traced = { no: 0, explained: 1, recorded: 2 } as const;

const Exit = { veth: 0, cable: 1, socket: 2 } as const;
type Exit = (typeof Exit)[keyof typeof Exit];

/** Bytes counted at most before they are handed on: keeps the sum a small integer. */
const BYTES_LIMIT = 2 ** 29;

export class Segment {
  /** Where the packet came in; null when it started here. */
  readonly entry: Interface | null;
  readonly namespace: NetworkNamespace;
  /** Of the namespace, when this was recorded. */
  generation = -1;
  /** Longer frames would be cut or dropped somewhere. */
  maxLength = Number.POSITIVE_INFINITY;
  /** The bridge that learns the source, and its entry there. */
  learnBridge: Bridge | null = null;
  learnPlace = 0;
  /** The bridge whose learnt entry says where the destination is. */
  lookupBridge: Bridge | null = null;
  lookupPlace = 0;
  /** A next hop that is being verified: it notes every use. */
  doubtful: Neighbour | null = null;
  ttlDecrement = 0;
  /** MAC addresses that the frame leaves with. */
  source = 0;
  destination = 0;
  exit: Exit = Exit.veth;
  /** The interface that it leaves by. */
  out: Interface | null = null;
  socket: UdpSocket | null = null;
  /** What the next namespace did with it, when that is known. */
  next: Segment | null = null;

  // --- packets and bytes that the interfaces passed have not been told of yet
  packets = 0;
  bytes = 0;
  dirty = false;
  /** Bridges of the host itself that passed it up, and that it was sent by. */
  bridgeIn: Interface | null = null;
  bridgeOut: Interface | null = null;

  constructor(entry: Interface | null, namespace: NetworkNamespace) {
    this.entry = entry;
    this.namespace = namespace;
  }
}

/** Takes a packet along a segment; false, with nothing done, when the segment no longer holds for it. */
export function follow(segment: Segment, packet: Packet): boolean {
  const namespace = segment.namespace;
  if (segment.generation !== namespace.generation || packet.length > segment.maxLength) return false;
  const network = namespace.network;
  const now = network.simulation.now;
  const { learnBridge, lookupBridge, doubtful } = segment;
  if (lookupBridge !== null) {
    if (now - lookupBridge.fdb.updated[segment.lookupPlace] > lookupBridge.ageing) return false;
  }
  if (learnBridge !== null) {
    if (now - learnBridge.fdb.updated[segment.learnPlace] > learnBridge.ageing) return false;
  }
  if (doubtful !== null) {
    if ((doubtful.state & (Nud.delay | Nud.probe)) === 0) return false;
    doubtful.used = now;
  }
  if (learnBridge !== null) learnBridge.fdb.updated[segment.learnPlace] = now;
  if (segment.dirty === false) network.memo.noteDirty(segment);
  segment.packets++;
  segment.bytes += packet.length;
  if (segment.bytes > BYTES_LIMIT) network.memo.settle(segment);

  packet.ttl -= segment.ttlDecrement;
  packet.source = segment.source;
  packet.destination = segment.destination;
  packet.nextSegment = segment.next;
  packet.lastSegment = segment;
  switch (segment.exit) {
    case Exit.cable:
      segment.out!.cable!.send(packet);
      break;
    case Exit.veth:
      network.countHop(segment.out!, packet);
      network.backlog.push(packet, segment.out!.peer!);
      break;
    default:
      segment.socket!.receive(packet);
  }
  return true;
}

/** Keeps what segments have counted until somebody reads the interfaces' counters. */
export class PathMemo {
  /** Off: every packet goes through the tables. */
  enabled = true;
  private readonly network: Network;
  private dirty: Segment[] = [];

  constructor(network: Network) {
    this.network = network;
  }

  noteDirty(segment: Segment): void {
    segment.dirty = true;
    this.dirty.push(segment);
  }

  /** Tells the interfaces what has passed them. */
  settleAll(): void {
    for (const segment of this.dirty) {
      this.settle(segment);
      segment.dirty = false;
    }
    this.dirty = [];
  }

  settle(segment: Segment): void {
    const { counters } = this.network;
    const { entry, bridgeIn, bridgeOut, exit, out, packets, bytes } = segment;
    if (entry !== null) counters.addMany(entry.id, Counter.rxPackets, packets, bytes);
    // the kernel counts bytes at a bridge without the Ethernet header
    const payload = bytes - ETHERNET_HEADER_LENGTH * packets;
    if (bridgeIn !== null) counters.addMany(bridgeIn.id, Counter.rxPackets, packets, payload);
    if (bridgeOut !== null) counters.addMany(bridgeOut.id, Counter.txPackets, packets, bytes);
    // a cable counts for itself
    if (exit === Exit.veth) counters.addMany(out!.id, Counter.txPackets, packets, bytes);
    segment.packets = 0;
    segment.bytes = 0;
  }
}

/** Writes down the segment that a packet takes. One at a time: a stay in a namespace is not interrupted. */
export class PathRecorder implements Tracer {
  private readonly network: Network;
  private segment: Segment | null = null;
  private packet: Packet | null = null;
  private ttl = 0;
  /** The last segment recorded from a socket on, until the socket takes it. */
  private first: Segment | null = null;

  constructor(network: Network) {
    this.network = network;
  }

  /** Follows `packet` from here to where it leaves the namespace. */
  begin(entry: Interface | null, namespace: NetworkNamespace, packet: Packet): void {
    if (!this.network.memo.enabled) return;
    this.segment = new Segment(entry, namespace);
    this.packet = packet;
    this.ttl = packet.ttl;
    packet.traced = Traced.recorded;
  }

  /** The segment that a socket's packet has just left by; null when it has not. */
  takeFirst(): Segment | null {
    const { first } = this;
    this.first = null;
    return first;
  }

  received(iface: Interface, packet: Packet): void {
    const { segment } = this;
    if (segment === null) return;
    if (iface !== segment.entry) segment.bridgeIn = iface;
    this.checkUnwatched(iface, packet);
  }

  transmitted(iface: Interface, packet: Packet): void {
    const { segment } = this;
    if (segment === null) return;
    this.checkUnwatched(iface, packet);
    switch (iface.kind) {
      case InterfaceKind.veth:
        this.limit(iface.peer!.mtu + FRAME_OVERHEAD);
        this.leave(iface, Exit.veth, packet);
        break;
      case InterfaceKind.bridge:
        segment.bridgeOut = iface;
        break;
      case InterfaceKind.physical:
        if (iface.cable === null) this.abandon(packet);
        else this.leave(iface, Exit.cable, packet);
        break;
      default:
        this.abandon(packet);
    }
  }

  bridged(
    bridge: Bridge,
    packet: Packet,
    _verdict: string,
    from: BridgePort | null,
    out: BridgePort | null,
  ): void {
    const segment = this.segment;
    if (segment === null) return;
    const { fdb } = bridge;
    if (from?.learning && bridge.ageing > 0) {
      const place = fdb.find(packet.source);
      if (place >= 0 && fdb.flagsAt(place) === 0) {
        if (segment.learnBridge !== null) {
          this.abandon(packet);
          return;
        }
        segment.learnBridge = bridge;
        segment.learnPlace = place;
      }
    }
    const place = fdb.find(packet.destination);
    if (out === null) {
      // passed up for good only if the address is one of the bridge's own
      if (place < 0 || fdb.flagsAt(place) === 0) this.abandon(packet);
      return;
    }
    this.limit(out.iface.mtu + FRAME_OVERHEAD);
    if (fdb.flagsAt(place) !== 0) return;
    if (segment.lookupBridge !== null) {
      this.abandon(packet);
      return;
    }
    segment.lookupBridge = bridge;
    segment.lookupPlace = place;
  }

  routed(_namespace: NetworkNamespace, packet: Packet, decision: RouteDecision): void {
    const plain = decision.kind === 'forward' || decision.kind === 'local';
    if (!plain || decision.redirect || decision.nexthop.exceptions !== null) this.abandon(packet);
  }

  filtered(_namespace: NetworkNamespace, packet: Packet): void {
    this.abandon(packet);
  }

  tracked(_namespace: NetworkNamespace, packet: Packet): void {
    this.abandon(packet);
  }

  translated(_namespace: NetworkNamespace, packet: Packet): void {
    this.abandon(packet);
  }

  neighbour(neighbour: Neighbour, packet: Packet): void {
    if (this.segment === null) return;
    this.limit(neighbour.iface.mtu + ETHERNET_HEADER_LENGTH);
    if ((neighbour.state & NUD_CONNECTED) !== 0) return;
    if ((neighbour.state & (Nud.delay | Nud.probe)) === 0) this.abandon(packet);
    else this.segment.doubtful = neighbour;
  }

  waits(_neighbour: Neighbour, packet: Packet): void {
    this.abandon(packet);
  }

  delivered(_namespace: NetworkNamespace, packet: Packet, _to: string, socket: UdpSocket | null): void {
    if (this.segment !== null) this.segment.socket = socket;
    if (socket === null) this.abandon(packet);
    else this.leave(null, Exit.socket, packet);
  }

  dropped(_iface: Interface, packet: Packet): void {
    this.abandon(packet);
  }

  /** The packet is not one that others can follow. */
  abandon(packet: Packet): void {
    this.segment = null;
    this.packet = null;
    packet.traced = Traced.no;
    packet.lastSegment = null;
    packet.nextSegment = null;
  }

  /** Whoever watches an interface wants to see every packet; a cable sees to that itself. */
  private checkUnwatched(iface: Interface, packet: Packet): void {
    if (iface.tap !== null && iface.kind !== InterfaceKind.physical) this.abandon(packet);
    else if (iface.tap !== null && iface === this.segment?.entry) this.abandon(packet);
  }

  private limit(length: number): void {
    if (this.segment !== null && length < this.segment.maxLength) this.segment.maxLength = length;
  }

  private leave(out: Interface | null, exit: Exit, packet: Packet): void {
    const segment = this.segment;
    if (segment === null || packet !== this.packet || isFragment(packet) || packet.copies !== null) {
      this.abandon(packet);
      return;
    }
    segment.exit = exit;
    segment.out = out;
    segment.ttlDecrement = this.ttl - packet.ttl;
    segment.source = packet.source;
    segment.destination = packet.destination;
    segment.generation = segment.namespace.generation;
    if (packet.lastSegment !== null) packet.lastSegment.next = segment;
    else this.first = segment;
    packet.traced = Traced.no;
    packet.lastSegment = segment;
    packet.nextSegment = null;
    this.segment = null;
    this.packet = null;
  }
}
