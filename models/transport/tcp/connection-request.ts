import type { IcmpQuote } from '../../netns/ipv4/icmp-input.ts';
import { ipLocalOutput } from '../../netns/ipv4/ip-output.ts';
import type { RouteDecision } from '../../netns/routing/route-decision.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { arrived } from './arrived-segment.ts';
import { receiveBufferOf } from './buffer-sizes.ts';
import { congestionControlNamed } from './congestion-controls.ts';
import { Ecn, grantsEcn } from './ecn.ts';
import type { TcpEndpoint } from './endpoint.ts';
import { KernelTimer } from './kernel-timer.ts';
import { tcpPacket } from './output.ts';
import { updatePacingRate } from './pacing.ts';
import { announcedMss, peerMssOf, routeMtu, syncMss } from './path-mtu-discovery.ts';
import {
  type InitialWindow,
  initialiseBuffers,
  initialSegmentSize,
  initialWindow,
} from './receive-window.ts';
import { handleAcceptable } from './segment-arrived.ts';
import { after, before } from './sequence.ts';
import { becomeEstablished, measureHandshake } from './syn-answered.ts';
import { TcpConnection } from './tcp-connection.ts';
import type { TcpListener } from './tcp-listener.ts';
import { TcpSegment } from './tcp-segment.ts';
import { TcpState } from './tcp-state.ts';
import { startKeepalive } from './timeouts.ts';
import { isOldTimestamp, type TimestampMemory } from './timestamps.ts';

const INITIAL_TIMEOUT = 1e9;
const TIMEOUT_MAX = 120e9;
const TIMESTAMPS_LENGTH = 12;
const INVALID_INTERVAL = 500e6;

/**
 * A handshake that a peer has begun (SYN-RECEIVED; Linux `struct request_sock`): little is kept of it until the peer
 * has shown that it is there.
 */
export class ConnectionRequest implements TcpEndpoint, TimestampMemory {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  hashNext: TcpEndpoint | null = null;
  readonly state = TcpState.synReceived;
  readonly receiveQueued = 0;
  readonly sendQueued = 0;
  readonly owner = '';
  recentTimestamp: number;
  recentTimestampAt = 0;
  private readonly listener: TcpListener;
  private readonly initialSequence: number;
  private readonly peerSequence: number;
  private readonly announcedMss: number;
  private readonly peerMss: number;
  private readonly timestamps: boolean;
  private readonly timestampOffset: number;
  private readonly sack: boolean;
  /** -1 when windows are not scaled. */
  private readonly peerScale: number;
  private readonly window: InitialWindow;
  private readonly ecn: boolean;
  /** ECN bits of the answer's TOS field. */
  private readonly ecnBits: number;
  private readonly timer: KernelTimer;
  private timeouts = 0;
  private sentCount = 0;
  private sentAt = 0;
  private answeredAt = Number.NEGATIVE_INFINITY;

  /** Takes the SYN in hand and answers it. */
  constructor(
    listener: TcpListener,
    tuple: {
      localAddress: Ipv4Address;
      localPort: number;
      remoteAddress: Ipv4Address;
      remotePort: number;
    },
    decision: RouteDecision,
    initialSequence?: number,
  ) {
    const { namespace } = listener;
    const { sysctls } = namespace;
    this.listener = listener;
    this.localAddress = tuple.localAddress;
    this.localPort = tuple.localPort;
    this.remoteAddress = tuple.remoteAddress;
    this.remotePort = tuple.remotePort;
    this.initialSequence =
      initialSequence ??
      namespace.tcp.initialSequence(this.localAddress, this.localPort, this.remoteAddress, this.remotePort);
    this.peerSequence = arrived.sequence;
    const { options } = listener;
    this.peerMss = peerMssOf(options.maximumSegmentSize ?? 0);
    this.timestamps = sysctls.tcpTimestamps !== 0 && arrived.hasTimestamps;
    this.timestampOffset = namespace.tcp.timestampOffset(this.localAddress, this.remoteAddress);
    this.recentTimestamp = arrived.timestamp;
    if (this.timestamps) this.recentTimestampAt = Math.max(1, this.seconds());
    this.sack = sysctls.tcpSack !== 0 && arrived.sackPermitted;
    this.peerScale = sysctls.tcpWindowScaling !== 0 ? arrived.windowScale : -1;
    this.announcedMss = announcedMss(namespace, decision, options.maximumSegmentSize);
    const segment = this.announcedMss - (this.timestamps ? TIMESTAMPS_LENGTH : 0);
    const buffer = receiveBufferOf(namespace, options);
    const fixed = (options.receiveBuffer ?? 0) > 0;
    this.window = initialWindow(namespace, buffer, segment, this.peerScale >= 0, fixed);
    const control = congestionControlNamed(options.congestionControl ?? '', namespace);
    this.ecn = grantsEcn(namespace, control);
    this.ecnBits = control.needsEcn === true ? Ecn.capable0 : Ecn.notCapable;
    this.timer = new KernelTimer(namespace, () => this.timeout());
    namespace.tcp.add(this);
    this.send(decision);
    this.timer.set(INITIAL_TIMEOUT);
  }

