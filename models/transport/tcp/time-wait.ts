import { ipLocalOutput } from '../../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { arrived } from './arrived-segment.ts';
import type { TcpEndpoint } from './endpoint.ts';
import { KernelTimer } from './kernel-timer.ts';
import { tcpPacket } from './output.ts';
import { after, before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';
import { TcpState } from './tcp-state.ts';
import { isOldTimestamp, noteTimestamp, type TimestampMemory } from './timestamps.ts';

/** Linux TCP_TIMEWAIT_LEN: one minute; nanoseconds. */
export const TIME_WAIT_LENGTH = 60e9;
/** A half-second between answers to nonsense. */
const ANSWER_INTERVAL = 500e6;
/** How far a new incarnation starts beyond the old one (Linux: 65535 + 2). */
const INCARNATION_GAP = 65_537;

/**
 * What is kept of a connection that this side has closed first: in TIME-WAIT, or in FIN-WAIT-2 while the peer's FIN is
 * still to come (Linux `struct tcp_timewait_sock`).
 */
export class TimeWait implements TcpEndpoint, TimestampMemory {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  hashNext: TcpEndpoint | null = null;
  state: TcpState;
  readonly receiveQueued = 0;
  readonly sendQueued = 0;
  readonly owner = '';
  recentTimestamp: number;
  recentTimestampAt: number;
  private readonly namespace: NetworkNamespace;
  private readonly timer: KernelTimer;
  private readonly sendNext: number;
  private receiveNext: number;
  private readonly receiveWindow: number;
  private readonly windowScale: number;
  private readonly timestamps: boolean;
  private readonly timestampOffset: number;
  private answeredAt = Number.NEGATIVE_INFINITY;

  constructor(connection: TcpConnection, state: typeof TcpState.finWait2 | typeof TcpState.timeWait) {
    this.namespace = connection.namespace;
    this.localAddress = connection.localAddress;
    this.localPort = connection.localPort;
    this.remoteAddress = connection.remoteAddress;
    this.remotePort = connection.remotePort;
    this.state = state;
    this.sendNext = connection.sendNext;
    this.receiveNext = connection.receive.next;
    this.receiveWindow = connection.receive.remaining;
    this.windowScale = connection.receiveWindowScale;
    this.timestamps = connection.timestamps;
    this.timestampOffset = connection.timestampOffset;
    this.recentTimestamp = connection.recentTimestamp;
    this.recentTimestampAt = connection.recentTimestampAt;
    this.timer = new KernelTimer(connection.namespace, () => this.end());
  }

  /** @param timeout nanoseconds */
  start(timeout: number): void {
    this.timer.set(timeout);
  }

  end(): void {
    this.timer.destroy();
    this.namespace.tcp.remove(this);
  }

  /** Linux `tcp_twsk_unique` with `tcp_tw_reuse`: 1 always, 2 on loopback only; the peer must use time stamps. */
  get reusable(): boolean {
    const { tcpTwReuse } = this.namespace.sysctls;
    const loopback = this.localAddress >>> 24 === 127 || this.remoteAddress >>> 24 === 127;
    if (tcpTwReuse === 0 || (tcpTwReuse === 2 && !loopback)) return false;
    return this.recentTimestampAt > 0 && this.seconds() > this.recentTimestampAt;
  }

  /** Ends it for a new connection; answers the sequence number that this must start with. */
  reuse(): number {
    this.end();
    return this.nextIncarnation();
  }

  /** Where a new incarnation must start so that old segments fall outside its window. */
  nextIncarnation(): number {
    return (this.sendNext + INCARNATION_GAP) | 0 || 1;
  }

  /** Linux `tcp_timewait_state_process`. */
  segmentArrived(): boolean {
    const old = isOldTimestamp(this, this.seconds());
    if (this.state === TcpState.finWait2) return this.inFinWait2(old);
    this.inTimeWait(old);
    return true;
  }

  icmpError(): void {}

  /** Whether the segment in hand opens a new connection (RFC 9293, 3.10.7.4; RFC 6191). */
  get isOpenedAnew(): boolean {
    const { flags, sequence } = arrived;
    if (this.state !== TcpState.timeWait) return false;
    if ((flags & (TcpFlag.syn | TcpFlag.rst | TcpFlag.ack)) !== TcpFlag.syn) return false;
    if (isOldTimestamp(this, this.seconds())) return false;
    const newer = arrived.hasTimestamps && ((this.recentTimestamp - arrived.timestamp) | 0) < 0;
    return after(sequence, this.receiveNext) || newer;
  }

  private inFinWait2(old: boolean): boolean {
    const { flags, sequence, end } = arrived;
    const windowEnd = (this.receiveNext + this.receiveWindow) | 0;
    if (old || before(end, this.receiveNext) || after(sequence, windowEnd)) {
      this.answerRarely();
      return true;
    }
    if ((flags & TcpFlag.rst) !== 0) {
      this.end();
      return true;
    }
    const synAgain = (flags & TcpFlag.syn) !== 0 && !before(sequence, this.receiveNext);
    const nothingNew = (flags & TcpFlag.ack) === 0 || !after(end, this.receiveNext) || end === sequence;
    if (nothingNew && !synAgain) return true;
    // data that nobody is left to read
    if (synAgain || (flags & TcpFlag.fin) === 0 || end !== ((this.receiveNext + 1) | 0)) {
      this.end();
      return false;
    }
    this.state = TcpState.timeWait;
    this.receiveNext = end;
    noteTimestamp(this, sequence, this.seconds());
    this.timer.set(TIME_WAIT_LENGTH);
    this.answer();
    return true;
  }

  private inTimeWait(old: boolean): void {
    const { flags, sequence, end } = arrived;
    const isReset = (flags & TcpFlag.rst) !== 0;
    if (!old && sequence === this.receiveNext && (sequence === end || isReset)) {
      if (isReset) {
        this.end();
        return;
      }
      this.timer.set(TIME_WAIT_LENGTH);
      noteTimestamp(this, sequence, this.seconds());
      return;
    }
    if (isReset) return;
    if (old || (flags & TcpFlag.ack) !== 0) this.timer.set(TIME_WAIT_LENGTH);
    this.answerRarely();
  }

  private answerRarely(): void {
    if ((arrived.flags & TcpFlag.rst) !== 0) return;
    const now = this.namespace.network.simulation.now;
    if (arrived.length === 0 && (arrived.flags & TcpFlag.fin) === 0) {
      if (now - this.answeredAt < ANSWER_INTERVAL) return;
      this.answeredAt = now;
    }
    this.answer();
  }

  /** Acknowledges, with identification 0. */
  private answer(): void {
    const segment = new TcpSegment();
    segment.sequence = this.sendNext;
    segment.acknowledgement = this.receiveNext;
    segment.flags = TcpFlag.ack;
    segment.window = Math.min(this.receiveWindow >>> this.windowScale, 65_535);
    if (this.timestamps) {
      segment.hasTimestamps = true;
      const now = Math.floor(this.namespace.network.simulation.now / 1e6);
      segment.timestamp = (now + this.timestampOffset) | 0;
      segment.timestampEcho = this.recentTimestamp;
    }
    this.send(segment);
  }

  private send(segment: TcpSegment): void {
    const decision = routeOutput(this.namespace, this.localAddress, this.remoteAddress);
    if (decision.kind === 'error' || decision.kind === 'drop') return;
    const packet = tcpPacket(
      this.namespace,
      this.localAddress,
      this.localPort,
      this.remoteAddress,
      this.remotePort,
      segment,
      0,
    );
    ipLocalOutput(this.namespace, packet, decision);
  }

  private seconds(): number {
    return Math.floor(this.namespace.network.simulation.now / 1e9);
  }
}
