import { Actor } from '../../../engine/actor.ts';
import { DropReason } from '../../drop-reason.ts';
import { type Errno, errnoText } from '../../netns/control-error.ts';
import { fragment } from '../../netns/ipv4/ip-fragment.ts';
import { Traced } from '../../netns/path-memo/path-memo.ts';
import type { Packet } from '../../packet.ts';
import { UDP_PAYLOAD_MAX } from '../../transport/udp.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from '../../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { formatIpv4 } from '../../wire/ipv4-address.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import type { OverlayConnectionParameters } from '../mesh/overlay.ts';
import type { Peer } from '../mesh/peer.ts';
import { SLEEVE_FRAME_HEADER_LENGTH } from '../wire/sleeve.ts';
import type { FlowOperation } from './flow-operation.ts';
import { fragmentationNeeded } from './fragmentation-needed.ts';
import { FrameAggregator, type QueuedFrame } from './frame-aggregator.ts';
import type { ForwardKey, OverlayForwarder } from './network-overlay.ts';
import { PathMtuSearch } from './path-mtu-search.ts';
import { RouterThread } from './router-thread.ts';
import { type FrameRoute, SleeveCargo, SpecialPayload } from './sleeve-cargo.ts';
import { SleeveCrypto } from './sleeve-crypto.ts';
import type { SleeveOverlay } from './sleeve-overlay.ts';
import { DfSender, PlainSender, type SleeveSender, type UdpEndpoint } from './sleeve-sender.ts';
import { TimerSet } from './timer-set.ts';

const UDP_OVERHEAD = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
const INITIAL_MTU = 65_535;

const HEARTBEAT_LENGTH = ETHERNET_HEADER_LENGTH + 8;
const FRAGMENTATION_TEST_LENGTH = 60_001;
/** Longer than what any link takes: the kernel says what it would take. */
const PROBE_LENGTH = 60_000;

/** Nanoseconds. */
const FAST_HEARTBEAT = 500e6;
const SLOW_HEARTBEAT = 10e9;
const HEARTBEAT_TIMEOUT = 6 * SLOW_HEARTBEAT;
const FRAGMENTATION_TEST_INTERVAL = 300e9;

/** Tags of the messages that the two ends send over TCP. */
const Control = { established: 1, fragmentationReceived: 2, mtuVerified: 3 } as const;

const Timer = { heartbeat: 0, timeout: 1, fragmentationTest: 2, mtuTest: 3 } as const;

/** A frame that the other router has made up itself. */
export interface SpecialFrame {
  readonly sender: UdpEndpoint;
  readonly bytes: Uint8Array;
}

/** Sends frames to one peer by sleeve, and finds out what the way carries (weave `sleeveForwarder`). */
export class SleeveForwarder extends Actor implements OverlayForwarder {
  readonly remotePeer: Peer;
  readonly crypto: SleeveCrypto;
  onEstablished: (() => void) | null = null;
  onError: ((error: string) => void) | null = null;

  private readonly overlay: SleeveOverlay;
  private readonly parameters: OverlayConnectionParameters;
  private readonly thread: RouterThread;
  private readonly timers = new TimerSet(this);
  private readonly plainSender: SleeveSender;
  private readonly dfSender: DfSender;
  private readonly plainFrames: FrameAggregator;
  private readonly dfFrames: FrameAggregator;
  private readonly search = new PathMtuSearch();
  /** What came in for the thread to do. */
  private readonly messages: (() => void)[] = [];

  /** Where the other end is; null as long as it has not been heard of. */
  private remote: UdpEndpoint | null;
  /** Largest IP packet of the overlay, bytes. */
  private mtu = INITIAL_MTU;
  /** Datagrams that the kernel fragments arrive. */
  private fragmentsArrive = false;
  /** Bytes of UDP payload that go by the DF path. */
  private maxPayload = INITIAL_MTU - UDP_OVERHEAD;
  /** 0 until the connection is confirmed. */
  private heartbeatInterval = 0;
  private acknowledgedHeartbeat = false;
  private finished = false;

