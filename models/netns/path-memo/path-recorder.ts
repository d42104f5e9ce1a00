import { isFragment, type Packet } from '../../packet.ts';
import type { UdpSocket } from '../../transport/udp.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import type { Bridge, BridgePort } from '../bridge/bridge.ts';
import { FRAME_OVERHEAD } from '../bridge/bridge-forward.ts';
import type { ForwardingDatabase } from '../bridge/forwarding-database.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { type Neighbour, NUD_CONNECTED, Nud } from '../neighbour/neighbour.ts';
import type { Network } from '../network.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { RouteDecision } from '../routing/route-decision.ts';
import type { Tracer, UdpReader } from '../tracer.ts';
import { Exit, NO_SEGMENT, Traced } from './path-memo.ts';

/** What is known so far of the segment that is being recorded. */
export class PathDraft {
  /** Where the packet came in; null when it started here. */
  entry: Interface | null = null;
  namespace: NetworkNamespace | null = null;
  /** Serial of the outcome that brought it here. */
  after = 0;
  maxLength = 0;
  learnFdb: ForwardingDatabase | null = null;
  learnPlace = 0;
  lookupFdb: ForwardingDatabase | null = null;
  lookupPlace = 0;
  doubtful: Neighbour | null = null;
  /** TTL and MAC addresses that it leaves with: a flow's packets all start with the same TTL. */
  ttl = 0;
  source = 0;
  destination = 0;
  exit: Exit = Exit.veth;
  out: Interface | null = null;
  /** Id of the interface at the other end. */
  peer = 0;
  /** Who reads it; null for a sink. */
  socket: UdpSocket | null = null;
  /** Bridges of the host itself that passed it up, and that it was sent by. */
  bridgeIn: Interface | null = null;
  bridgeOut: Interface | null = null;
  /** Somebody watches an interface that it passed, other than one with a cable that it leaves by. */
  watched = false;

  begin(entry: Interface | null, namespace: NetworkNamespace, after: number): void {
    this.entry = entry;
    this.namespace = namespace;
    this.after = after;
    this.maxLength = Number.MAX_SAFE_INTEGER;
    this.learnFdb = null;
    this.lookupFdb = null;
    this.doubtful = null;
    this.out = null;
    this.socket = null;
    this.bridgeIn = null;
    this.bridgeOut = null;
    this.watched = false;
  }
}

/** Writes down the segment that a packet takes. One at a time: a stay in a namespace is not interrupted. */
export class PathRecorder implements Tracer {
  private readonly network: Network;
  private readonly draft = new PathDraft();
  private recording = false;
  private packet: Packet | null = null;
  /** The segment whose place the one from a socket on takes; when it is done, that segment, until the socket takes it. */
  private first = NO_SEGMENT;

  constructor(network: Network) {
    this.network = network;
  }

  /**
   * Follows a packet from the socket that sends it.
   * @param old the segment that its packets took until now, or `NO_SEGMENT`
   */
  beginAtSocket(namespace: NetworkNamespace, packet: Packet, old: number): void {
    this.first = old;
    packet.lastSegment = NO_SEGMENT;
    packet.pathSerial = 0;
    this.begin(null, namespace, packet);
  }

  /** The segment that a socket's packet has just left by; `NO_SEGMENT` when it has not. */
  takeFirst(): number {
    const { first } = this;
    this.first = NO_SEGMENT;
    return first;
  }

  /** Follows a packet that has come in and has taken a known path until here. */
  beginAtInterface(entry: Interface, packet: Packet): void {
    if (this.network.memo.stillLeadsHere(packet)) this.begin(entry, entry.namespace, packet);
    else this.abandon(packet);
  }

  private begin(entry: Interface | null, namespace: NetworkNamespace, packet: Packet): void {
    if (!this.network.memo.enabled) return;
    if (namespace.processor !== null) {
      // each packet costs its time
      this.abandon(packet);
      return;
    }
    this.draft.begin(entry, namespace, packet.pathSerial);
    this.recording = true;
    this.packet = packet;
    packet.traced = Traced.recorded;
  }

  received(iface: Interface): void {
    if (!this.recording) return;
    if (iface !== this.draft.entry) this.draft.bridgeIn = iface;
    if (iface.tap !== null) this.draft.watched = true;
  }

