import { DropReason } from '../../drop-reason.ts';
import { ControlError } from '../../netns/control-error.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import { truesize } from '../../netns/interface/truesize.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { Packet } from '../../packet.ts';
import { UdpSocket } from '../../transport/udp.ts';
import type { OverlayConnectionParameters } from '../mesh/overlay.ts';
import type { Peer, PeerDirectory } from '../mesh/peer.ts';
import type { PeerName } from '../peer-name.ts';
import { SLEEVE_PORT } from '../wire/sleeve.ts';
import type { NetworkOverlay, OverlayConsumer } from './network-overlay.ts';
import { RouterThread, type ThreadContext } from './router-thread.ts';
import { SleeveForwarder } from './sleeve-forwarder.ts';
import { takeDatagram } from './sleeve-input.ts';

/** Linux `net.core.rmem_default`, bytes. */
const RECEIVE_BUFFER = 212_992;
const FULL_FRAME = 1514;
const FULL_FRAME_MEMORY = 2304;
/**
 * Nanoseconds that the program takes for a datagram while others wait, an assumption: 100,000 a second. Without a bound, frames that go round while peers do not agree on the topology yet would multiply
 * as fast as the cables let them.
 */
const READ_TIME = 10_000;

/** What the sleeve overlay of a router is made of. */
export interface SleeveParts {
  readonly namespace: NetworkNamespace;
  /** Where drops are counted: the router's side of the bridge. */
  readonly iface: Interface;
  readonly context: ThreadContext;
  /** UDP port. Default 6783. */
  readonly port?: number;
  /** Process id and name, as `netstat -p` shows them. */
  readonly owner?: string;
}

/** The overlay in user space: frames in UDP datagrams (weave `router/sleeve.go`). */
export class SleeveOverlay implements NetworkOverlay {
  readonly namespace: NetworkNamespace;
  readonly iface: Interface;
  readonly context: ThreadContext;
  readonly port: number;
  readonly socket: UdpSocket;
  /** Frames to a group that were sent to a peer. */
  sentToGroups = 0;
  private readonly forwarders = new Map<PeerName, SleeveForwarder>();
  private readonly received: { iface: Interface; packet: Packet }[] = [];
  /** Bytes that they take in the socket's buffer. */
  private receivedMemory = 0;
  private readonly reader: RouterThread;
  private ourself: Peer | null = null;
  private directory: PeerDirectory | null = null;
  private consumer: OverlayConsumer | null = null;

  constructor({ namespace, iface, context, port = SLEEVE_PORT, owner = '' }: SleeveParts) {
    this.namespace = namespace;
    this.iface = iface;
    this.context = context;
    this.port = port;
    this.socket = new UdpSocket(namespace);
    this.socket.pathMtuDiscovery = 'dont';
    this.socket.owner = owner;
    this.reader = new RouterThread(namespace.network.simulation, context, () => this.read());
  }

  // sleeve is the overlay of those that know no others: it says nothing of itself, and keeps nothing of routes

  addFeaturesTo(): void {}

  invalidateRoutes(): void {}

  invalidateShortIds(): void {}

  /** @throws ControlError EADDRINUSE */
  startConsumingPackets(local: Peer, peers: PeerDirectory, consumer: OverlayConsumer): void {
    const errno = this.socket.bind(0, this.port);
    if (errno !== null) throw new ControlError(errno);
    this.ourself = local;
    this.directory = peers;
    this.consumer = consumer;
    this.socket.encapsulated = (iface, packet) => this.enqueue(iface, packet);
  }

  /** The router has ended. */
  close(): void {
    this.socket.close();
    for (const forwarder of [...this.forwarders.values()]) forwarder.stop();
    const { network } = this.namespace;
    for (const { iface, packet } of this.received.splice(0)) {
      network.drop(packet, DropReason.overlayClosed, iface);
    }
  }

  /** Packets in the hands of the router: frames to be sent, datagrams to be read with all that is in them. */
  get holds(): number {
    let held = 0;
    for (const forwarder of this.forwarders.values()) held += forwarder.holds;
    for (const { packet } of this.received) held += packet.inner === null ? 1 : framesIn(packet);
    return held;
  }

  prepareConnection(parameters: OverlayConnectionParameters): SleeveForwarder {
    return new SleeveForwarder(this, parameters);
  }

  // --- for its forwarders, and for what comes in

  get localName(): PeerName {
    return this.ourself!.name;
  }

  get local(): Peer {
    return this.ourself!;
  }

  get peers(): PeerDirectory {
    return this.directory!;
  }

  /** Datagrams of its peer are its from now on. */
  remember(forwarder: SleeveForwarder): void {
    this.forwarders.set(forwarder.remotePeer.name, forwarder);
  }

  forget(forwarder: SleeveForwarder): void {
    const { name } = forwarder.remotePeer;
    if (this.forwarders.get(name) === forwarder) this.forwarders.delete(name);
  }

  forwarderOf(peer: PeerName): SleeveForwarder | undefined {
    return this.forwarders.get(peer);
  }

  /** Asks the router what is to become of a frame, and lets it be done. */
  consume(sourcePeer: Peer, destinationPeer: Peer, packet: Packet): void {
    const { source, destination } = packet;
    const operation = this.consumer!({ source, destination, sourcePeer, destinationPeer });
    if (operation === null) this.namespace.network.drop(packet, DropReason.overlayNoPeer, this.iface);
    else operation.process(packet, false);
  }

  /** What it costs to put a frame into a datagram, or to take it out. */
  charge(packet: Packet, encrypts: boolean): void {
    const { processor } = this.namespace;
    if (processor === null) return;
    processor.charge('encapsulate', packet);
    if (encrypts) processor.charge('encrypt', packet);
  }

  /** The kernel keeps a datagram for the program, if there is room (Linux `__udp_enqueue_schedule_skb`). */
  private enqueue(iface: Interface, packet: Packet): void {
    const size = memoryOf(packet);
    if (this.receivedMemory + size > RECEIVE_BUFFER && this.received.length > 0) {
      this.namespace.network.drop(packet, DropReason.socketBufferFull, iface);
      return;
    }
    this.received.push({ iface, packet });
    this.receivedMemory += size;
    this.reader.wake();
  }

  private read(): void {
    const next = this.reader.isBlocked ? undefined : this.received.shift();
    if (next === undefined) return;
    this.receivedMemory -= memoryOf(next.packet);
    takeDatagram(this, next.iface, next.packet);
    if (this.received.length > 0 && !this.reader.isBlocked) this.reader.busyFor(READ_TIME);
  }
}

/** What a datagram takes of the socket's buffer: of one that came in fragments, what those take. */
function memoryOf(packet: Packet): number {
  const { length } = packet;
  return length <= FULL_FRAME ? truesize(packet) : Math.ceil(length / FULL_FRAME) * FULL_FRAME_MEMORY;
}

function framesIn(datagram: Packet): number {
  let count = 0;
  for (let frame = datagram.inner; frame !== null; frame = frame.following) count++;
  return count;
}
