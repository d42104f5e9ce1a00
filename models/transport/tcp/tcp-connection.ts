import type { Errno } from '../../netns/control-error.ts';
import type { IcmpQuote } from '../../netns/ipv4/icmp-input.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import type { Packet } from '../../packet.ts';
import type { Payload } from '../../payload.ts';
import { ZERO_PAYLOAD } from '../../payload.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { AckState } from './ack-state.ts';
import { compressedAckTimeout } from './acknowledge.ts';
import { fixedSendBuffer, receiveBufferOf } from './buffer-sizes.ts';
import { closeConnection, shutDownSending } from './close.ts';
import { type CongestionControl, CongestionState } from './congestion-control.ts';
import { congestionControlNamed, isCongestionControl } from './congestion-controls.ts';
import { startConnecting } from './connect.ts';
import { EcnState } from './ecn.ts';
import type { TcpEndpoint } from './endpoint.ts';
import { connectionIcmpError } from './icmp-errors.ts';
import { KernelTimer } from './kernel-timer.ts';
import { LossProbe } from './loss-probe.ts';
import { RackState } from './rack.ts';
import { RateState } from './rate-sample.ts';
import { readReceived } from './read.ts';
import { ReceiveState } from './receive-state.ts';
import { releaseConnection } from './release.ts';
import { sendReset } from './reset.ts';
import { continueSending } from './retransmit.ts';
import { RoundTripTime } from './round-trip-time.ts';
import { connectionSegmentArrived } from './segment-arrived.ts';
import { acceptForSending, sendQueued } from './send.ts';
import { distance } from './sequence.ts';
import { SmallQueue } from './small-queue.ts';
import type { JoinedPayload } from './stream-data.ts';
import type { TcpObserver } from './tcp-observer.ts';
import { TcpState as State, type TcpState } from './tcp-state.ts';
import { delayedAckTimeout, keepaliveTimeout, retransmissionTimeout } from './timeouts.ts';
import { SentOrder, type Transmission, TransmissionQueue } from './transmission.ts';

/** MSS of a peer that announces none (RFC 9293, 3.7.1). */
export const DEFAULT_MSS = 536;
/** Initial congestion window, segments (RFC 6928; Linux TCP_INIT_CWND). */
export const INITIAL_WINDOW = 10;
/** Segments that may overtake one another at first without that being a loss (`tcp_reordering`). */
export const REORDERING = 3;
const HEADER_LENGTH = 20;
const TIMESTAMPS_LENGTH = 12;

/** What the application may set before it connects or listens (socket(7), tcp(7)). */
export interface TcpOptions {
  /** TCP_NODELAY: small segments do not wait for acknowledgements. */
  noDelay?: boolean;
  /** SO_KEEPALIVE. */
  keepAlive?: boolean;
  /** TCP_KEEPIDLE and TCP_KEEPINTVL, seconds; default `net.ipv4.tcp_keepalive_time` and `tcp_keepalive_intvl`. */
  keepAliveTime?: number;
  keepAliveInterval?: number;
  /** TCP_CONGESTION; default `net.ipv4.tcp_congestion_control`. */
  congestionControl?: string;
  /** TCP_MAXSEG: no segment in either direction has more data, bytes; 0 for as the path allows. */
  maximumSegmentSize?: number;
  /** SO_SNDBUF and SO_RCVBUF, bytes: the buffer holds twice that and does not grow. 0 for one that grows. */
  sendBuffer?: number;
  receiveBuffer?: number;
  /** The traffic flow that the segments are counted in, 0 for none. */
  flow?: number;
  observer?: TcpObserver;
  /** Process id and name of its program, as in `207/server`. */
  owner?: string;
}

/** What `ss -i` shows of a connection's past. */
export class ConnectionCounters {
  bytesSent = 0;
  bytesAcked = 0;
  bytesReceived = 0;
  bytesRetransmitted = 0;
  segmentsSent = 0;
  segmentsReceived = 0;
  dataSegmentsSent = 0;
  dataSegmentsReceived = 0;
}

