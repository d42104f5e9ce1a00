import { arrived } from './arrived-segment.ts';
import { CongestionState } from './congestion-control.ts';
import { noteReordering } from './loss-detection.ts';
import { PATIENT_RECOVERIES } from './rack.ts';
import { setState, tryKeepOpen } from './recovery.ts';
import { unmarkLost } from './scoreboard.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { Mark } from './transmission.ts';

/**
 * Taking back what was done about a loss that turns out to have been none: the acknowledgement's time stamp is older
 * than the retransmission (Eifel, RFC 3522), or every retransmission was reported as a duplicate (RFC 2883, 3708).
 */

/** A window is about to be reduced: what it takes to undo that is noted (Linux `tcp_init_undo`). */
export function prepareUndo(connection: TcpConnection): void {
  connection.undoMarker = connection.sendUnacknowledged;
  const out = connection.retransmittedOut + (connection.probe.isRetransmission ? 1 : 0);
  // 0 would say that all retransmissions were needless
  connection.undoRetransmissions = out || -1;
}

/** Linux `tcp_may_undo`. */
function mayUndo(connection: TcpConnection): boolean {
  if (connection.undoMarker === null) return false;
  return connection.undoRetransmissions === 0 || wasOnlyLate(connection);
}

/** What was acknowledged was sent before anything was sent again (Linux `tcp_packet_delayed`). */
function wasOnlyLate(connection: TcpConnection): boolean {
  const { retransmittingSince } = connection;
  if (retransmittingSince < 0) return true;
  if (!arrived.hasTimestamps || arrived.timestampEcho === 0) return false;
  const since = (Math.floor(retransmittingSince / 1e6) + connection.timestampOffset) | 0;
  return ((arrived.timestampEcho - since) | 0) < 0;
}

/** Linux `tcp_undo_cwnd_reduction`. */
function undoReduction(connection: TcpConnection, unmark: boolean): void {
  if (unmark) unmarkLost(connection);
  if (connection.priorThreshold > 0) {
    connection.congestionWindow = connection.congestionControl.windowAfterUndo(connection);
    if (connection.priorThreshold > connection.slowStartThreshold) {
      connection.slowStartThreshold = connection.priorThreshold;
      connection.ecn.reductionPending = false;
    }
  }
  connection.windowUsedAt = connection.now;
  connection.undoMarker = null;
  connection.rack.advanced = true;
}

/**
 * Recovery, or what a time-out began, is over.
 * @returns whether its state is to be kept for the sake of duplicates that may still come
 */
export function undoAfterRecovery(connection: TcpConnection): boolean {
  if (mayUndo(connection)) undoReduction(connection, false);
  if (mustStay(connection)) return true;
  setState(connection, CongestionState.open);
  return false;
}

/** Without SACK, duplicates still on their way must not look like a new loss (RFC 6582, 3.2). */
function mustStay(connection: TcpConnection): boolean {
  if (connection.sack || connection.sendUnacknowledged !== connection.highSequence) return false;
  if (!anyRetransmitted(connection)) connection.retransmittingSince = -1;
  return true;
}

/** Linux `tcp_any_retrans_done`. */
export function anyRetransmitted({ retransmittedOut, unacknowledged }: TcpConnection): boolean {
  if (retransmittedOut > 0) return true;
  const { first } = unacknowledged;
  return first !== null && (first.marks & Mark.everRetransmitted) !== 0;
}

/**
 * An acknowledgement in recovery covers part of it (Linux `tcp_try_undo_partial`).
 * @param previous what was acknowledged before
 * @returns whether no more is to be taken for lost
 */
export function undoPartially(connection: TcpConnection, previous: number): boolean {
  if (connection.undoMarker === null || !wasOnlyLate(connection)) return false;
  noteReordering(connection, previous);
  if (connection.retransmittedOut > 0) return true;
  if (!anyRetransmitted(connection)) connection.retransmittingSince = -1;
  undoReduction(connection, true);
  tryKeepOpen(connection);
  return false;
}

/** Every retransmission was needless (Linux `tcp_try_undo_dsack`). */
export function undoByDuplicates(connection: TcpConnection): boolean {
  if (connection.undoMarker === null || connection.undoRetransmissions !== 0) return false;
  const { rack } = connection;
  rack.windowPersists = Math.min(PATIENT_RECOVERIES, rack.windowPersists + 1);
  undoReduction(connection, false);
  return true;
}

/** The time-out was for nothing (Linux `tcp_try_undo_loss`). @param spurious F-RTO has shown it */
export function undoTimeout(connection: TcpConnection, spurious: boolean): boolean {
  if (!spurious && !mayUndo(connection)) return false;
  undoReduction(connection, true);
  connection.retransmits = 0;
  if (mustStay(connection)) return true;
  if (spurious || connection.sack) setState(connection, CongestionState.open);
  return true;
}