  /** Nothing has come of it. */
  end(): void {
    this.timer.destroy();
    this.listener.requests.delete(this);
    this.listener.namespace.tcp.remove(this);
  }

  /** Linux `tcp_check_req`. */
  segmentArrived(): boolean {
    const { flags, sequence, acknowledgement, end } = arrived;
    const isSyn = (flags & TcpFlag.syn) !== 0;
    const isReset = (flags & TcpFlag.rst) !== 0;
    const hasAck = (flags & TcpFlag.ack) !== 0;
    const old = isOldTimestamp(this, this.seconds());
    if (sequence === this.peerSequence && isSyn && !hasAck && !isReset && !old) {
      // the SYN once more: our answer was lost
      this.sendAgain();
      return true;
    }
    if (hasAck && !isReset && acknowledgement !== ((this.initialSequence + 1) | 0)) return false;
    const next = (this.peerSequence + 1) | 0;
    if (old || before(end, next) || after(sequence, (next + this.window.window) | 0)) {
      if (!isReset) this.answerRarely();
      return true;
    }
    if (isReset || isSyn) {
      if (isReset && sequence !== next) return true;
      this.end();
      return isReset;
    }
    return hasAck ? this.complete() : true;
  }

  /** The peer cannot be reached: the request is forgotten without a word (Linux `tcp_req_err`). */
  icmpError(quote: IcmpQuote): void {
    if ((quote.secondWord | 0) !== this.initialSequence) return;
    const unreachable =
      quote.type === IcmpType.destinationUnreachable &&
      (quote.code === UnreachableCode.net || quote.code === UnreachableCode.host);
    const other = quote.type === IcmpType.timeExceeded || quote.type === IcmpType.parameterProblem;
    if (unreachable || other) this.end();
  }

  /**
   * The handshake is over (Linux `tcp_v4_syn_recv_sock`), unless too many wait to be accepted.
   * @returns false when a reset is the answer
   */
  private complete(): boolean {
    const { listener } = this;
    const { namespace } = listener;
    if (listener.isFull) {
      if (!namespace.sysctls.tcpAbortOnOverflow) return true;
      this.end();
      return false;
    }
    const { timeouts } = this;
    this.end();
    const connection = this.makeConnection();
    namespace.tcp.add(connection);
    measureHandshake(connection, this.sentAt, timeouts > 0 || this.sentCount > 1);
    connection.announcedMss -= this.timestamps ? TIMESTAMPS_LENGTH : 0;
    initialiseBuffers(connection);
    becomeEstablished(connection);
    updatePacingRate(connection);
    connection.sendWindow = arrived.window * 2 ** connection.sendWindowScale;
    connection.maxSendWindow = connection.sendWindow;
    connection.windowUpdateSequence = arrived.sequence;
    startKeepalive(connection);
    connection.begin();
    handleAcceptable(connection);
    connection.end();
    if ((connection.state as number) !== TcpState.closed) listener.enqueue(connection);
    return true;
  }

