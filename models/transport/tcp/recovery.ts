import { outcome } from './ack-outcome.ts';
import { CongestionState } from './congestion-control.ts';
import { queueReductionNotice } from './ecn.ts';
import { identifyLoss, noteReorderingDegree } from './loss-detection.ts';
import { before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { processLoss } from './timeout-recovery.ts';
import { anyRetransmitted, prepareUndo, undoAfterRecovery, undoByDuplicates, undoPartially } from './undo.ts';

/** Recovery from losses and other signs of congestion (RFC 5681, 6675, 6937, 8985). */

/** What is to be sent when an acknowledgement has been dealt with (Linux REXMIT_*). */
export const Resend = { nothing: 0, lost: 1, new: 2 } as const;
export type Resend = (typeof Resend)[keyof typeof Resend];

/**
 * An acknowledgement that is not plain progress, or one while not all is well (Linux `tcp_fastretrans_alert`).
 * @param previous what was acknowledged before
 * @param duplicates 1 for a duplicate acknowledgement
 */
export function alertRecovery(connection: TcpConnection, previous: number, duplicates: number): Resend {
  if (connection.packetsOut === 0) connection.sackedOut = 0;
  // a mark of the network is no mistake that could be undone
  if (outcome.congestionEcho) connection.priorThreshold = 0;
  if (connection.congestionState === CongestionState.open) connection.retransmittingSince = -1;
  else if (!before(connection.sendUnacknowledged, connection.highSequence)) {
    if (leaveTrouble(connection)) return Resend.nothing;
  }
  switch (connection.congestionState) {
    case CongestionState.recovery:
      return inRecovery(connection, previous, duplicates);
    case CongestionState.loss: {
      const resend = processLoss(connection, duplicates);
      identifyLoss(connection);
      const state = connection.congestionState as CongestionState;
      if (state !== CongestionState.open && !outcome.lostRetransmission) return resend;
      return detectTrouble(connection, duplicates, resend);
    }
    default:
      return detectTrouble(connection, duplicates, Resend.nothing);
  }
}

/** Everything sent before the trouble has been acknowledged; answers whether that is all there is to do. */
function leaveTrouble(connection: TcpConnection): boolean {
  switch (connection.congestionState) {
    case CongestionState.cwr:
      // what follows the reduction must be acknowledged, too: it bore the notice
      if (connection.sendUnacknowledged !== connection.highSequence) {
        endReduction(connection);
        setState(connection, CongestionState.open);
      }
      return false;
    case CongestionState.recovery:
      if (!connection.sack) connection.sackedOut = 0;
      if (undoAfterRecovery(connection)) return true;
      endReduction(connection);
      return false;
    default:
      return false;
  }
}

function inRecovery(connection: TcpConnection, previous: number, duplicates: number): Resend {
  if (!outcome.advanced) {
    if (!connection.sack) addDuplicates(connection, duplicates);
  } else if (undoPartially(connection, previous)) return Resend.nothing;
  if (undoByDuplicates(connection)) tryToOpen(connection);
  identifyLoss(connection);
  if (connection.congestionState !== CongestionState.recovery) {
    if (connection.lostOut === 0) return Resend.nothing;
    enterRecovery(connection);
  }
  return Resend.lost;
}

function detectTrouble(connection: TcpConnection, duplicates: number, resend: Resend): Resend {
  if (!connection.sack) {
    if (outcome.advanced) connection.sackedOut = 0;
    addDuplicates(connection, duplicates);
  }
  if (connection.congestionState <= CongestionState.disorder) undoByDuplicates(connection);
  identifyLoss(connection);
  if (connection.lostOut === 0) {
    tryToOpen(connection);
    return resend;
  }
  enterRecovery(connection);
  return Resend.lost;
}

/** Without SACK each duplicate acknowledgement stands for a segment received (NewReno; Linux `tcp_add_reno_sack`). */
export function addDuplicates(connection: TcpConnection, duplicates: number): void {
  if (duplicates === 0) return;
  const before = connection.sackedOut;
  connection.sackedOut += duplicates;
  checkReordering(connection, 0);
  connection.delivered += Math.max(0, connection.sackedOut - before);
}

/** There are more duplicates than segments that can have caused them (Linux `tcp_check_reno_reordering`). */
export function checkReordering(connection: TcpConnection, acked: number): void {
  const holes = Math.min(Math.max(connection.lostOut, 1), connection.packetsOut);
  if (connection.sackedOut + holes <= connection.packetsOut) return;
  connection.sackedOut = connection.packetsOut - holes;
  noteReorderingDegree(connection, connection.packetsOut + acked);
}

/** Nothing is lost for all that is known (Linux `tcp_try_to_open`). */
function tryToOpen(connection: TcpConnection): void {
  if (!anyRetransmitted(connection)) connection.retransmittingSince = -1;
  if (outcome.congestionEcho) enterReduction(connection);
  if (connection.congestionState !== CongestionState.cwr) tryKeepOpen(connection);
}

/** Linux `tcp_try_keep_open`. */
export function tryKeepOpen(connection: TcpConnection): void {
  const disorder = connection.sackedOut + connection.lostOut > 0 || anyRetransmitted(connection);
  const state = disorder ? CongestionState.disorder : CongestionState.open;
  if (connection.congestionState === state) return;
  setState(connection, state);
  connection.highSequence = connection.sendNext;
}

/** Linux `tcp_enter_recovery`. */
export function enterRecovery(connection: TcpConnection): void {
  connection.priorThreshold = 0;
  prepareUndo(connection);
  if (!connection.inReduction) {
    if (!outcome.congestionEcho) connection.priorThreshold = currentThreshold(connection);
    startReduction(connection);
  }
  setState(connection, CongestionState.recovery);
}

/** The network has marked a segment, or a queue of this host is full (Linux `tcp_enter_cwr`). */
export function enterReduction(connection: TcpConnection): void {
  connection.priorThreshold = 0;
  if (connection.congestionState >= CongestionState.cwr) return;
  connection.undoMarker = null;
  startReduction(connection);
  setState(connection, CongestionState.cwr);
}

/** Linux `tcp_current_ssthresh`. */
export function currentThreshold(connection: TcpConnection): number {
  const { congestionWindow: window, slowStartThreshold: threshold } = connection;
  return connection.inReduction ? threshold : Math.max(threshold, (window >> 1) + (window >> 2));
}

/** Linux `tcp_init_cwnd_reduction`. */
export function startReduction(connection: TcpConnection): void {
  connection.highSequence = connection.sendNext;
  connection.probe.isOut = false;
  connection.windowCredit = 0;
  connection.priorWindow = connection.congestionWindow;
  connection.prrDelivered = 0;
  connection.prrOut = 0;
  connection.slowStartThreshold = connection.congestionControl.thresholdAfterLoss(connection);
  queueReductionNotice(connection);
}

/** Proportional rate reduction (RFC 6937; Linux `tcp_cwnd_reduction`). */
export function reduceWindow(
  connection: TcpConnection,
  delivered: number,
  newlyLost: number,
  advanced: boolean,
): void {
  if (delivered <= 0 || connection.priorWindow === 0) return;
  const { slowStartThreshold: threshold, priorWindow, inFlight } = connection;
  const missing = threshold - inFlight;
  connection.prrDelivered += delivered;
  let count: number;
  if (missing < 0) {
    count =
      Math.floor((threshold * connection.prrDelivered + priorWindow - 1) / priorWindow) - connection.prrOut;
  } else {
    count = Math.max(connection.prrDelivered - connection.prrOut, delivered);
    if (advanced && newlyLost === 0) count++;
    count = Math.min(missing, count);
  }
  // the first retransmission always goes out
  count = Math.max(count, connection.prrOut > 0 ? 0 : 1);
  connection.congestionWindow = inFlight + count;
}

/** Linux `tcp_end_cwnd_reduction`. */
export function endReduction(connection: TcpConnection): void {
  if (connection.congestionControl.controlRate !== undefined) return;
  if (connection.slowStartThreshold === Number.POSITIVE_INFINITY) return;
  if (connection.congestionState !== CongestionState.cwr && connection.undoMarker === null) return;
  connection.congestionWindow = Math.max(connection.slowStartThreshold, 1);
  connection.windowUsedAt = connection.now;
}

export function setState(connection: TcpConnection, state: CongestionState): void {
  connection.congestionControl.stateChanged?.(connection, state);
  connection.congestionState = state;
}
