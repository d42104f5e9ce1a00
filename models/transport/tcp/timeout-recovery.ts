import { outcome } from './ack-outcome.ts';
import { CongestionState } from './congestion-control.ts';
import { queueReductionNotice } from './ecn.ts';
import { untilOverdue } from './loss-detection.ts';
import { addDuplicates, currentThreshold, Resend, setState } from './recovery.ts';
import { markLost } from './scoreboard.ts';
import { after, before } from './sequence.ts';
import { REORDERING, type TcpConnection } from './tcp-connection.ts';
import { Mark } from './transmission.ts';
import { prepareUndo, undoAfterRecovery, undoTimeout } from './undo.ts';

/** The retransmission timer has fired: all that is out is lost, as far as can be told (Linux `tcp_enter_loss`). */
export function enterLoss(connection: TcpConnection): void {
  const { congestionState: state } = connection;
  const recovers = state >= CongestionState.recovery;
  const fresh =
    state <= CongestionState.disorder ||
    !after(connection.highSequence, connection.sendUnacknowledged) ||
    (state === CongestionState.loss && connection.retransmits === 0);
  markAllLost(connection);
  if (fresh) {
    connection.priorThreshold = currentThreshold(connection);
    connection.priorWindow = connection.congestionWindow;
    connection.slowStartThreshold = connection.congestionControl.thresholdAfterLoss(connection);
    connection.congestionControl.timedOut?.(connection);
    prepareUndo(connection);
  }
  connection.congestionWindow = connection.inFlight + 1;
  connection.windowCredit = 0;
  connection.windowUsedAt = connection.now;
  if (state <= CongestionState.disorder && connection.sackedOut >= REORDERING) {
    connection.reordering = Math.min(connection.reordering, REORDERING);
  }
  setState(connection, CongestionState.loss);
  connection.highSequence = connection.sendNext;
  connection.probe.isOut = false;
  queueReductionNotice(connection);
  const { tcpFrto } = connection.namespace.sysctls;
  connection.frto = tcpFrto !== 0 && (!recovers || connection.retransmits > 0);
}

/** Linux `tcp_timeout_mark_lost`. */
function markAllLost(connection: TcpConnection): void {
  const { first } = connection.unacknowledged;
  if (first === null) return;
  // a peer that forgets what it has reported (RFC 2018, 8)
  const forgotten = (first.marks & Mark.sacked) !== 0;
  if (forgotten || !connection.sack) connection.sackedOut = 0;
  for (let item: typeof first | null = first; item !== null; item = item.next) {
    if (forgotten) item.marks &= ~Mark.sacked;
    // sent less than a round trip ago: it may still arrive
    else if (item !== first && connection.sack && untilOverdue(connection, item, 0) > 0) continue;
    markLost(connection, item);
  }
  connection.retransmitHint = null;
}

/**
 * An acknowledgement after a time-out (Linux `tcp_process_loss`). What was never sent again and still arrives shows
 * that the time-out was for nothing (F-RTO, RFC 5682, 3.1).
 */
export function processLoss(connection: TcpConnection, duplicates: number): Resend {
  const recovered = !before(connection.sendUnacknowledged, connection.highSequence);
  if (outcome.advanced && undoTimeout(connection, false)) return Resend.nothing;
  if (connection.frto) {
    if (outcome.originalArrived && undoTimeout(connection, true)) return Resend.nothing;
    if (tryNewData(connection, recovered, duplicates)) return Resend.new;
  }
  if (recovered) {
    undoAfterRecovery(connection);
    return Resend.nothing;
  }
  if (!connection.sack) {
    if (after(connection.sendNext, connection.highSequence) && duplicates > 0) {
      addDuplicates(connection, duplicates);
    } else if (outcome.advanced) connection.sackedOut = 0;
  }
  return Resend.lost;
}

/** Steps 2 and 3 of F-RTO; answers whether new data are to be sent before anything else is sent again. */
function tryNewData(connection: TcpConnection, recovered: boolean, duplicates: number): boolean {
  if (after(connection.sendNext, connection.highSequence)) {
    // 3a: the loss is real
    if (outcome.sacked || duplicates > 0) connection.frto = false;
    return false;
  }
  if (!outcome.advanced || recovered) return false;
  connection.highSequence = connection.sendNext;
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  if (connection.unsent.first !== null && after(windowEnd, connection.sendNext)) return true;
  connection.frto = false;
  return false;
}
