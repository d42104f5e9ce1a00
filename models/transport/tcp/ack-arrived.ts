import { arrived } from './arrived-segment.ts';
import { CongestionState } from './congestion-control.ts';
import { expandSendBuffer } from './receive-window.ts';
import { alertRecovery, reduceWindow, retransmitLost, trimAcknowledged } from './recovery.ts';
import { markSacked, noteDelivered } from './scoreboard.ts';
import { sendQueued } from './send.ts';
import { after, before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { armProbe, armRetransmission, clearProbe } from './timeouts.ts';
import { Mark, TRANSMISSION_OVERHEAD } from './transmission.ts';

/** What an acknowledgement was good for. */
const result = { acked: 0, sacked: false, sample: -1, retransmitted: false };

/**
 * Handles the acknowledgement of the segment in hand (RFC 9293, 3.10.7.4 step 5; Linux `tcp_ack`).
 * @returns whether it is one that a segment may carry
 */
export function ackArrived(connection: TcpConnection): boolean {
  const { acknowledgement } = arrived;
  const previous = connection.sendUnacknowledged;
  if (after(acknowledgement, connection.sendNext)) return false;
  if (before(acknowledgement, previous)) {
    // RFC 5961, 5.2: too old to have been sent by the peer
    return !before(acknowledgement, (previous - connection.maxSendWindow) | 0);
  }
  const advanced = acknowledgement !== previous;
  if (advanced) connection.retransmits = 0;
  const hadPackets = connection.packetsOut > 0;
  const updated = updateWindow(connection);
  connection.sendUnacknowledged = acknowledgement;
  connection.softError = null;
  connection.probesOut = 0;
  if (!hadPackets) {
    probeAnswered(connection);
    return true;
  }
  const deliveredBefore = connection.delivered;
  const lostBefore = connection.lostOut;
  result.acked = 0;
  result.sample = -1;
  result.retransmitted = false;
  result.sacked = connection.sack && arrived.sackCount > 0 && readSackBlocks(connection);
  if (advanced) cleanQueue(connection);
  measureRoundTrip(connection);
  const hasData = arrived.sequence !== arrived.end;
  const duplicate = !advanced && !hasData && !updated;
  const troubled = connection.congestionState !== CongestionState.open || connection.sackedOut > 0;
  if (duplicate || result.sacked || troubled) alertRecovery(connection, advanced, duplicate ? 1 : 0);
  if (result.acked > 0) rearm(connection);
  if (result.acked > 0 || result.sacked || duplicate) connection.confirmPending = true;
  controlWindow(
    connection,
    connection.delivered - deliveredBefore,
    connection.lostOut - lostBefore,
    advanced,
  );
  if (connection.lostOut > connection.retransmittedOut) retransmitLost(connection);
  return true;
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

function probeAnswered(connection: TcpConnection): void {
  const next = connection.unsent.first;
  if (next === null) return;
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  if (!after(next.end, windowEnd)) {
    connection.backoff = 0;
    clearProbe(connection);
  } else armProbe(connection);
}

/** The SACK option (RFC 2018); a block below the acknowledgement reports a duplicate (RFC 2883) and is passed over. */
function readSackBlocks(connection: TcpConnection): boolean {
  let news = false;
  for (let i = 0; i < arrived.sackCount; i++) {
    const left = arrived.sackLeft[i];
    const right = arrived.sackRight[i];
    if (!before(left, right) || after(right, connection.sendNext)) continue;
    if (!after(right, arrived.acknowledgement)) continue;
    if (markSacked(connection, left, right)) news = true;
  }
  return news;
}

/** Takes what is acknowledged off the queue (Linux `tcp_clean_rtx_queue`). */
function cleanQueue(connection: TcpConnection): void {
  const { unacknowledged, sendUnacknowledged } = connection;
  for (let item = unacknowledged.first; item !== null; item = unacknowledged.first) {
    const whole = !after(item.end, sendUnacknowledged);
    if (!whole) {
      if (item.segments === 1 || !after(sendUnacknowledged, item.sequence)) break;
      const before = item.segments;
      sampleFrom(connection, item.marks, item.sentAt);
      trimAcknowledged(connection, item);
      connection.delivered += (item.marks & Mark.sacked) === 0 ? before - item.segments : 0;
      result.acked += before - item.segments;
      break;
    }
    const { segments, marks } = item;
    if ((marks & Mark.retransmitted) !== 0) connection.retransmittedOut -= segments;
    if ((marks & Mark.lost) !== 0) connection.lostOut -= segments;
    if ((marks & Mark.sacked) !== 0) connection.sackedOut -= segments;
    else {
      connection.delivered += segments;
      sampleFrom(connection, marks, item.sentAt);
      if (connection.sack) noteDelivered(connection, item);
    }
    connection.packetsOut -= segments;
    result.acked += segments;
    connection.sendMemory -= TRANSMISSION_OVERHEAD + distance(item.sequence, item.end);
    unacknowledged.remove(item);
  }
  if (connection.wantsRoom) offerRoom(connection);
}

/** The first segment acknowledged is measured; one sent more than once tells nothing (Karn's rule). */
function sampleFrom(connection: TcpConnection, marks: number, sentAt: number): void {
  if ((marks & Mark.everRetransmitted) !== 0) result.retransmitted = true;
  else if ((marks & Mark.sacked) === 0 && result.sample < 0) result.sample = connection.now - sentAt;
}

/** Linux `tcp_ack_update_rtt`. */
function measureRoundTrip(connection: TcpConnection): void {
  let sample = result.retransmitted ? -1 : result.sample;
  if (sample < 0 && result.acked > 0 && arrived.hasTimestamps && arrived.timestampEcho !== 0) {
    const elapsed = (connection.timestamp - arrived.timestampEcho) | 0;
    if (elapsed >= 0) sample = Math.max(elapsed, 1) * 1000;
  }
  if (sample < 0) return;
  connection.rtt.add(connection, sample);
  connection.observer?.roundTripMeasured(sample);
  connection.backoff = 0;
  connection.congestionControl.measured?.(connection, sample);
}

/** There is room again for what the application wants to write (Linux `tcp_check_space`). */
function offerRoom(connection: TcpConnection): void {
  expandSendBuffer(connection);
  if (connection.sendMemory * 3 > connection.sendBuffer * 2) return;
  connection.wantsRoom = false;
  connection.notify();
}

function rearm(connection: TcpConnection): void {
  if (connection.packetsOut === 0) connection.retransmitTimer.clear();
  else armRetransmission(connection);
}

/** Linux `tcp_cong_control`. */
function controlWindow(
  connection: TcpConnection,
  delivered: number,
  newlyLost: number,
  advanced: boolean,
): void {
  const { congestionState: state } = connection;
  if (state === CongestionState.recovery || state === CongestionState.cwr) {
    reduceWindow(connection, delivered, newlyLost, advanced);
  } else if (result.acked > 0) {
    connection.congestionControl.avoidCongestion(connection, result.acked);
  }
}

/** After an acknowledgement: more may be sent now. */
export function sendMore(connection: TcpConnection): void {
  if (connection.unsent.first !== null) sendQueued(connection);
}
