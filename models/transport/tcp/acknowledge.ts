import { JIFFY } from '../../netns/time/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { checkMark } from './ecn.ts';
import { transmitControl } from './output.ts';
import { availableWindow } from './receive-window.ts';
import { distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';

/** Linux TCP_DELACK_MIN, TCP_ATO_MIN: 40 ms; TCP_DELACK_MAX: 200 ms. Jiffies. */
export const ACK_DELAY_MIN = 40e6 / JIFFY;
const ACK_DELAY_MAX = 200e6 / JIFFY;
const HALF_SECOND = 500e6 / JIFFY;
const JIFFY_MICROSECONDS = JIFFY / 1000;
/** Linux TCP_MAX_QUICKACKS. */
const QUICK_ACKS_MAX = 16;
/** As many as a sender needs to find a loss (Linux TCP_FASTRETRANS_THRESH). */
const REPORTED_AT_ONCE = 3;

/** Data have come in: an acknowledgement is owed, and the peer's rhythm is learnt (Linux `tcp_event_data_recv`). */
export function noteDataReceived(connection: TcpConnection): void {
  const { ack, rtt } = connection;
  ack.pending |= AckPending.scheduled;
  const now = connection.namespace.network.simulation.now;
  const gap = Math.floor(now / JIFFY) - Math.floor(ack.lastReceivedAt / JIFFY);
  if (ack.delay === 0) {
    enterQuickAcks(connection, QUICK_ACKS_MAX);
    ack.delay = ACK_DELAY_MIN;
  } else if (gap <= ACK_DELAY_MIN / 2) ack.delay = (ack.delay >> 1) + ACK_DELAY_MIN / 2;
  else if (gap < ack.delay) ack.delay = Math.min((ack.delay >> 1) + gap, rtt.timeout);
  else if (gap > rtt.timeout) enterQuickAcks(connection, QUICK_ACKS_MAX);
  ack.lastReceivedAt = now;
  checkMark(connection);
}

/** Lets the next acknowledgements go out at once (Linux `tcp_incr_quickack`). */
function enterQuickAcks({ ack, receive }: TcpConnection, max: number): void {
  const quick = Math.min(Math.floor(receive.window / (2 * ack.segmentSize)) || 2, max);
  if (quick > ack.quick) ack.quick = quick;
}

/** Something is amiss, the peer is to hear of it at once (Linux `tcp_enter_quickack_mode`). */
export function enterQuickAckMode(connection: TcpConnection, max: number): void {
  enterQuickAcks(connection, max);
  connection.ack.interactive = false;
  connection.ack.delay = ACK_DELAY_MIN;
}

/** Data have left: a reply within the delay makes the exchange interactive (Linux `tcp_event_data_sent`). */
export function noteDataSent(connection: TcpConnection): void {
  const now = connection.namespace.network.simulation.now;
  const { ack } = connection;
  connection.lastSentAt = now;
  const gap = Math.floor(now / JIFFY) - Math.floor(ack.lastReceivedAt / JIFFY);
  if (gap < ack.delay) ack.interactive = true;
}

/** An acknowledgement has left, by itself or with data (Linux `tcp_event_ack_sent`). */
export function noteAckSent(connection: TcpConnection): void {
  const { ack } = connection;
  if (ack.quick > 0 && (ack.pending & AckPending.scheduled) !== 0) {
    ack.quick--;
    // out of quick mode the delay starts from its shortest
    if (ack.quick === 0) ack.delay = ACK_DELAY_MIN;
  }
  ack.pending = 0;
  ack.compressed = 0;
  connection.ackTimer.clear();
  connection.compressedAckTimer.clear();
}

/** Acknowledges what has come in (Linux `tcp_send_ack`). */
export function sendAck(connection: TcpConnection): void {
  if (connection.state === TcpState.closed) return;
  transmitControl(connection, acceptableSequence(connection), TcpFlag.ack);
}

/** Acknowledges no more than what had come before (Linux `__tcp_send_ack`). */
export function sendAckFor(connection: TcpConnection, next: number): void {
  const { receive } = connection;
  const present = receive.next;
  receive.next = next;
  sendAck(connection);
  receive.next = present;
}

/** SND.NXT, or the end of the window if the peer has shrunk it (Linux `tcp_acceptable_seq`). */
function acceptableSequence(connection: TcpConnection): number {
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  const beyond = distance(windowEnd, connection.sendNext);
  const rounding = 2 ** connection.receiveWindowScale;
  const isInside = beyond <= 0 || (connection.windowScaling && beyond < rounding);
  return isInside ? connection.sendNext : windowEnd;
}

/** Is an acknowledgement owed, and now? (Linux `tcp_ack_snd_check`) */
export function checkAck(connection: TcpConnection): void {
  const { ack, receive } = connection;
  if (ack.pending === 0 || connection.state === TcpState.closed) return;
  const received = distance(receive.windowUpdate, receive.next);
  const manyBytes =
    received > ack.segmentSize && (receive.queued < 1 || availableWindow(connection) >= receive.window);
  const quick = ack.quick > 0 && !ack.interactive;
  if (manyBytes || quick || (ack.pending & AckPending.now) !== 0) sendAck(connection);
  else if (receive.outOfOrder === null) delayAck(connection);
  else reportGap(connection);
}

/**
 * A segment has come ahead of order. The first three are reported at once; of those that follow the reports are put
 * together for a twentieth of the round trip (Linux `tcp_comp_sack_*`).
 */
function reportGap(connection: TcpConnection): void {
  const { ack, receive, rtt, namespace } = connection;
  const { tcpCompSackNr, tcpCompSackDelay } = namespace.sysctls;
  if (!connection.sack || ack.compressed >= tcpCompSackNr) {
    sendAck(connection);
    return;
  }
  if (ack.duplicatesOf !== receive.next) {
    ack.duplicatesOf = receive.next;
    ack.duplicates = 0;
  }
  if (ack.duplicates < REPORTED_AT_ONCE) {
    ack.duplicates++;
    sendAck(connection);
    return;
  }
  ack.compressed++;
  if (connection.compressedAckTimer.isSet) return;
  let roundTrip = receive.roundTripTime;
  if (rtt.smoothed > 0 && rtt.smoothed < roundTrip) roundTrip = rtt.smoothed;
  const delay = Math.min(tcpCompSackDelay, Math.floor((roundTrip * 125) / 20));
  connection.compressedAckTimer.setExact(namespace.network.simulation.now + delay);
}

/** Reports were put together for long enough (Linux `tcp_compressed_ack_kick`). */
export function compressedAckTimeout(connection: TcpConnection): void {
  if (connection.ack.compressed > 0) sendAck(connection);
}

/** Linux `tcp_send_delayed_ack`. */
export function delayAck(connection: TcpConnection): void {
  const { ack, rtt, ackTimer } = connection;
  const now = connection.namespace.network.simulation.now;
  let delay = ack.delay;
  if (delay > ACK_DELAY_MIN) {
    let most = ack.interactive || (ack.pending & AckPending.pushed) !== 0 ? ACK_DELAY_MAX : HALF_SECOND;
    if (rtt.smoothed > 0) {
      const roundTrip = Math.max(Math.floor((rtt.smoothed >> 3) / JIFFY_MICROSECONDS), ACK_DELAY_MIN);
      most = Math.min(most, roundTrip);
    }
    delay = Math.min(delay, most);
  }
  if ((ack.pending & AckPending.timer) !== 0 && ackTimer.isSet) {
    if (ackTimer.time <= now + (delay >> 2) * JIFFY) {
      sendAck(connection);
      return;
    }
  }
  const due = ackTimer.isSet ? ackTimer.time : Number.POSITIVE_INFINITY;
  ack.pending |= AckPending.scheduled | AckPending.timer;
  if (now + delay * JIFFY < due) ackTimer.set(delay * JIFFY);
}