/** One end of a connection (RFC 9293; Linux `struct tcp_sock`). Sequence numbers are signed 32-bit integers. */
export class TcpConnection implements TcpEndpoint {
  readonly namespace: NetworkNamespace;
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  hashNext: TcpEndpoint | null = null;
  state: TcpState = State.closed;
  /** Called when the application may find something new: connected, data, room, end of data, an error. */
  onChange: (() => void) | null = null;
  /** What the next call would fail with (sk_err). */
  error: Errno | null = null;
  /** An error that may be transient: it is told when the connection times out (sk_err_soft). */
  softError: Errno | null = null;
  /** The application has closed it (SOCK_DEAD). */
  orphaned = false;
  receiveShutDown = false;
  sendShutDown = false;
  readonly noDelay: boolean;
  /** See `setCork`. */
  corked = false;
  readonly keepAlive: boolean;
  /** See `TcpOptions`; undefined for the namespace's. */
  readonly keepAliveTime: number | undefined;
  readonly keepAliveInterval: number | undefined;
  flow: number;
  /** Who is told of round trips and retransmissions; null for nobody. */
  observer: TcpObserver | null;
  /** See `TcpOptions.owner`; empty when nobody holds it. */
  owner: string;

  // --- sending
  readonly initialSequence: number;
  sendUnacknowledged: number;
  sendNext: number;
  /** Behind the last byte that the application has written, FIN counted. */
  writeSequence: number;
  /** The last byte that was to be pushed. */
  pushedSequence: number;
  sendWindow = 0;
  maxSendWindow = 0;
  /** Sequence number of the segment that last changed the window (SND.WL1). */
  windowUpdateSequence = 0;
  /** Behind the last segment shorter than the MSS, for Nagle's rule (snd_sml). */
  smallSegmentEnd: number;
  readonly unsent = new TransmissionQueue();
  readonly unacknowledged = new TransmissionQueue();
  /** Those out whose fate is open, in the order of sending. */
  readonly sentOrder = new SentOrder();
  /** Where the last SACK block ended, and where the first retransmission to be sent may be; null for unknown. */
  sackCursor: Transmission | null = null;
  retransmitHint: Transmission | null = null;
  /** Segments sent and neither acknowledged nor given up, and what is known of them. */
  packetsOut = 0;
  sackedOut = 0;
  lostOut = 0;
  retransmittedOut = 0;
  /** Behind the last byte that a SACK block has reported; of use while `sackedOut` is not 0. */
  highestSacked = 0;
  /** Segments delivered to the peer and lost on the way since the beginning, as far as is known. */
  delivered = 0;
  lost = 0;
  readonly rate = new RateState();
  readonly counters = new ConnectionCounters();
  totalRetransmissions = 0;
  /** Segments that the peer has reported to have come twice. */
  duplicatesReported = 0;
  /** Bytes and their overhead in the two queues (sk_wmem_queued). */
  sendMemory = 0;
  sendBuffer: number;
  /** The application has set them: they do not grow (SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK). */
  readonly sendBufferFixed: boolean;
  readonly receiveBufferFixed: boolean;
  /** The application was refused room. */
  wantsRoom = false;
  /** When data were sent last, and when the last burst was, nanoseconds. */
  lastSentAt = 0;
  lastBurstAt = 0;
  /** When an acknowledgement came last, nanoseconds. */
  lastAckedAt = 0;
  readonly smallQueue: SmallQueue;
  /** Bytes per second that the window amounts to, or that the control asks for. */
  pacingRate = Number.POSITIVE_INFINITY;
  /** Whether segments are spread over time: the control asks for it (SK_PACING_NEEDED). */
  isPaced = false;
  /** Nanoseconds, before which the next segment does not leave. */
  nextSendAt = 0;
  readonly pacingTimer: KernelTimer;

  // --- segment sizes
  /** See `TcpOptions.maximumSegmentSize`. */
  readonly maximumSegmentSize: number;
  /** What the peer takes (its MSS option). */
  peerMss = DEFAULT_MSS;
  /** Data bytes of a full segment without SACK. */
  mss = DEFAULT_MSS;
  /** Path MTU that `mss` follows from. */
  pathMtu = 0;
  /** What this side announces, later less the space of options. */
  announcedMss: number;
  headerLength = HEADER_LENGTH;

