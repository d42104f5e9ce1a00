import { after } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Below this window slow start goes on whatever happens. */
const WINDOW_MIN = 16;
/** Acknowledgements closer than this belong to one train, microseconds. */
const TRAIN_GAP = 2000;
/** Round trips that are measured in a round before its shortest counts. */
const SAMPLES_MIN = 8;
/** A queue has built up when the round trip has grown by an eighth, but at least and at most so much, microseconds. */
const DELAY_MIN = 4000;
const DELAY_MAX = 16_000;
/** Largest burst (sk_gso_max_size). */
const BURST_BYTES = 65_536;

/**
 * Hybrid slow start (Ha and Rhee 2011; Linux `hystart_update`): it ends slow start before the queue overflows, when a
 * train of acknowledgements has become as long as half a round trip or when round trips have become longer.
 */
export class HyStart {
  /** Shortest round trip, microseconds; 0 before the first. */
  leastDelay = 0;
  private found = false;
  private roundStart = 0;
  private roundEnd = 0;
  private lastAck = 0;
  private shortest = 0;
  private samples = 0;

  reset(): void {
    this.leastDelay = 0;
    this.found = false;
  }

  /** A round ends when what is sent now is acknowledged. */
  startRound(connection: TcpConnection): void {
    this.roundStart = connection.now;
    this.lastAck = connection.now;
    this.roundEnd = connection.sendNext;
    this.shortest = Number.POSITIVE_INFINITY;
    this.samples = 0;
  }

  /** @param delay microseconds of the latest round trip */
  measured(connection: TcpConnection, delay: number): void {
    if (this.leastDelay === 0 || this.leastDelay > delay) this.leastDelay = delay;
    if (this.found || !connection.inSlowStart || connection.congestionWindow < WINDOW_MIN) return;
    if (after(connection.sendUnacknowledged, this.roundEnd)) this.startRound(connection);
    if (this.isLongTrain(connection) || this.isDelayed(delay)) {
      this.found = true;
      connection.slowStartThreshold = connection.congestionWindow;
    }
  }

  private isLongTrain(connection: TcpConnection): boolean {
    const { now } = connection;
    if (now - this.lastAck > TRAIN_GAP) return false;
    this.lastAck = now;
    const limit = this.leastDelay + burstDelay(connection);
    // paced segments may take half a round trip longer
    return now - this.roundStart > (connection.isPaced ? limit : limit >> 1);
  }

  private isDelayed(delay: number): boolean {
    this.shortest = Math.min(this.shortest, delay);
    if (this.samples < SAMPLES_MIN) {
      this.samples++;
      return false;
    }
    const margin = Math.min(Math.max(this.leastDelay >> 3, DELAY_MIN), DELAY_MAX);
    return this.shortest > this.leastDelay + margin;
  }
}

/** How long four of the largest bursts take at the present rate, at most a millisecond (Linux `hystart_ack_delay`). */
function burstDelay({ pacingRate }: TcpConnection): number {
  return Math.floor(Math.min(1000, (BURST_BYTES * 4 * 1e6) / pacingRate));
}