  constructor(overlay: SleeveOverlay, parameters: OverlayConnectionParameters) {
    const { namespace, iface, context, socket, port } = overlay;
    super(namespace.network.simulation);
    const { outbound, sessionKey, localAddress, remoteAddress, remotePort } = parameters;
    this.overlay = overlay;
    this.parameters = parameters;
    this.remotePeer = parameters.remotePeer;
    this.crypto = new SleeveCrypto(sessionKey, outbound);
    this.thread = new RouterThread(this.simulation, context, () => this.work());
    this.plainSender = new PlainSender(socket);
    this.dfSender = new DfSender(namespace, localAddress, port);
    const { datagramOverhead } = this.crypto;
    this.plainFrames = new FrameAggregator(context, this.thread, iface, datagramOverhead);
    this.dfFrames = new FrameAggregator(context, this.thread, iface, datagramOverhead);
    this.remote = outbound ? { address: remoteAddress, port: remotePort } : null;
  }

  // --- what the mesh and the overlay switch call

  confirm(): void {
    this.post(() => this.confirmed());
  }

  controlMessage(tag: number, message: Uint8Array): void {
    this.post(() => this.control(tag, message));
  }

  stop(): void {
    if (this.finished) return;
    this.finished = true;
    this.overlay.forget(this);
    this.timers.clearAll();
    this.dfSender.close();
    this.plainFrames.close();
    this.dfFrames.close();
  }

  attributes(): ReadonlyMap<string, string | number | boolean> {
    const attributes = new Map<string, string | number | boolean>();
    if (this.crypto.encrypts) attributes.set('encrypted', true);
    return attributes.set('mtu', this.mtu).set('name', 'sleeve');
  }

  displayName(): string {
    return 'sleeve';
  }

  /** Frames in its hands. */
  get holds(): number {
    return this.plainFrames.size + this.dfFrames.size;
  }

  // --- frames

  forward(key: ForwardKey): FlowOperation {
    const operation: FlowOperation = {
      discards: false,
      process: (packet, broadcast) => this.process(key, packet, broadcast),
      flatten: () => [operation],
    };
    return operation;
  }

  /** Which path a frame takes depends on whether it may be fragmented, and by whom (weave `curriedForward.Process`). */
  private process(key: ForwardKey, packet: Packet, broadcast: boolean): void {
    if (this.remote === null) {
      this.drop(packet, DropReason.overlayNoContact);
      return;
    }
    if (this.overlay.namespace.network.macs.isGroup(packet.destination)) this.overlay.sentToGroups++;
    const route = { source: key.sourcePeer.name, destination: key.destinationPeer.name };
    const isIpv4 = packet.etherType === EtherType.ipv4 && packet.vlanTag === 0;
    const tooBig = packet.length > this.mtu + ETHERNET_HEADER_LENGTH;
    if (isIpv4 && packet.dontFragment) {
      if (tooBig) this.refuse(key, packet, broadcast);
      else this.dfFrames.push({ packet, route });
    } else if (this.fragmentsArrive || !isIpv4) this.plainFrames.push({ packet, route });
    else if (!tooBig) this.dfFrames.push({ packet, route });
    else this.fragment(packet, route);
  }

  /** A frame with DF that is too big; its sender is told, unless the frame goes to everybody. */
  private refuse(key: ForwardKey, packet: Packet, broadcast: boolean): void {
    const { network } = this.overlay.namespace;
    const error = broadcast ? null : fragmentationNeeded(network, packet, this.mtu);
    this.drop(packet, DropReason.packetTooBig);
    if (error === null) return;
    // it comes from where the packet would have gone to
    this.overlay.consume(key.destinationPeer, key.sourcePeer, error);
  }

  /** The kernel's fragments do not arrive: the packet inside is cut, so that each piece fits. */
  private fragment(packet: Packet, route: FrameRoute): void {
    packet.netfilter = null;
    fragment(this.overlay.iface, packet, this.mtu, (_iface, part) =>
      this.dfFrames.push({ packet: part, route }),
    );
  }

  /** A frame of the other router itself has come. */
  receiveSpecial(special: SpecialFrame): void {
    this.post(() => this.special(special));
  }

  // --- the thread

  private post(message: () => void): void {
    if (this.finished) return;
    this.messages.push(message);
    this.thread.wake();
  }