  // --- options
  timestamps = false;
  sack = false;
  windowScaling = false;
  sendWindowScale = 0;
  receiveWindowScale = 0;
  timestampOffset: number;
  /** TS.Recent of RFC 7323. */
  recentTimestamp = 0;
  /** Seconds, when it was noted; 0 for never. */
  recentTimestampAt = 0;

  // --- congestion
  congestionControl: CongestionControl;
  congestionWindow = INITIAL_WINDOW;
  /** Segments, before the window grows by one. */
  windowCredit = 0;
  slowStartThreshold = Number.POSITIVE_INFINITY;
  congestionState: CongestionState = CongestionState.open;
  /** SND.NXT when trouble began: recovery ends when it is acknowledged. */
  highSequence: number;
  /** Window and threshold before recovery; the threshold is 0 when they are not to be restored. */
  priorWindow = 0;
  priorThreshold = 0;
  /** What had been acknowledged when the window was reduced; null when there is nothing to be undone. */
  undoMarker: number | null = null;
  /** Retransmissions since then that have not turned out needless; -1 for none yet. */
  undoRetransmissions = -1;
  /** A time-out may have been for nothing (F-RTO). */
  frto = false;
  readonly probe = new LossProbe();
  readonly ecn = new EcnState();
  /** Proportional rate reduction (RFC 6937). */
  prrDelivered = 0;
  prrOut = 0;
  /** Segments that may overtake one another without that being a loss. */
  reordering = REORDERING;
  /** Whether the congestion window was what held data back lately. */
  windowLimited = false;
  maxPacketsOut = 0;
  /** Most segments out while it was not, and when it last was, microseconds. */
  windowUsed = 0;
  windowUsedAt = 0;
  maxPacketsSequence: number;
  readonly rack = new RackState();
  readonly rtt = new RoundTripTime();

  // --- time-outs
  readonly retransmitTimer: KernelTimer;
  /** What the timer is for: retransmission, zero-window probe, or reordering. */
  timerPurpose = 0;
  readonly ackTimer: KernelTimer;
  readonly compressedAckTimer: KernelTimer;
  readonly keepaliveTimer: KernelTimer;
  /** Tells the application, once its call is over, what happened during it. */
  private readonly wakeTimer: KernelTimer;
  backoff = 0;
  /** Retransmissions in a row by time-out. */
  retransmits = 0;
  probesOut = 0;
  /** When the first retransmission of an episode was sent, nanoseconds; -1 for none. */
  retransmittingSince = -1;

  // --- receiving
  readonly receive: ReceiveState;
  readonly ack = new AckState();
  /** When a segment last came in, nanoseconds. */
  lastHeardAt = 0;
  /** When the first SYN was sent, microseconds; -1 before. */
  synSentAt = -1;
  /**
   * The application is inside a call that sends: what comes in meanwhile waits in `held` (Linux: the socket is locked,
   * `sk_backlog`).
   */
  owned = false;
  held: Packet[] = [];
  /** A smaller path MTU was learnt meanwhile. */
  mtuReduced = false;
  /** An acknowledgement shows that the next hop hears us: its entry is confirmed with the next segment. */
  confirmPending = false;
  private ipId = 0;
  private busy = false;
  private changed = false;

