import { CongestionState } from './congestion-control.ts';
import { transmit } from './output.ts';
import { isPacedNow } from './pacing.ts';
import { currentMss } from './path-mtu-discovery.ts';
import { setState } from './recovery.ts';
import { dataLength, markLost, recount, splitUnacknowledged } from './scoreboard.ts';
import { burstLimit, sendQueued } from './send.ts';
import { before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { armRetransmission, TimerPurpose } from './timeouts.ts';
import { Mark, type Transmission } from './transmission.ts';

/** Sends again what is marked lost, as far as the window allows (Linux `tcp_xmit_retransmit_queue`). */
export function retransmitLost(connection: TcpConnection): void {
  const { unacknowledged } = connection;
  const burst = burstLimit(connection, connection.mss);
  let rearm = false;
  let passedOver = false;
  for (let item = connection.retransmitHint ?? unacknowledged.first; item !== null; item = item.next) {
    if (isPacedNow(connection)) break;
    if (!passedOver) connection.retransmitHint = item;
    const room = connection.congestionWindow - connection.inFlight;
    if (room <= 0 || connection.retransmittedOut >= connection.lostOut) break;
    const { marks } = item;
    if ((marks & Mark.lost) === 0) {
      if ((marks & (Mark.sacked | Mark.retransmitted)) === 0) passedOver = true;
      continue;
    }
    if ((marks & (Mark.sacked | Mark.retransmitted)) !== 0) continue;
    if (connection.smallQueue.holdsBack(item, 1)) break;
    if (!retransmit(connection, item, Math.min(room, burst))) break;
    if (connection.inReduction) connection.prrOut += item.segments;
    if (item === unacknowledged.first && connection.timerPurpose !== TimerPurpose.reordering) rearm = true;
  }
  if (rearm) armRetransmission(connection);
}

/** What held the connection back is over: a queue of this host, or the pace (Linux `tcp_tsq_write`). */
export function continueSending(connection: TcpConnection): void {
  const { state } = connection;
  if (state === TcpState.closed || state === TcpState.timeWait) return;
  if (connection.lostOut > connection.retransmittedOut) retransmitLost(connection);
  sendQueued(connection);
}

/**
 * Sends one transmission again, at most `segments` of it (Linux `tcp_retransmit_skb`).
 * @returns false when that is not possible now
 */
export function retransmit(connection: TcpConnection, item: Transmission, segments: number): boolean {
  if (!resend(connection, item, segments)) return false;
  if ((item.marks & Mark.retransmitted) === 0) {
    item.marks |= Mark.retransmitted;
    connection.retransmittedOut += item.segments;
  }
  if (connection.retransmittingSince < 0) {
    connection.retransmittingSince = connection.namespace.network.simulation.now;
  }
  connection.undoRetransmissions = Math.max(0, connection.undoRetransmissions) + item.segments;
  return true;
}

/** The same without counting it as a retransmission that is out (Linux `__tcp_retransmit_skb`). */
export function resend(connection: TcpConnection, item: Transmission, segments: number): boolean {
  if (connection.smallQueue.holds(item)) return false;
  const { sendUnacknowledged, sendWindow } = connection;
  if (before(item.sequence, sendUnacknowledged)) {
    trimAcknowledged(connection, item);
  }
  const mss = currentMss(connection);
  const room = distance(item.sequence, (sendUnacknowledged + sendWindow) | 0);
  // a window that has been taken back is only probed
  if (room <= 0 && item.sequence !== sendUnacknowledged) return false;
  const most = room <= 0 ? mss : Math.min(segments * mss, Math.max(room, 1));
  if (dataLength(item) > most) splitUnacknowledged(connection, item, most, mss);
  else recount(connection, item, mss);
  transmit(connection, item, true);
  item.marks |= Mark.everRetransmitted;
  connection.totalRetransmissions += item.segments;
  connection.counters.bytesRetransmitted += dataLength(item);
  connection.observer?.retransmitted(item.segments);
  return true;
}

/** Takes away the front of a transmission that has been acknowledged. */
export function trimAcknowledged(connection: TcpConnection, item: Transmission): void {
  const length = distance(item.sequence, connection.sendUnacknowledged);
  item.sequence = connection.sendUnacknowledged;
  connection.sendMemory -= length;
  item.dataOffset += length;
  if (item.segments > 1) recount(connection, item, item.segmentSize);
}

/**
 * The path has become narrower: what is out and too long is sent again in shorter segments, with no blame on the
 * network (Linux `tcp_simple_retransmit`).
 */
export function retransmitTooLong(connection: TcpConnection): void {
  const mss = currentMss(connection);
  for (let item = connection.unacknowledged.first; item !== null; item = item.next) {
    const size = item.segments > 1 ? item.segmentSize : dataLength(item);
    if (size > mss) markLost(connection, item);
  }
  connection.retransmitHint = null;
  if (connection.lostOut === 0) return;
  if (connection.congestionState !== CongestionState.loss) {
    connection.highSequence = connection.sendNext;
    connection.priorThreshold = 0;
    connection.undoMarker = null;
    setState(connection, CongestionState.loss);
  }
  retransmitLost(connection);
}
