import { TcpFlag } from '../../wire/tcp.ts';
import { ackArrived, sendMore } from './ack-arrived.ts';
import { checkAck, enterQuickAckMode, sendAck } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import { acknowledgedInState } from './close.ts';
import { dataArrived } from './data-arrived.ts';
import { sendReset } from './reset.ts';
import { after, before } from './sequence.ts';
import { crossingAnswered, synAnswered } from './syn-answered.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { isOldTimestamp, noteTimestamp } from './timestamps.ts';

/** Linux `tcp_invalid_ratelimit`: acknowledgements of nonsense are at least half a second apart. */
const INVALID_INTERVAL = 500e6;
const QUICK_ACKS_MAX = 16;

/**
 * A segment for a connection (RFC 9293, 3.10.7; Linux `tcp_v4_do_rcv`).
 * @returns false when a reset is the answer
 */
export function connectionSegmentArrived(connection: TcpConnection): boolean {
  if (connection.state === TcpState.closed) return true;
  connection.lastHeardAt = connection.namespace.network.simulation.now;
  connection.counters.segmentsReceived++;
  if (arrived.length > 0) connection.counters.dataSegmentsReceived++;
  if (connection.state === TcpState.synSent) {
    return synAnswered(connection);
  }
  if (connection.state === TcpState.synReceived) return crossingAnswered(connection);
  if (isAcceptable(connection) && (arrived.flags & TcpFlag.ack) !== 0) handleAcceptable(connection);
  return true;
}

/** The segment has passed the checks: acknowledgement, data, FIN. Also for the segment that completes a handshake. */
export function handleAcceptable(connection: TcpConnection): void {
  noteTimestamp(connection, connection.receive.windowUpdate, seconds(connection));
  if (!ackArrived(connection)) return;
  if (!acknowledgedInState(connection)) return;
  if (arrived.length > 0 || (arrived.flags & TcpFlag.fin) !== 0) {
    if (isAfterEnd(connection)) return;
    dataArrived(connection);
  } else if (before(arrived.sequence, connection.receive.next)) {
    // a keepalive or a window probe
    duplicateArrived(connection);
  }
  if ((connection.state as TcpState) === TcpState.closed || !stillHere(connection)) return;
  sendMore(connection);
  checkAck(connection);
}

function stillHere(connection: TcpConnection): boolean {
  return connection.state !== TcpState.timeWait;
}

/**
 * What comes in when this side takes no more: data for an application that has closed are answered with a reset
 * (Linux TCPABORTONDATA), anything behind the peer's FIN is passed over.
 */
function isAfterEnd(connection: TcpConnection): boolean {
  const { state, receive } = connection;
  if (state === TcpState.finWait1 || state === TcpState.finWait2) {
    const dataEnd = (arrived.flags & TcpFlag.fin) !== 0 ? (arrived.end - 1) | 0 : arrived.end;
    if (!connection.orphaned || arrived.length === 0 || !after(dataEnd, receive.next)) return false;
    sendReset(connection);
    connection.finish();
    return true;
  }
  const ended = state === TcpState.closeWait || state === TcpState.closing || state === TcpState.lastAck;
  return ended && !before(arrived.sequence, receive.next);
}

/** RFC 9293, 3.10.7.4, first four steps (Linux `tcp_validate_incoming`). */
function isAcceptable(connection: TcpConnection): boolean {
  const { flags } = arrived;
  const isReset = (flags & TcpFlag.rst) !== 0;
  if (isOldTimestamp(connection, seconds(connection)) && !isReset) {
    if (isDisorderedAck(connection)) return inOrder(connection, isReset);
    refuse(connection);
    return false;
  }
  return inOrder(connection, isReset);
}

function inOrder(connection: TcpConnection, isReset: boolean): boolean {
  const { receive } = connection;
  const windowEnd = (receive.next + receive.remaining) | 0;
  if (before(arrived.end, receive.windowUpdate) || after(arrived.sequence, windowEnd)) {
    if (!isReset) refuse(connection);
    return false;
  }
  if (isReset) {
    // RFC 5961, 3.2: only one that is exactly right is believed
    if (arrived.sequence === receive.next) resetArrived(connection);
    else challenge(connection);
    return false;
  }
  if ((arrived.flags & TcpFlag.syn) !== 0) {
    challenge(connection);
    return false;
  }
  return true;
}

/** A pure acknowledgement that changes nothing may have been overtaken (Linux `tcp_disordered_ack`). */
function isDisorderedAck(connection: TcpConnection): boolean {
  return (
    (arrived.flags & TcpFlag.ack) !== 0 &&
    arrived.sequence === arrived.end &&
    arrived.sequence === connection.receive.next &&
    arrived.acknowledgement === connection.sendUnacknowledged
  );
}

/** Not acceptable: the peer is told where we are (RFC 9293, 3.10.7.4; Linux `tcp_send_dupack`). */
function refuse(connection: TcpConnection): void {
  if ((arrived.flags & TcpFlag.syn) !== 0) {
    challenge(connection);
    return;
  }
  if (arrived.length === 0 && !mayAnswer(connection)) return;
  duplicateArrived(connection);
  sendAck(connection);
}

/** A whole segment that has been received before. */
function duplicateArrived(connection: TcpConnection): void {
  const { receive } = connection;
  if (arrived.sequence === arrived.end || !before(arrived.sequence, receive.next)) return;
  enterQuickAckMode(connection, QUICK_ACKS_MAX);
  if (!connection.sack) return;
  const end = after(arrived.end, receive.next) ? receive.next : arrived.end;
  receive.duplicate = [arrived.sequence, end];
}

/** RFC 5961, 3.2 and 4.2. */
function challenge(connection: TcpConnection): void {
  if (mayAnswer(connection)) sendAck(connection);
}

function mayAnswer({ ack, namespace }: TcpConnection): boolean {
  const now = namespace.network.simulation.now;
  if (now - ack.lastOutOfWindowAt < INVALID_INTERVAL) return false;
  ack.lastOutOfWindowAt = now;
  return true;
}

/** Linux `tcp_reset`. */
function resetArrived(connection: TcpConnection): void {
  connection.fail(connection.state === TcpState.closeWait ? 'EPIPE' : 'ECONNRESET');
}

function seconds(connection: TcpConnection): number {
  return Math.floor(connection.namespace.network.simulation.now / 1e9);
}
