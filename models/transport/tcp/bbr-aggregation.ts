import type { RateSample } from './rate-sample.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Rounds after which the older of two maxima is forgotten. */
const ROUNDS = 5;
/** What a window is widened by at most: deliveries of 100 ms, microseconds. */
const TIME_MAX = 100_000;
const SEGMENTS_MAX = 2 ** 20;

/**
 * How many more segments are acknowledged at a time than the bandwidth would have it (BBR's "extra_acked"): networks
 * and receivers that save acknowledgements up would else leave the sender waiting.
 */
export class AggregationFilter {
  private epochAt = 0;
  private acked = 0;
  private rounds = 0;
  /** Largest excess of the present rounds and of those before. */
  private readonly excess: [now: number, before: number] = [0, 0];

  startEpoch(now: number): void {
    this.epochAt = now;
    this.acked = 0;
  }

  /** @param bandwidth segments per microsecond */
  update(connection: TcpConnection, sample: RateSample, roundStarts: boolean, bandwidth: number): void {
    if (sample.newlyDelivered <= 0 || sample.delivered < 0 || sample.interval <= 0) return;
    if (roundStarts && ++this.rounds >= ROUNDS) {
      this.rounds = 0;
      this.excess[1] = this.excess[0];
      this.excess[0] = 0;
    }
    const { deliveredAt } = connection.rate;
    let expected = Math.floor(bandwidth * (deliveredAt - this.epochAt));
    if (this.acked <= expected || this.acked + sample.newlyDelivered >= SEGMENTS_MAX) {
      this.startEpoch(deliveredAt);
      expected = 0;
    }
    this.acked += sample.newlyDelivered;
    const excess = Math.min(this.acked - expected, connection.congestionWindow);
    this.excess[0] = Math.max(this.excess[0], excess);
  }

  /** Segments by which the window is to be wider. */
  extra(bandwidth: number): number {
    return Math.min(Math.max(...this.excess), Math.floor(bandwidth * TIME_MAX));
  }
}
