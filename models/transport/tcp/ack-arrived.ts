import { TcpFlag } from '../../wire/tcp.ts';
import { outcome } from './ack-outcome.ts';
import { arrived } from './arrived-segment.ts';
import { CongestionState } from './congestion-control.ts';
import { acceptReductionNotice } from './ecn.ts';
import { noteReordering, updateReorderingWindow } from './loss-detection.ts';
import { probeAcknowledged } from './loss-probe.ts';
import { updatePacingRate } from './pacing.ts';
import { rateSample } from './rate-sample.ts';
import { expandSendBuffer } from './receive-window.ts';
import { alertRecovery, checkReordering, Resend, reduceWindow } from './recovery.ts';
import { retransmitLost, trimAcknowledged } from './retransmit.ts';
import { readSackBlocks } from './sack-arrived.ts';
import { forget, highestArrived, noteDelivered } from './scoreboard.ts';
import { sendQueued } from './send.ts';
import { after, before, distance } from './sequence.ts';
import { REORDERING, type TcpConnection } from './tcp-connection.ts';
import { armProbe, clearProbe, setTransmitTimer } from './timeouts.ts';
import { Mark, TRANSMISSION_OVERHEAD, type Transmission } from './transmission.ts';

/**
 * Handles the acknowledgement of the segment in hand (RFC 9293, 3.10.7.4 step 5; Linux `tcp_ack`).
 * @returns whether it is one that a segment may carry
 */
export function ackArrived(connection: TcpConnection): boolean {
  const { acknowledgement } = arrived;
  const previous = connection.sendUnacknowledged;
  if (after(acknowledgement, connection.sendNext)) return false;
  outcome.begin(connection.sendNext);
  rateSample.begin(connection.inFlight);
  if (before(acknowledgement, previous)) return oldAckArrived(connection, previous);
  outcome.advanced = acknowledgement !== previous;
  if (outcome.advanced) connection.retransmits = 0;
  const hadPackets = connection.packetsOut > 0;
  const highest = highestArrived(connection);
  const deliveredBefore = connection.delivered;
  const lostBefore = connection.lost;
  readHeader(connection, previous);
  connection.softError = null;
  connection.probesOut = 0;
  connection.lastAckedAt = connection.namespace.network.simulation.now;
  if (!hadPackets) {
    nothingOut(connection, previous);
    return true;
  }
  if (outcome.advanced) cleanQueue(connection, previous, highest);
  else noteSackRoundTrip(connection);
  updateReorderingWindow(connection);
  probeAcknowledged(connection);
  const resend = judge(connection, previous);
  if (outcome.setTimer) setTransmitTimer(connection);
  if (outcome.acked > 0 || outcome.sacked || !outcome.isNoDuplicate) connection.confirmPending = true;
  controlWindow(connection, connection.delivered - deliveredBefore, connection.lost - lostBefore);
  sendAgain(connection, resend);
  return true;
}

/** RFC 5961, 5.2: one too old to have been sent by the peer; else at least its SACK blocks are of use. */
function oldAckArrived(connection: TcpConnection, previous: number): boolean {
  if (before(arrived.acknowledgement, (previous - connection.maxSendWindow) | 0)) return false;
  if (connection.sack && arrived.sackCount > 0) {
    readSackBlocks(connection, previous);
    sendAgain(connection, alertRecovery(connection, previous, 0));
  }
  return true;
}

/** The window, the number acknowledged, SACK blocks and the bits of ECN. */
function readHeader(connection: TcpConnection, previous: number): void {
  const { ecn, congestionControl } = connection;
  outcome.hasData = arrived.sequence !== arrived.end;
  outcome.windowUpdated = updateWindow(connection);
  connection.counters.bytesAcked += distance(connection.sendUnacknowledged, arrived.acknowledgement);
  connection.sendUnacknowledged = arrived.acknowledgement;
  if (connection.sack && arrived.sackCount > 0) readSackBlocks(connection, previous);
  const echo = TcpFlag.ece | TcpFlag.syn;
  outcome.congestionEcho = ecn.on && (arrived.flags & echo) === TcpFlag.ece;
  congestionControl.acknowledgementArrived?.(connection);
  acceptReductionNotice(connection);
}

