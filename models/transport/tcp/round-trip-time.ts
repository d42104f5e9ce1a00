import { JIFFY } from '../../netns/time/jiffies.ts';
import { after } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { WindowedMinimum } from './windowed-extreme.ts';

/** Before anything was measured: one second (RFC 6298, 2.1). Jiffies. */
export const INITIAL_RTO = 1e9 / JIFFY;
/** Linux TCP_RTO_MAX: two minutes. Jiffies. */
export const RTO_MAX = 120e9 / JIFFY;

const JIFFY_MICROSECONDS = JIFFY / 1000;
/** Linux `tcp_min_rtt_wlen`, microseconds. */
const MINIMUM_WINDOW = 300e6;

/** Smoothed round-trip time and retransmission time-out of a connection (RFC 6298; Linux `tcp_rtt_estimator`). */
export class RoundTripTime {
  /** Eight times the smoothed value, microseconds; 0 before the first sample. */
  smoothed = 0;
  /** Four times the mean deviation. */
  deviation = 0;
  private deviationMax = 0;
  variation = 0;
  private sequence = 0;
  private readonly shortest = new WindowedMinimum(MINIMUM_WINDOW);
  /** Retransmission time-out, jiffies. */
  timeout = INITIAL_RTO;

  /** The shortest of the last five minutes, microseconds; infinity before the first. */
  get minimum(): number {
    return this.shortest.value;
  }

  /** @param sample microseconds of the last segment acknowledged (Linux `tcp_update_rtt_min`) */
  noteMinimum(connection: TcpConnection, sample: number): void {
    this.shortest.add(Math.max(sample, 1), connection.now);
  }

  /** Mean deviation, microseconds, as `ss` shows it (rttvar). */
  get meanDeviation(): number {
    return this.deviation / 4;
  }

  /** @param sample microseconds */
  add(connection: TcpConnection, sample: number): void {
    const minimumTimeout = connection.namespace.sysctls.tcpRtoMin;
    if (this.smoothed === 0) {
      this.smoothed = Math.max(1, sample * 8);
      this.deviation = sample * 2;
      this.variation = Math.max(this.deviation, minimumTimeout);
      this.deviationMax = this.variation;
      this.sequence = connection.sendNext;
    } else this.smooth(connection, sample, minimumTimeout);
    this.setTimeout();
  }

  private smooth(connection: TcpConnection, sample: number, minimumTimeout: number): void {
    let error = sample - (this.smoothed >> 3);
    this.smoothed = Math.max(1, this.smoothed + error);
    if (error < 0) {
      error = -error - (this.deviation >> 2);
      // falling fast is no reason for a longer time-out
      if (error > 0) error >>= 3;
    } else error -= this.deviation >> 2;
    this.deviation += error;
    if (this.deviation > this.deviationMax) {
      this.deviationMax = this.deviation;
      if (this.deviationMax > this.variation) this.variation = this.deviationMax;
    }
    if (after(connection.sendUnacknowledged, this.sequence)) {
      if (this.deviationMax < this.variation) this.variation -= (this.variation - this.deviationMax) >> 2;
      this.sequence = connection.sendNext;
      this.deviationMax = minimumTimeout;
    }
  }

  /** Linux `tcp_set_rto`. */
  setTimeout(): void {
    if (this.smoothed === 0) {
      this.timeout = INITIAL_RTO;
      return;
    }
    const microseconds = (this.smoothed >> 3) + this.variation;
    this.timeout = Math.min(Math.ceil(microseconds / JIFFY_MICROSECONDS), RTO_MAX);
  }
}