  transmitted(iface: Interface, packet: Packet): void {
    if (!this.recording) return;
    if (iface.tap !== null && iface.kind !== InterfaceKind.physical) this.draft.watched = true;
    switch (iface.kind) {
      case InterfaceKind.veth:
        this.limit(iface.peer!.mtu + FRAME_OVERHEAD);
        this.draft.peer = iface.peer!.id;
        this.leave(iface, Exit.veth, packet);
        break;
      case InterfaceKind.bridge:
        this.draft.bridgeOut = iface;
        break;
      case InterfaceKind.physical:
        if (iface.cable === null) {
          this.abandon(packet);
        } else {
          this.draft.peer = iface.cable.to.id;
          this.leave(iface, Exit.cable, packet);
        }
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
    if (!this.recording) return;
    const { draft } = this;
    const { fdb } = bridge;
    if (from?.learning && bridge.ageing > 0) {
      const place = fdb.find(packet.source);
      if (place >= 0 && fdb.flagsAt(place) === 0) {
        if (draft.learnFdb !== null) {
          this.abandon(packet);
          return;
        }
        draft.learnFdb = fdb;
        draft.learnPlace = place;
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
    if (draft.lookupFdb !== null) {
      this.abandon(packet);
      return;
    }
    draft.lookupFdb = fdb;
    draft.lookupPlace = place;
  }

  routed(_namespace: NetworkNamespace, packet: Packet, decision: RouteDecision): void {
    const plain = decision.kind === 'forward' || decision.kind === 'local';
    const limited = decision.nexthop.exceptions !== null || (decision.route?.mtu ?? 0) !== 0;
    if (!plain || decision.redirect || limited || this.dependsOnNeighbours(decision)) this.abandon(packet);
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
    if (!this.recording) return;
    this.limit(neighbour.iface.mtu + ETHERNET_HEADER_LENGTH);
    if ((neighbour.state & NUD_CONNECTED) !== 0) return;
    // a stale entry comes to be in doubt by this very packet
    if ((neighbour.state & (Nud.stale | Nud.delay | Nud.probe)) === 0) this.abandon(packet);
    else this.draft.doubtful = neighbour;
  }

  waits(_neighbour: Neighbour, packet: Packet): void {
    this.abandon(packet);
  }

  delivered(_namespace: NetworkNamespace, packet: Packet, _to: string, reader: UdpReader | null): void {
    this.draft.peer = 0;
    if (reader === null) {
      this.abandon(packet);
    } else if (reader === 'nobody' || reader.onReceive === null) {
      this.leave(null, Exit.sink, packet);
    } else {
      this.draft.socket = reader;
      this.leave(null, Exit.socket, packet);
    }
  }

  dropped(_iface: Interface, packet: Packet): void {
    this.abandon(packet);
  }

  /** With `fib_multipath_use_neigh` the next packet may be sent elsewhere. */
  private dependsOnNeighbours({ route, nexthop }: RouteDecision): boolean {
    if (route === null || route.several === null) return false;
    return nexthop.iface?.namespace.sysctls.fibMultipathUseNeigh === true;
  }

  /** The packet is not one that others can follow. */
  abandon(packet: Packet): void {
    this.recording = false;
    this.packet = null;
    if (packet.lastSegment === NO_SEGMENT) this.first = NO_SEGMENT;
    packet.traced = Traced.no;
    packet.lastSegment = NO_SEGMENT;
    packet.nextSegment = NO_SEGMENT;
  }

  private limit(length: number): void {
    if (length < this.draft.maxLength) this.draft.maxLength = length;
  }

  private leave(out: Interface | null, exit: Exit, packet: Packet): void {
    const single = !isFragment(packet) && packet.copies === null && packet.mark === 0;
    const plain = single && packet.options === null;
    if (!this.recording || packet !== this.packet || !plain) {
      this.abandon(packet);
      return;
    }
    const { draft } = this;
    const { memo } = this.network;
    draft.exit = exit;
    draft.out = out;
    draft.ttl = packet.ttl;
    draft.source = packet.source;
    draft.destination = packet.destination;
    const last = packet.lastSegment;
    const segment = memo.write(last === NO_SEGMENT ? this.first : memo.nextOf(last), draft);
    if (last === NO_SEGMENT) this.first = segment;
    else memo.setNext(last, segment);
    packet.traced = Traced.no;
    packet.lastSegment = segment;
    packet.nextSegment = memo.nextOf(segment);
    packet.pathSerial = memo.serialOf(segment);
    this.recording = false;
    this.packet = null;
  }
}