/** The peer's window, if this segment is newer than the one that told of it last (RFC 9293, 3.10.7.4). */
function updateWindow(connection: TcpConnection): boolean {
  const { sequence, acknowledgement, window: raw } = arrived;
  const window = raw * 2 ** connection.sendWindowScale;
  const fresh =
    after(acknowledgement, connection.sendUnacknowledged) ||
    after(sequence, connection.windowUpdateSequence) ||
    (sequence === connection.windowUpdateSequence && (window > connection.sendWindow || window === 0));
  if (!fresh) return false;
  connection.windowUpdateSequence = sequence;
  if (window === connection.sendWindow) return true;
  connection.sendWindow = window;
  if (window > connection.maxSendWindow) connection.maxSendWindow = window;
  return true;
}

/** It acknowledges nothing that was out: an answer to a probe, or a duplicate reported late. */
function nothingOut(connection: TcpConnection, previous: number): void {
  if (outcome.duplicateReported) alertRecovery(connection, previous, 0);
  probeAcknowledged(connection);
  const next = connection.unsent.first;
  if (next === null) return;
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  if (!after(next.end, windowEnd)) {
    connection.backoff = 0;
    clearProbe(connection);
  } else armProbe(connection);
}

/** Takes what is acknowledged off the queue (Linux `tcp_clean_rtx_queue`). */
function cleanQueue(connection: TcpConnection, previous: number, highest: number): void {
  const { unacknowledged, sendUnacknowledged } = connection;
  const hadSacked = connection.sackedOut > 0;
  let lowest = sendUnacknowledged;
  let whole = true;
  for (let item = unacknowledged.first; item !== null; item = unacknowledged.first) {
    const { sequence, segments } = item;
    whole = !after(item.end, sendUnacknowledged);
    if (!whole) {
      if (segments === 1 || !after(sendUnacknowledged, sequence)) break;
      trimAcknowledged(connection, item);
    }
    const original = (item.marks & (Mark.sacked | Mark.everRetransmitted)) === 0;
    if (original && before(sequence, lowest)) lowest = sequence;
    noteAcked(connection, item, whole ? segments : segments - item.segments, whole);
    if (!whole) break;
    connection.sendMemory -= TRANSMISSION_OVERHEAD + distance(item.sequence, item.end);
    forget(connection, item);
  }
  measure(connection, previous, whole, hadSacked);
  if (outcome.acked > 0) {
    outcome.setTimer = true;
    if (!connection.sack) removeDuplicates(connection, outcome.acked);
    else if (before(lowest, highest)) noteReordering(connection, lowest);
    connection.congestionControl.acknowledged?.(connection, outcome.acked, rateSample.roundTripTime);
  }
  if (connection.wantsRoom) offerRoom(connection);
}

/** Segments of a transmission have been acknowledged by number; a part of it, unless `whole`. */
function noteAcked(connection: TcpConnection, item: Transmission, acked: number, whole: boolean): void {
  const { marks } = item;
  outcome.acked += acked;
  if (whole) {
    if ((marks & Mark.retransmitted) !== 0) connection.retransmittedOut -= acked;
    if ((marks & Mark.lost) !== 0) connection.lostOut -= acked;
    if ((marks & Mark.sacked) !== 0) connection.sackedOut -= acked;
    connection.packetsOut -= acked;
  }
  noteTimes(item);
  if ((marks & Mark.everRetransmitted) === 0 && (marks & Mark.sacked) === 0) {
    const end = whole ? item.end : connection.sendUnacknowledged;
    if (!after(end, connection.highSequence)) outcome.originalArrived = true;
  }
  if ((marks & Mark.sacked) === 0 && connection.sack) {
    connection.delivered += acked;
    noteDelivered(connection, item);
  }
  rateSample.noteDelivered(connection, item, (marks & Mark.everRetransmitted) !== 0);
}

/** One sent more than once tells nothing about the round trip (Karn's rule). */
function noteTimes({ marks, sentAt }: Transmission): void {
  if ((marks & Mark.everRetransmitted) !== 0) outcome.retransmittedAcked = true;
  else if ((marks & Mark.sacked) === 0) {
    if (outcome.firstAckedSentAt < 0) outcome.firstAckedSentAt = sentAt;
    outcome.lastAckedSentAt = sentAt;
  }
}

/** Without SACK: one acknowledgement fills a hole, the rest eats up duplicates (Linux `tcp_remove_reno_sacks`). */
function removeDuplicates(connection: TcpConnection, acked: number): void {
  connection.delivered += Math.max(acked - connection.sackedOut, 1);
  connection.sackedOut = Math.max(0, connection.sackedOut - (acked - 1));
  checkReordering(connection, acked);
  if (outcome.retransmittedAcked) outcome.originalArrived = false;
}