  private work(): void {
    while (!this.finished) {
      const message = this.messages.shift();
      if (message !== undefined) message();
      else if (!this.plainFrames.isEmpty) this.sendFrames(this.plainFrames, false, UDP_PAYLOAD_MAX);
      else if (!this.dfFrames.isEmpty) this.sendFrames(this.dfFrames, true, this.maxPayload);
      else return;
    }
  }

  override handle(kind: number): void {
    this.timers.fired(kind);
    switch (kind) {
      case Timer.heartbeat:
        this.sendHeartbeat();
        return;
      case Timer.timeout:
        this.fail('timed out waiting for UDP heartbeat');
        return;
      case Timer.fragmentationTest:
        this.timers.set(Timer.fragmentationTest, FRAGMENTATION_TEST_INTERVAL);
        this.sendFragmentationTest();
        return;
      default:
        this.mtuTestLost();
    }
  }

  private fail(error: string): void {
    if (this.finished) return;
    this.stop();
    this.onError?.(error);
  }

  // --- sending

  private sendFrames(frames: FrameAggregator, df: boolean, limit: number): void {
    frames.sendAll(
      limit,
      () => this.maxPayload,
      (batch) => this.sendDatagram(batch, df),
    );
  }

  private sendDatagram(batch: readonly QueuedFrame[], df: boolean): void {
    const { network } = this.overlay.namespace;
    const seal = this.crypto.nextSeal(df);
    let length = this.crypto.datagramOverhead;
    let traced = 0;
    batch.forEach(({ packet }, place) => {
      packet.following = batch[place + 1]?.packet ?? null;
      length += SLEEVE_FRAME_HEADER_LENGTH + packet.length;
      traced |= packet.traced & Traced.explained;
      this.overlay.charge(packet, this.crypto.encrypts);
    });
    const outer = network.pool.wrap(batch[0].packet);
    outer.cargo = new SleeveCargo(
      this.overlay.localName,
      batch.map(({ route }) => route),
      seal,
    );
    outer.payloadLength = length;
    outer.traced = traced;
    this.send(outer, df);
  }

  private sendSpecial(frame: Uint8Array, df: boolean): void {
    const { network } = this.overlay.namespace;
    const route = { source: this.overlay.localName, destination: this.remotePeer.name };
    const payload = new SpecialPayload(this.overlay.localName, route, frame, this.crypto.nextSeal(df));
    const packet = network.pool.create();
    packet.payload = payload;
    packet.payloadLength = payload.length;
    this.send(packet, df);
  }

  private send(packet: Packet, df: boolean): void {
    const sender = df ? this.dfSender : this.plainSender;
    const errno = sender.send(packet, this.remote!);
    if (errno === 'EMSGSIZE' && df) this.tooBigFor(this.dfSender.mtu);
    else if (errno !== null) this.fail(this.writeError(errno));
  }

  private writeError(errno: Errno): string {
    const { address, port } = this.remote!;
    return `write udp4 0.0.0.0:${this.overlay.port}->${formatIpv4(address)}:${port}: ${errnoText(errno).toLowerCase()}`;
  }

  // --- heartbeats

  private confirmed(): void {
    if (this.heartbeatInterval !== 0) return;
    this.overlay.remember(this);
    this.heartbeatInterval = FAST_HEARTBEAT;
    if (this.remote !== null) this.sendHeartbeat();
    if (!this.finished) this.timers.set(Timer.timeout, HEARTBEAT_TIMEOUT);
  }

  private sendHeartbeat(): void {
    this.timers.set(Timer.heartbeat, this.heartbeatInterval);
    const frame = new Uint8Array(HEARTBEAT_LENGTH);
    const { connectionUid } = this.parameters;
    writeUint32(frame, ETHERNET_HEADER_LENGTH, Number(connectionUid >> 32n));
    writeUint32(frame, ETHERNET_HEADER_LENGTH + 4, Number(connectionUid & 0xffffffffn));
    this.sendSpecial(frame, true);
  }