  constructor(
    namespace: NetworkNamespace,
    tuple: {
      localAddress: Ipv4Address;
      localPort: number;
      remoteAddress: Ipv4Address;
      remotePort: number;
    },
    initialSequence: number,
    announcedMss: number,
    options: TcpOptions = {},
  ) {
    this.namespace = namespace;
    this.localAddress = tuple.localAddress;
    this.localPort = tuple.localPort;
    this.remoteAddress = tuple.remoteAddress;
    this.remotePort = tuple.remotePort;
    this.noDelay = options.noDelay ?? false;
    this.keepAlive = options.keepAlive ?? false;
    this.keepAliveTime = options.keepAliveTime;
    this.keepAliveInterval = options.keepAliveInterval;
    this.maximumSegmentSize = options.maximumSegmentSize ?? 0;
    this.flow = options.flow ?? 0;
    this.observer = options.observer ?? null;
    this.owner = options.owner ?? '';
    this.congestionControl = congestionControlNamed(options.congestionControl ?? '', namespace);
    this.initialSequence = initialSequence;
    this.sendUnacknowledged = initialSequence;
    this.sendNext = initialSequence;
    this.writeSequence = initialSequence;
    this.pushedSequence = initialSequence;
    this.smallSegmentEnd = initialSequence;
    this.highSequence = initialSequence;
    this.maxPacketsSequence = initialSequence;
    this.announcedMss = announcedMss;
    const sendBuffer = options.sendBuffer ?? 0;
    this.sendBufferFixed = sendBuffer > 0;
    this.receiveBufferFixed = (options.receiveBuffer ?? 0) > 0;
    this.sendBuffer = sendBuffer > 0 ? fixedSendBuffer(sendBuffer) : namespace.sysctls.tcpWmem[1];
    this.timestampOffset = namespace.tcp.timestampOffset(this.localAddress, this.remoteAddress);
    this.receive = new ReceiveState(receiveBufferOf(namespace, options));
    this.retransmitTimer = new KernelTimer(namespace, () => retransmissionTimeout(this));
    this.ackTimer = new KernelTimer(namespace, () => delayedAckTimeout(this));
    this.compressedAckTimer = new KernelTimer(namespace, () => compressedAckTimeout(this));
    this.keepaliveTimer = new KernelTimer(namespace, () => keepaliveTimeout(this));
    this.smallQueue = new SmallQueue(this);
    this.pacingTimer = new KernelTimer(namespace, () => continueSending(this));
    this.wakeTimer = new KernelTimer(namespace, () => this.onChange?.());
  }

  /**
   * Opens a connection (connect(2)): sends the SYN and comes back; `onChange` tells what becomes of it.
   * @param local address, 0 for what the route says; port, 0 for a free one
   * @returns the error that connect would give at once
   */
  static open(
    namespace: NetworkNamespace,
    local: { address?: Ipv4Address; port?: number },
    remote: Ipv4Address,
    remotePort: number,
    options: TcpOptions = {},
  ): TcpConnection | Errno {
    if (!isCongestionControl(options.congestionControl)) return 'ENOENT';
    const decision = routeOutput(namespace, local.address ?? 0, remote);
    if (decision.kind === 'error' || decision.kind === 'drop') return decision.errno;
    if (decision.kind === 'broadcast') return 'ENETUNREACH';
    return startConnecting(namespace, local.port ?? 0, decision, remote, remotePort, options);
  }

  // --- what the application calls

  /**
   * Writes data; they are sent as windows allow.
   * @param from where in `payload` they begin
   * @returns bytes taken, less than `length` when the buffer is full (then `onChange` tells when there is room), or
   * the error
   */
  send(length: number, payload: Payload = ZERO_PAYLOAD, from = 0): number | Errno {
    this.owned = true;
    const taken = acceptForSending(this, length, payload, from);
    releaseConnection(this);
    return taken;
  }

  /**
   * Reads up to `max` bytes and answers how many there were; 0 at the end of the data or when there are none yet
   * (`atEnd` tells which). Bytes are made only if `into` is an array to take them.
   */
  read(max: number, into?: Uint8Array | JoinedPayload): number {
    return readReceived(this, max, into);
  }

  /**
   * TCP_CORK: a segment leaves when it is full, when the cork is pulled or the sending side closed, or when nothing else
   * has been out for a retransmission time-out (200 ms; tcp(7)).
   */
  setCork(on: boolean): void {
    this.corked = on;
    if (!on && this.connected) sendQueued(this);
  }

  /** No more data will be written (shutdown(2) with SHUT_WR): a FIN follows what is queued. */
  shutDown(): void {
    shutDownSending(this);
  }

  /** close(2): the rest goes on by itself. */
  close(): void {
    closeConnection(this);
  }

  /** Resets the connection (close(2) with SO_LINGER 0). */
  abort(): void {
    this.orphaned = true;
    this.onChange = null;
    if (this.connected && this.state !== State.timeWait) sendReset(this);
    if (this.state !== State.timeWait) this.finish();
  }

  /** Takes the error that is due, as a call on the socket would. */
  takeError(): Errno | null {
    const { error } = this;
    this.error = null;
    return error;
  }

