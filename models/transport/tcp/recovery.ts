import { CongestionState } from './congestion-control.ts';
import { transmit } from './output.ts';
import { currentMss } from './path-mtu-discovery.ts';
import { dataLength, markLost, recount, sentAfter, splitUnacknowledged } from './scoreboard.ts';
import { burstLimit } from './send.ts';
import { after, before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { armReordering, armRetransmission } from './timeouts.ts';
import { Mark, type Transmission } from './transmission.ts';

/** Detection of losses and recovery from them (RFC 5681, 6675, 6937, 8985; Linux `tcp_fastretrans_alert`). */

/** RFC 8985, 6.2: a round trip of nothing still leaves a moment for reordering. Microseconds. */
const REORDERING_MIN = 1;

/**
 * An acknowledgement that is not plain progress, or one while not all is well.
 * @param advanced whether it acknowledges anything new
 * @param duplicates 1 for a duplicate acknowledgement
 */
export function alertRecovery(connection: TcpConnection, advanced: boolean, duplicates: number): void {
  const { congestionState: state } = connection;
  if (connection.packetsOut === 0) connection.sackedOut = 0;
  if (state !== CongestionState.open && !before(connection.sendUnacknowledged, connection.highSequence)) {
    leaveTrouble(connection, state);
  }
  if (!connection.sack) countDuplicates(connection, advanced, duplicates);
  identifyLoss(connection, advanced);
  if (connection.congestionState >= CongestionState.recovery) return;
  if (connection.lostOut > 0) enterRecovery(connection);
  else setState(connection, connection.sackedOut > 0 ? CongestionState.disorder : CongestionState.open);
}

/** Everything sent before the trouble has been acknowledged. */
function leaveTrouble(connection: TcpConnection, state: CongestionState): void {
  if (state === CongestionState.recovery || state === CongestionState.cwr) {
    connection.congestionWindow = Math.max(connection.slowStartThreshold, 1);
  }
  // without SACK, duplicates still on their way must not look like a new loss (RFC 6582, 3.2)
  if (!connection.sack && state >= CongestionState.recovery) {
    if (connection.sendUnacknowledged === connection.highSequence && connection.packetsOut > 0) return;
    connection.sackedOut = 0;
  }
  connection.retransmittingSince = -1;
  setState(connection, CongestionState.open);
}

/** Without SACK each duplicate acknowledgement stands for a segment received (NewReno; Linux `tcp_add_reno_sack`). */
function countDuplicates(connection: TcpConnection, advanced: boolean, duplicates: number): void {
  if (advanced && connection.congestionState !== CongestionState.recovery) connection.sackedOut = 0;
  else if (advanced) connection.sackedOut = Math.max(0, connection.sackedOut - 1);
  connection.sackedOut += duplicates;
  const holes = Math.min(Math.max(connection.lostOut, 1), connection.packetsOut);
  if (connection.sackedOut + holes > connection.packetsOut) {
    connection.sackedOut = Math.max(0, connection.packetsOut - holes);
  }
}

function identifyLoss(connection: TcpConnection, advanced: boolean): void {
  if (connection.sack) {
    detectLossByTime(connection);
    return;
  }
  const { congestionState: state, unacknowledged } = connection;
  const first = unacknowledged.first;
  if (first === null || (first.marks & Mark.lost) !== 0) return;
  const suspicious = state < CongestionState.recovery && connection.sackedOut >= connection.reordering;
  if (!suspicious && !(state === CongestionState.recovery && advanced)) return;
  const size = first.segmentSize;
  if (first.segments > 1 && dataLength(first) > size) splitUnacknowledged(connection, first, size, size);
  markLost(connection, first);
}

/**
 * Lost is what was sent well before something that has arrived (RFC 8985, 6.2 step 5; Linux `tcp_rack_detect_loss`).
 * What cannot be told yet is looked at again later.
 */
export function detectLossByTime(connection: TcpConnection): void {
  const { rack } = connection;
  if (!rack.advanced || rack.sentAt < 0) return;
  rack.advanced = false;
  const reordering = reorderingWindow(connection);
  const now = connection.now;
  let longest = 0;
  for (let item = connection.unacknowledged.first; item !== null; item = item.next) {
    if ((item.marks & Mark.sacked) !== 0) continue;
    if ((item.marks & (Mark.lost | Mark.retransmitted)) === Mark.lost) continue;
    if (!sentAfter(rack.sentAt, rack.end, item.sentAt, item.end)) continue;
    const remaining = rack.roundTripTime + reordering - (now - item.sentAt);
    if (remaining <= 0) markLost(connection, item);
    else longest = Math.max(longest, remaining);
  }
  if (longest > 0) armReordering(connection, longest);
}

/** Microseconds by which segments may overtake each other (Linux `tcp_rack_reo_wnd`). */
function reorderingWindow(connection: TcpConnection): number {
  const { rack, rtt, congestionState: state } = connection;
  if (!rack.reorderingSeen) {
    if (state >= CongestionState.recovery) return 0;
    if (connection.sackedOut >= connection.reordering) return 0;
  }
  const quarter = Number.isFinite(rtt.minimum) ? rtt.minimum >> 2 : 0;
  return Math.max(Math.min(quarter, rtt.smoothed >> 3), REORDERING_MIN);
}

/** Linux `tcp_enter_recovery`. */
export function enterRecovery(connection: TcpConnection): void {
  if (connection.congestionState < CongestionState.cwr) startReduction(connection);
  connection.highSequence = connection.sendNext;
  setState(connection, CongestionState.recovery);
}

/** Linux `tcp_init_cwnd_reduction`. */
function startReduction(connection: TcpConnection): void {
  connection.windowCredit = 0;
  connection.priorWindow = connection.congestionWindow;
  connection.prrDelivered = 0;
  connection.prrOut = 0;
  connection.highSequence = connection.sendNext;
  connection.slowStartThreshold = connection.congestionControl.thresholdAfterLoss(connection);
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

/** The retransmission timer has fired: all that is out is lost, as far as can be told (Linux `tcp_enter_loss`). */
export function enterLoss(connection: TcpConnection): void {
  const { congestionState: state, unacknowledged } = connection;
  const fresh =
    state <= CongestionState.disorder ||
    !after(connection.highSequence, connection.sendUnacknowledged) ||
    (state === CongestionState.loss && connection.retransmits === 0);
  if (!connection.sack) connection.sackedOut = 0;
  // a peer that forgets what it has reported (RFC 2018, 8)
  const forgotten = unacknowledged.first !== null && (unacknowledged.first.marks & Mark.sacked) !== 0;
  for (let item = unacknowledged.first; item !== null; item = item.next) {
    if (forgotten && (item.marks & Mark.sacked) !== 0) {
      item.marks &= ~Mark.sacked;
      connection.sackedOut -= item.segments;
    }
    if (item !== unacknowledged.first && sentRecently(connection, item)) continue;
    markLost(connection, item);
  }
  if (fresh) {
    connection.priorWindow = connection.congestionWindow;
    connection.slowStartThreshold = connection.congestionControl.thresholdAfterLoss(connection);
  }
  connection.congestionWindow = connection.inFlight + 1;
  connection.windowCredit = 0;
  connection.highSequence = connection.sendNext;
  setState(connection, CongestionState.loss);
}

/** Sent less than a round trip ago, as RACK sees it: it may still arrive. */
function sentRecently(connection: TcpConnection, item: Transmission): boolean {
  const { rack } = connection;
  if (!connection.sack || rack.sentAt < 0) return false;
  return rack.roundTripTime + reorderingWindow(connection) - (connection.now - item.sentAt) > 0;
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
  if (connection.lostOut === 0) return;
  if (connection.congestionState !== CongestionState.loss) {
    connection.highSequence = connection.sendNext;
    setState(connection, CongestionState.loss);
  }
  retransmitLost(connection);
}

/** Sends again what is marked lost, as far as the window allows (Linux `tcp_xmit_retransmit_queue`). */
export function retransmitLost(connection: TcpConnection): void {
  let rearm = false;
  const { unacknowledged } = connection;
  for (let item = unacknowledged.first; item !== null; item = item.next) {
    const room = connection.congestionWindow - connection.inFlight;
    if (room <= 0 || connection.retransmittedOut >= connection.lostOut) break;
    if ((item.marks & (Mark.lost | Mark.sacked | Mark.retransmitted)) !== Mark.lost) continue;
    if (!retransmit(connection, item, Math.min(room, burstLimit(connection)))) break;
    if (connection.congestionState === CongestionState.recovery) connection.prrOut += item.segments;
    if (item === unacknowledged.first) rearm = true;
  }
  if (rearm) armRetransmission(connection);
}

/**
 * Sends one transmission again, at most `segments` of it (Linux `tcp_retransmit_skb`).
 * @returns false when the peer has no room for it
 */
export function retransmit(connection: TcpConnection, item: Transmission, segments: number): boolean {
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
  transmit(connection, item);
  connection.observer?.retransmitted(item.segments);
  if ((item.marks & Mark.retransmitted) === 0) {
    item.marks |= Mark.retransmitted;
    connection.retransmittedOut += item.segments;
  }
  item.marks |= Mark.everRetransmitted;
  if (connection.retransmittingSince < 0) {
    connection.retransmittingSince = connection.namespace.network.simulation.now;
  }
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

function setState(connection: TcpConnection, state: CongestionState): void {
  if (connection.congestionState === state) return;
  connection.congestionState = state;
  connection.congestionControl.stateChanged?.(connection, state);
}
