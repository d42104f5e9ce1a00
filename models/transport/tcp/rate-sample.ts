import { sentAfter } from './scoreboard.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { Transmission } from './transmission.ts';

/**
 * How fast the network delivered, as the acknowledgement in hand shows (draft-cheng-iccrg-delivery-rate-estimation;
 * Linux net/ipv4/tcp_rate.c). Times in microseconds.
 */
export class RateSample {
  /** What had been delivered, and when, as the segment acknowledged last was sent; -1 for no sample. */
  priorDelivered = -1;
  priorDeliveredAt = -1;
  /** The sender had nothing to send then. */
  appLimited = false;
  isRetransmission = false;
  private lastEnd = 0;
  /** Segments delivered in `interval`; -1 when the sample is of no use. */
  delivered = -1;
  interval = -1;
  /** Segments that this acknowledgement has shown to be delivered, and lost. */
  newlyDelivered = 0;
  losses = 0;
  /** Segments in flight before it. */
  priorInFlight = 0;
  /** Round trip of the last of its segments, -1 for unknown. */
  roundTripTime = -1;
  /** One lone segment was acknowledged, maybe late. */
  maybeDelayed = false;

  begin(inFlight: number): void {
    this.priorDelivered = -1;
    this.priorDeliveredAt = -1;
    this.appLimited = false;
    this.isRetransmission = false;
    this.delivered = -1;
    this.interval = -1;
    this.newlyDelivered = 0;
    this.losses = 0;
    this.priorInFlight = inFlight;
    this.roundTripTime = -1;
    this.maybeDelayed = false;
  }

  /** A segment has been delivered (Linux `tcp_rate_skb_delivered`). */
  noteDelivered(connection: TcpConnection, item: Transmission, wasRetransmitted: boolean): void {
    if (item.deliveredAt < 0) return;
    const { rate } = connection;
    const later = sentAfter(item.sentAt, item.end, rate.firstSentAt, this.lastEnd);
    if (this.priorDelivered < 0 || later) {
      this.priorDelivered = item.delivered;
      this.priorDeliveredAt = item.deliveredAt;
      this.appLimited = item.appLimited;
      this.isRetransmission = wasRetransmitted;
      this.lastEnd = item.end;
      rate.firstSentAt = item.sentAt;
      this.interval = item.sentAt - item.firstSentAt;
    }
  }

  /** The acknowledgement has been dealt with (Linux `tcp_rate_gen`). */
  finish(connection: TcpConnection, delivered: number, lost: number): void {
    const { rate, now } = connection;
    if (rate.appLimitedUntil > 0 && connection.delivered > rate.appLimitedUntil) rate.appLimitedUntil = 0;
    if (delivered > 0) rate.deliveredAt = now;
    this.newlyDelivered = delivered;
    this.losses = lost;
    if (this.priorDeliveredAt < 0) {
      this.interval = -1;
      return;
    }
    this.delivered = connection.delivered - this.priorDelivered;
    // sending and acknowledging may each be slower than the other for a while
    this.interval = Math.max(this.interval, now - this.priorDeliveredAt);
    if (this.interval < connection.rtt.minimum) {
      this.interval = -1;
      return;
    }
    if (!this.appLimited || this.delivered * rate.interval >= rate.delivered * this.interval) {
      rate.delivered = this.delivered;
      rate.interval = this.interval;
      rate.appLimited = this.appLimited;
    }
  }
}

/** That of the acknowledgement in hand. */
export const rateSample = new RateSample();

/** What a connection remembers between samples. */
export class RateState {
  /** When the first segment of the present flight was sent, and when something was delivered last. */
  firstSentAt = 0;
  deliveredAt = 0;
  /** The last sample that says something about the path: segments in microseconds. */
  delivered = 0;
  interval = 0;
  appLimited = false;
  /** Samples up to this count of deliveries come from a sender that had nothing to send; 0 for none. */
  appLimitedUntil = 0;
}

/** A segment is about to be sent (Linux `tcp_rate_skb_sent`); `sentAt` is set. */
export function noteRateSent(connection: TcpConnection, item: Transmission): void {
  const { rate } = connection;
  if (connection.packetsOut === 0) {
    rate.firstSentAt = item.sentAt;
    rate.deliveredAt = item.sentAt;
  }
  item.firstSentAt = rate.firstSentAt;
  item.deliveredAt = rate.deliveredAt;
  item.delivered = connection.delivered;
  item.appLimited = rate.appLimitedUntil > 0;
}

/** The application writes only now: is it what holds the connection back? (Linux `tcp_rate_check_app_limited`) */
export function checkAppLimited(connection: TcpConnection): void {
  const unsent = (connection.writeSequence - connection.sendNext) | 0;
  const idle =
    unsent < connection.mss &&
    connection.smallQueue.bytes === 0 &&
    connection.inFlight < connection.congestionWindow &&
    connection.lostOut <= connection.retransmittedOut;
  if (idle) connection.rate.appLimitedUntil = Math.max(connection.delivered + connection.inFlight, 1);
}