  /** Whether the handshake is over and nothing has torn the connection down. */
  get connected(): boolean {
    return this.state !== State.synSent && this.state !== State.synReceived && this.state !== State.closed;
  }

  /** Whether every byte that will ever come has been read. */
  get atEnd(): boolean {
    return this.receiveQueued === 0 && (this.receiveShutDown || this.state === State.closed);
  }

  /** Bytes that `read` would find. */
  get receiveQueued(): number {
    const { receive } = this;
    return receive.queued;
  }

  /** Bytes written and not acknowledged. */
  get sendQueued(): number {
    return Math.max(0, distance(this.sendUnacknowledged, this.writeSequence));
  }

  // --- what the stack calls

  segmentArrived(): boolean {
    this.begin();
    const wanted = connectionSegmentArrived(this);
    this.end();
    return wanted;
  }

  icmpError(quote: IcmpQuote): void {
    this.begin();
    connectionIcmpError(this, quote);
    this.end();
  }

  // --- what its parts share

  /** Microseconds. */
  get now(): number {
    return Math.floor(this.namespace.network.simulation.now / 1000);
  }

  /** TSval: milliseconds, from an offset of its own. */
  get timestamp(): number {
    return (Math.floor(this.namespace.network.simulation.now / 1e6) + this.timestampOffset) | 0;
  }

  get inSlowStart(): boolean {
    return this.congestionWindow < this.slowStartThreshold;
  }

  /** Whether the window is being reduced step by step. */
  get inReduction(): boolean {
    const { congestionState: state } = this;
    return state === CongestionState.cwr || state === CongestionState.recovery;
  }

  /** Whether the congestion window was used, so that a larger one would be (RFC 7661; Linux `tcp_is_cwnd_limited`). */
  get isWindowLimited(): boolean {
    if (this.windowLimited) return true;
    return this.inSlowStart && this.congestionWindow < 2 * this.maxPacketsOut;
  }

  /** Segments believed to be in the network (RFC 6675's pipe). */
  get inFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransmittedOut;
  }

  /** Turns the use of time stamps on or off, with the space that they take. */
  useTimestamps(on: boolean): void {
    this.timestamps = on;
    this.headerLength = HEADER_LENGTH + (on ? TIMESTAMPS_LENGTH : 0);
  }

  nextIpId(): number {
    if (this.ipId === 0) this.ipId = this.namespace.nextIpId();
    else this.ipId = this.ipId === 0xffff ? 1 : this.ipId + 1;
    return this.ipId;
  }

  /**
   * Something has changed for the application. It is told when the segment in hand has been dealt with: a process
   * does not run before the kernel is done.
   */
  notify(): void {
    if (this.owned) this.wakeTimer.setExact(this.namespace.network.simulation.now);
    else if (this.busy) this.changed = true;
    else this.onChange?.();
  }

  /** A segment, or a timer, is about to be dealt with: what the application is told waits until `end`. */
  begin(): void {
    this.busy = true;
  }

  end(): void {
    this.busy = false;
    if (!this.changed) return;
    this.changed = false;
    this.notify();
  }

  /** The connection is no more (Linux `tcp_done`): out of the tables, timers stopped, queues emptied. */
  finish(): void {
    if (this.state === State.closed) return;
    this.state = State.closed;
    this.receiveShutDown = true;
    this.sendShutDown = true;
    this.release();
    if (!this.orphaned) this.notify();
  }

  /** Gives up what it holds in the namespace. */
  release(): void {
    this.retransmitTimer.destroy();
    this.ackTimer.destroy();
    this.compressedAckTimer.destroy();
    this.keepaliveTimer.destroy();
    this.pacingTimer.destroy();
    this.smallQueue.destroy();
    this.unsent.clear();
    this.sentOrder.clear();
    this.sackCursor = null;
    this.retransmitHint = null;
    this.unacknowledged.clear();
    this.namespace.tcp.remove(this);
  }

  /** Ends it with an error for the application (Linux `tcp_done_with_error`). */
  fail(errno: Errno): void {
    if (this.state === State.closed) return;
    this.error = errno;
    this.finish();
  }
}
