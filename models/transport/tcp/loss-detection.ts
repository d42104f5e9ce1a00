import { outcome } from './ack-outcome.ts';
import { CongestionState } from './congestion-control.ts';
import { PATIENT_RECOVERIES } from './rack.ts';
import { rateSample } from './rate-sample.ts';
import { dataLength, highestArrived, markLost, sentAfter, splitUnacknowledged } from './scoreboard.ts';
import { before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { armReordering } from './timeouts.ts';
import { Mark, type Transmission } from './transmission.ts';

/** Which segments are lost: by time (RACK, RFC 8985), without SACK by duplicate acknowledgements (RFC 6582). */

/** Linux `tcp_max_reordering`. */
const REORDERING_MAX = 300;
const WINDOW_STEPS_MAX = 255;
/** RFC 8985, 6.2: a round trip of nothing still leaves a moment for reordering. Microseconds. */
const REORDERING_MIN = 1;

/** Marks what must be lost by now (Linux `tcp_identify_packet_loss`). */
export function identifyLoss(connection: TcpConnection): void {
  if (connection.unacknowledged.first === null) return;
  if (!connection.sack) {
    markFirstLost(connection, outcome.advanced);
    return;
  }
  const before = connection.retransmittedOut;
  if (detectLossByTime(connection)) outcome.setTimer = false;
  if (before > connection.retransmittedOut) outcome.lostRetransmission = true;
}

/** NewReno: the first segment after three duplicates, and in recovery after each advance (Linux `tcp_newreno_mark_lost`). */
function markFirstLost(connection: TcpConnection, advanced: boolean): void {
  const { congestionState: state } = connection;
  const first = connection.unacknowledged.first!;
  if ((first.marks & Mark.lost) !== 0) return;
  const suspicious = state < CongestionState.recovery && connection.sackedOut >= connection.reordering;
  if (!suspicious && !(state === CongestionState.recovery && advanced)) return;
  const { mss } = connection;
  if (first.segments > 1 && dataLength(first) > mss) splitUnacknowledged(connection, first, mss, mss);
  markLost(connection, first);
}

/**
 * Lost is what was sent well before something that has arrived (RFC 8985, 6.2 step 5; Linux `tcp_rack_mark_lost`).
 * What cannot be told yet is looked at again later.
 * @returns whether a timer was set for that
 */
export function detectLossByTime(connection: TcpConnection): boolean {
  const { rack } = connection;
  if (!rack.advanced || rack.sentAt < 0) return false;
  rack.advanced = false;
  const longest = markOverdue(connection);
  if (longest <= 0) return false;
  armReordering(connection, longest);
  return true;
}

/** Linux `tcp_rack_detect_loss`; answers microseconds until the last of those in doubt is overdue. */
export function markOverdue(connection: TcpConnection): number {
  const { rack } = connection;
  const reordering = reorderingWindow(connection);
  let longest = 0;
  let next: Transmission | null = null;
  for (let item = connection.sentOrder.first; item !== null; item = next) {
    next = item.sentNext;
    if ((item.marks & (Mark.lost | Mark.retransmitted)) === Mark.lost) continue;
    if (!sentAfter(rack.sentAt, rack.end, item.sentAt, item.end)) break;
    const remaining = untilOverdue(connection, item, reordering);
    if (remaining <= 0) {
      markLost(connection, item);
      connection.sentOrder.remove(item);
    } else longest = Math.max(longest, remaining);
  }
  return longest;
}

/** Microseconds until a segment that was sent when `item` was should have been acknowledged. */
export function untilOverdue(connection: TcpConnection, item: Transmission, reordering: number): number {
  return connection.rack.roundTripTime + reordering - (connection.now - item.sentAt);
}

/** Microseconds by which segments may overtake each other (Linux `tcp_rack_reo_wnd`). */
function reorderingWindow(connection: TcpConnection): number {
  const { rack, rtt, congestionState: state } = connection;
  if (!rack.reorderingSeen) {
    if (state >= CongestionState.recovery) return 0;
    if (connection.sackedOut >= connection.reordering) return 0;
  }
  const quarter = Number.isFinite(rtt.minimum) ? rtt.minimum >> 2 : 0;
  return Math.max(Math.min(quarter * rack.windowSteps, rtt.smoothed >> 3), REORDERING_MIN);
}

/** Needless retransmissions widen the window, their absence narrows it again (Linux `tcp_rack_update_reo_wnd`). */
export function updateReorderingWindow({ rack, delivered }: TcpConnection): void {
  const { priorDelivered } = rateSample;
  if (priorDelivered < 0) return;
  // once in a round trip
  if (priorDelivered < rack.lastDelivered) rack.duplicateSeen = false;
  if (rack.duplicateSeen) {
    rack.windowSteps = Math.min(WINDOW_STEPS_MAX, rack.windowSteps + 1);
    rack.duplicateSeen = false;
    rack.lastDelivered = delivered;
    rack.windowPersists = PATIENT_RECOVERIES;
  } else if (rack.windowPersists === 0) rack.windowSteps = 1;
}

/**
 * What starts at `sequence` came behind what was sent after it, and not because it was sent again (Linux
 * `tcp_check_sack_reordering`).
 */
export function noteReordering(connection: TcpConnection, sequence: number): void {
  const highest = highestArrived(connection);
  if (!before(sequence, highest)) return;
  noteReorderingDegree(connection, Math.ceil(distance(sequence, highest) / connection.mss));
}

export function noteReorderingDegree(connection: TcpConnection, segments: number): void {
  connection.reordering = Math.min(Math.max(segments, connection.reordering), REORDERING_MAX);
  connection.rack.reorderingSeen = true;
}
