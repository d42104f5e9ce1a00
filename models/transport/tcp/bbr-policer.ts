import type { RateSample } from './rate-sample.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** An interval has at least so many rounds, at most four times as many. */
const ROUNDS_MIN = 4;
/** Share of what was delivered that is lost where a policer is at work: 50 of 256. */
const LOSS_MIN = 50 / 256;
/** Two intervals agree when their bandwidths differ by no more than an eighth, or than 4 kbit/s. */
const RATIO = 1 / 8;
const BYTES_PER_SECOND = 4000 / 8;
/** Rounds for which the policer's rate is kept to. */
const ROUNDS_MAX = 48;

/** Finds out token-bucket policers, which let bursts through and then drop what exceeds their rate (BBR's "lt_bw"). */
export class PolicerDetector {
  /** Segments per microsecond, 0 for unknown. */
  bandwidth = 0;
  isActive = false;
  private sampling = false;
  private rounds = 0;
  private since = 0;
  private delivered = 0;
  private lost = 0;

  reset(connection: TcpConnection): void {
    this.bandwidth = 0;
    this.isActive = false;
    this.sampling = false;
    this.startInterval(connection);
  }

  /** @returns whether its rate has been kept to for long enough: the cycle begins anew */
  update(connection: TcpConnection, sample: RateSample, roundStarts: boolean, probing: boolean): boolean {
    if (this.isActive) {
      if (!probing || !roundStarts || ++this.rounds < ROUNDS_MAX) return false;
      this.reset(connection);
      return true;
    }
    this.sample(connection, sample.losses, sample.appLimited, roundStarts);
    return false;
  }

  lossAtTimeout(connection: TcpConnection): void {
    if (!this.isActive) this.sample(connection, 1, false, true);
  }

  private sample(connection: TcpConnection, losses: number, appLimited: boolean, roundStarts: boolean): void {
    if (!this.sampling) {
      // until the first loss the bucket still has tokens
      if (losses === 0) return;
      this.startInterval(connection);
      this.sampling = true;
    }
    if (appLimited) {
      this.reset(connection);
      return;
    }
    if (roundStarts) this.rounds++;
    if (this.rounds < ROUNDS_MIN) return;
    if (this.rounds > 4 * ROUNDS_MIN) this.reset(connection);
    // an interval ends with a loss, when the bucket is empty
    else if (losses > 0) this.endInterval(connection);
  }

  private endInterval(connection: TcpConnection): void {
    const lost = connection.lost - this.lost;
    const delivered = connection.delivered - this.delivered;
    if (delivered === 0 || lost < LOSS_MIN * delivered) return;
    const milliseconds = Math.floor(connection.rate.deliveredAt / 1000) - this.since;
    if (milliseconds < 1) return;
    const bandwidth = delivered / (milliseconds * 1000);
    const difference = Math.abs(bandwidth - this.bandwidth);
    const agree =
      difference <= RATIO * this.bandwidth || difference * connection.mss * 1e6 <= BYTES_PER_SECOND;
    if (this.bandwidth > 0 && agree) {
      this.bandwidth = (bandwidth + this.bandwidth) / 2;
      this.isActive = true;
      this.rounds = 0;
      return;
    }
    this.bandwidth = bandwidth;
    this.startInterval(connection);
  }

  private startInterval(connection: TcpConnection): void {
    this.since = Math.floor(connection.rate.deliveredAt / 1000);
    this.delivered = connection.delivered;
    this.lost = connection.lost;
    this.rounds = 0;
  }
}