/** Linux `tcp_ack_update_rtt`. @param whole whether a whole transmission was the last to be acknowledged */
function measure(connection: TcpConnection, previous: number, whole: boolean, hadSacked: boolean): void {
  const { now } = connection;
  let sample = -1;
  let latest = -1;
  if (outcome.firstAckedSentAt >= 0 && !outcome.retransmittedAcked) {
    sample = now - outcome.firstAckedSentAt;
    latest = now - outcome.lastAckedSentAt;
    const lone = outcome.acked === 1 && whole && !hadSacked && !outcome.isAlert;
    const short = distance(previous, connection.sendUnacknowledged) < connection.mss;
    rateSample.maybeDelayed = lone && short && rateSample.priorDelivered + 1 === connection.delivered;
  }
  if (outcome.firstSackedSentAt >= 0) {
    if (sample < 0) sample = now - outcome.firstSackedSentAt;
    latest = now - outcome.lastSackedSentAt;
  }
  if (sample < 0 && outcome.acked > 0) {
    sample = echoedRoundTrip(connection);
    latest = sample;
  }
  noteRoundTrip(connection, sample, latest);
}

/** What the time stamp says, microseconds; -1 for nothing. */
function echoedRoundTrip(connection: TcpConnection): number {
  if (!arrived.hasTimestamps || arrived.timestampEcho === 0) return -1;
  const elapsed = (connection.timestamp - arrived.timestampEcho) | 0;
  return elapsed < 0 ? -1 : Math.max(elapsed, 1) * 1000;
}

/** Nothing is acknowledged by number: a segment reported by SACK may be measured. */
function noteSackRoundTrip(connection: TcpConnection): void {
  if (outcome.firstSackedSentAt < 0) return;
  const sample = connection.now - outcome.firstSackedSentAt;
  noteRoundTrip(connection, sample, connection.now - outcome.lastSackedSentAt);
  const first = connection.unacknowledged.first;
  // measured on what was sent after the first segment that is out
  if (first !== null && sample > connection.now - first.sentAt) outcome.setTimer = true;
}

function noteRoundTrip(connection: TcpConnection, sample: number, latest: number): void {
  rateSample.roundTripTime = latest;
  if (sample < 0) return;
  connection.rtt.noteMinimum(connection, latest);
  connection.rtt.add(connection, sample);
  connection.observer?.roundTripMeasured(sample);
  connection.backoff = 0;
}

/** Whether all is well (Linux `tcp_ack_is_dubious`), and what is to be done if not. */
function judge(connection: TcpConnection, previous: number): Resend {
  const open = connection.congestionState === CongestionState.open;
  if (outcome.isNoDuplicate && !outcome.isAlert && open) return Resend.nothing;
  const progress = outcome.advanced || outcome.isNoDuplicate || outcome.duplicateReported;
  return alertRecovery(connection, previous, progress ? 0 : 1);
}

/** There is room again for what the application wants to write (Linux `tcp_check_space`). */
function offerRoom(connection: TcpConnection): void {
  expandSendBuffer(connection);
  if (connection.sendMemory * 3 > connection.sendBuffer * 2) return;
  connection.wantsRoom = false;
  connection.notify();
}

/** Linux `tcp_cong_control`. */
function controlWindow(connection: TcpConnection, delivered: number, lost: number): void {
  const { congestionControl: control } = connection;
  if (outcome.congestionEcho) connection.ecn.deliveredMarked += delivered;
  rateSample.finish(connection, delivered, lost);
  if (control.controlRate !== undefined) {
    control.controlRate(connection, rateSample);
    return;
  }
  if (connection.inReduction) reduceWindow(connection, delivered, lost, outcome.advanced);
  else if (mayGrow(connection)) control.avoidCongestion(connection, delivered);
  updatePacingRate(connection);
}

/** Where the network reorders, what is reported by SACK counts as well (Linux `tcp_may_raise_cwnd`). */
function mayGrow({ reordering }: TcpConnection): boolean {
  return outcome.acked > 0 || (reordering > REORDERING && outcome.sacked);
}

/** Linux `tcp_xmit_recovery`. */
function sendAgain(connection: TcpConnection, resend: Resend): void {
  if (resend === Resend.nothing) return;
  if (resend === Resend.new) {
    sendQueued(connection);
    if (after(connection.sendNext, connection.highSequence)) return;
    connection.frto = false;
  }
  retransmitLost(connection);
}

/** After an acknowledgement: more may be sent now. */
export function sendMore(connection: TcpConnection): void {
  if (connection.unsent.first !== null) sendQueued(connection);
}
