import { AckPending } from './ack-state.ts';
import { sendAckFor } from './acknowledge.ts';
import { type CongestionControl, CongestionState } from './congestion-control.ts';
import { reno } from './reno.ts';
import { before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Alpha, the share of segments that were marked, out of 1024. */
const ALPHA_MAX = 1024;
/** Weight of a round trip in the average: 1/16 (`dctcp_shift_g`). */
const WEIGHT_SHIFT = 4;

/**
 * Data Center TCP (RFC 8257; Linux net/ipv4/tcp_dctcp.c): the window falls by as much as there is congestion, which the
 * share of segments marked by the network tells. Without ECN it is Reno.
 */
export class Dctcp implements CongestionControl {
  readonly name = 'dctcp';
  readonly needsEcn = true;
  private alpha = ALPHA_MAX;
  private roundEnd = 0;
  private delivered = 0;
  private deliveredMarked = 0;
  private windowAtLoss = 0;
  // --- as a receiver
  private marked = false;
  /** RCV.NXT when the last segment came. */
  private priorNext = 0;

  established(connection: TcpConnection): void {
    this.priorNext = connection.receive.next;
    this.startRound(connection);
  }

  thresholdAfterLoss(connection: TcpConnection): number {
    const { congestionWindow: window, ecn } = connection;
    if (!ecn.on) return reno.thresholdAfterLoss(connection);
    this.windowAtLoss = window;
    return Math.max(window - Math.floor((window * this.alpha) / (2 * ALPHA_MAX)), 2);
  }

  avoidCongestion(connection: TcpConnection, acked: number): void {
    reno.avoidCongestion(connection, acked);
  }

  windowAfterUndo(connection: TcpConnection): number {
    if (!connection.ecn.on) return reno.windowAfterUndo(connection);
    return Math.max(connection.congestionWindow, this.windowAtLoss);
  }

  /** Once in a round trip the average is brought up to date. */
  acknowledgementArrived(connection: TcpConnection): void {
    if (!connection.ecn.on || before(connection.sendUnacknowledged, this.roundEnd)) return;
    const delivered = connection.delivered - this.delivered;
    const marked = connection.ecn.deliveredMarked - this.deliveredMarked;
    // what is too small to fall by a sixteenth falls to nothing
    this.alpha -= this.alpha >> WEIGHT_SHIFT || this.alpha;
    if (marked > 0) {
      const share = Math.floor((marked * 2 ** (10 - WEIGHT_SHIFT)) / Math.max(1, delivered));
      this.alpha = Math.min(this.alpha + share, ALPHA_MAX);
    }
    this.startRound(connection);
  }

  /** Real losses halve the window as ever. */
  stateChanged(connection: TcpConnection, state: CongestionState): void {
    const entersRecovery =
      state === CongestionState.recovery && connection.congestionState !== CongestionState.recovery;
    if (entersRecovery) this.halve(connection);
  }

  timedOut(connection: TcpConnection): void {
    this.halve(connection);
  }

  /**
   * Acknowledgements tell exactly which segments were marked: one that is owed for others goes out before the mark
   * changes (RFC 8257, 3.2).
   */
  markReceived(connection: TcpConnection, marked: boolean): void {
    const { ack, ecn } = connection;
    if (this.marked !== marked) {
      if ((ack.pending & AckPending.timer) !== 0) {
        ecn.echo = this.marked;
        sendAckFor(connection, this.priorNext);
      }
      ack.pending |= AckPending.now;
    }
    this.priorNext = connection.receive.next;
    this.marked = marked;
    ecn.echo = marked;
  }

  describe({ ecn }: TcpConnection): string[] {
    if (!ecn.on) return ['dctcp:fallback_mode'];
    return [`dctcp:(ce_state:${Number(this.marked)},alpha:${this.alpha},ab_ecn:0,ab_tot:0)`];
  }

  private halve(connection: TcpConnection): void {
    if (!connection.ecn.on) return;
    this.windowAtLoss = connection.congestionWindow;
    connection.slowStartThreshold = Math.max(connection.congestionWindow >> 1, 2);
  }

  private startRound(connection: TcpConnection): void {
    this.roundEnd = connection.sendNext;
    this.delivered = connection.delivered;
    this.deliveredMarked = connection.ecn.deliveredMarked;
  }
}