  private makeConnection(): TcpConnection {
    const { listener, window } = this;
    const { namespace, options } = listener;
    const connection = new TcpConnection(namespace, this, this.initialSequence, this.announcedMss, options);
    connection.state = TcpState.established;
    connection.sendUnacknowledged = (this.initialSequence + 1) | 0;
    connection.sendNext = connection.sendUnacknowledged;
    connection.writeSequence = connection.sendUnacknowledged;
    connection.pushedSequence = connection.sendUnacknowledged;
    connection.peerMss = this.peerMss;
    connection.useTimestamps(this.timestamps);
    connection.timestampOffset = this.timestampOffset;
    connection.recentTimestamp = this.recentTimestamp;
    connection.recentTimestampAt = this.recentTimestampAt;
    connection.sack = this.sack;
    connection.ecn.on = this.ecn;
    connection.windowScaling = this.peerScale >= 0;
    connection.sendWindowScale = Math.max(0, this.peerScale);
    connection.receiveWindowScale = window.scale;
    connection.confirmPending = true;
    const { receive } = connection;
    receive.next = (this.peerSequence + 1) | 0;
    receive.windowUpdate = receive.next;
    receive.copied = receive.next;
    receive.window = window.window;
    receive.threshold = window.window;
    receive.clamp = window.clamp;
    const decision = routeOutput(namespace, this.localAddress, this.remoteAddress);
    const reachable = decision.kind !== 'error' && decision.kind !== 'drop';
    syncMss(connection, reachable ? routeMtu(connection, decision) : 1500);
    connection.ack.segmentSize = initialSegmentSize(connection);
    return connection;
  }

  /** Linux `reqsk_timer_handler`: SYN and ACK again, `tcp_synack_retries` times, each after twice the time. */
  private timeout(): void {
    if (this.timeouts >= this.listener.namespace.sysctls.tcpSynackRetries) {
      this.end();
      return;
    }
    this.timeouts++;
    this.send();
    this.timer.set(Math.min(INITIAL_TIMEOUT * 2 ** this.timeouts, TIMEOUT_MAX));
  }

  private sendAgain(): void {
    const now = this.listener.namespace.network.simulation.now;
    if (now - this.answeredAt < INVALID_INTERVAL) return;
    this.answeredAt = now;
    this.send();
    this.timer.set(Math.min(INITIAL_TIMEOUT * 2 ** this.timeouts, TIMEOUT_MAX));
  }

  private answerRarely(): void {
    const now = this.listener.namespace.network.simulation.now;
    if (now - this.answeredAt < INVALID_INTERVAL) return;
    this.answeredAt = now;
    const segment = this.newSegment(TcpFlag.ack);
    segment.sequence = (this.initialSequence + 1) | 0;
    segment.window = this.window.window >>> this.window.scale;
    this.sendSegment(segment);
  }

  private send(decision?: RouteDecision): void {
    const segment = this.newSegment(TcpFlag.syn | TcpFlag.ack | (this.ecn ? TcpFlag.ece : 0));
    segment.window = Math.min(this.window.window, 65_535);
    segment.maximumSegmentSize = this.announcedMss;
    segment.sackPermitted = this.sack;
    if (this.peerScale >= 0) segment.windowScale = this.window.scale;
    this.sentCount++;
    if (this.sentCount === 1) {
      this.sentAt = Math.floor(this.listener.namespace.network.simulation.now / 1000);
    }
    this.sendSegment(segment, decision);
  }

  private newSegment(flags: number): TcpSegment {
    const segment = new TcpSegment();
    segment.sequence = this.initialSequence;
    segment.acknowledgement = (this.peerSequence + 1) | 0;
    segment.flags = flags;
    if (this.timestamps) {
      segment.hasTimestamps = true;
      const now = Math.floor(this.listener.namespace.network.simulation.now / 1e6);
      segment.timestamp = (now + this.timestampOffset) | 0;
      segment.timestampEcho = this.recentTimestamp;
    }
    return segment;
  }

  private sendSegment(segment: TcpSegment, known?: RouteDecision): void {
    const { namespace } = this.listener;
    const decision = known ?? routeOutput(namespace, this.localAddress, this.remoteAddress);
    if (decision.kind === 'error' || decision.kind === 'drop') return;
    const { localAddress, localPort, remoteAddress, remotePort } = this;
    const packet = tcpPacket(namespace, localAddress, localPort, remoteAddress, remotePort, segment, 0);
    packet.tos = this.ecnBits;
    ipLocalOutput(namespace, packet, decision);
  }

  private seconds(): number {
    return Math.floor(this.listener.namespace.network.simulation.now / 1e9);
  }
}