  private special(special: SpecialFrame): void {
    const { bytes } = special;
    if (bytes.length === HEARTBEAT_LENGTH) this.heartbeat(special);
    else if (bytes.length !== FRAGMENTATION_TEST_LENGTH) this.answerMtuTest(bytes.length);
    else if (bytes.every((byte) => byte === 0)) this.tell(Control.fragmentationReceived, new Uint8Array(0));
  }

  private heartbeat({ sender, bytes }: SpecialFrame): void {
    const high = BigInt(readUint32(bytes, ETHERNET_HEADER_LENGTH));
    const low = BigInt(readUint32(bytes, ETHERNET_HEADER_LENGTH + 4));
    if (((high << 32n) | low) !== this.parameters.connectionUid) return;
    const isFirst = this.remote === null;
    this.remote = sender;
    if (isFirst && this.heartbeatInterval !== 0) this.sendHeartbeat();
    if (this.finished) return;
    if (!this.acknowledgedHeartbeat) {
      this.acknowledgedHeartbeat = true;
      this.tell(Control.established, new Uint8Array(0));
    }
    if (this.timers.isRunning(Timer.timeout)) this.timers.set(Timer.timeout, HEARTBEAT_TIMEOUT);
  }

  private tell(tag: number, message: Uint8Array): void {
    this.parameters.sendControlMessage(tag, message);
  }

  private control(tag: number, message: Uint8Array): void {
    if (tag === Control.established) this.established();
    else if (tag === Control.fragmentationReceived) this.fragmentsArrive = true;
    else if (tag === Control.mtuVerified && message.length >= 2) {
      this.searched(this.search.acknowledged(readUint16(message, 0)));
    }
  }

  /** The other end has heard a heartbeat. */
  private established(): void {
    if (this.heartbeatInterval !== SLOW_HEARTBEAT) {
      this.heartbeatInterval = SLOW_HEARTBEAT;
      if (this.timers.isRunning(Timer.heartbeat)) this.timers.set(Timer.heartbeat, SLOW_HEARTBEAT);
      this.onEstablished?.();
    }
    if (this.finished || this.remote === null) return;
    this.timers.set(Timer.fragmentationTest, FRAGMENTATION_TEST_INTERVAL);
    this.sendFragmentationTest();
    if (!this.finished) this.sendSpecial(new Uint8Array(PROBE_LENGTH), true);
  }

  private sendFragmentationTest(): void {
    this.fragmentsArrive = false;
    this.sendSpecial(new Uint8Array(FRAGMENTATION_TEST_LENGTH), false);
  }

  // --- what the path carries

  private get overhead(): number {
    const { datagramOverhead } = this.crypto;
    return UDP_OVERHEAD + datagramOverhead + SLEEVE_FRAME_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
  }

  /** The kernel has refused a datagram. @param underlay longest IP packet that it lets go */
  private tooBigFor(underlay: number): void {
    const mtu = underlay - this.overhead;
    if (!this.search.refused(mtu)) return;
    this.maxPayload = underlay - UDP_OVERHEAD;
    this.mtu = mtu;
    this.sendMtuTest();
  }

  private sendMtuTest(): void {
    const { candidate } = this.search;
    this.sendSpecial(new Uint8Array(candidate + ETHERNET_HEADER_LENGTH), true);
    // refused again: another test has been sent in its place
    if (this.finished || this.search.candidate !== candidate) return;
    this.timers.set(Timer.mtuTest, this.search.testSent());
  }

  private answerMtuTest(length: number): void {
    const answer = new Uint8Array(2);
    writeUint16(answer, 0, length - ETHERNET_HEADER_LENGTH);
    this.tell(Control.mtuVerified, answer);
  }

  private mtuTestLost(): void {
    this.searched(this.search.timedOut());
  }

  /** A step of the search is done. @param mtu its result, 0 as long as there is none */
  private searched(mtu: number): void {
    if (mtu !== 0) {
      this.timers.clear(Timer.mtuTest);
      this.maxPayload = mtu + this.overhead - UDP_OVERHEAD;
      this.mtu = mtu;
    } else if (this.search.candidate !== 0) this.sendMtuTest();
  }

  private drop(packet: Packet, reason: DropReason): void {
    this.overlay.namespace.network.drop(packet, reason, this.overlay.iface);
  }
}
