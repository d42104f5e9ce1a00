import { JIFFY } from '../../netns/time/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { sendAck } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import { sendReset } from './reset.ts';
import { queueFin } from './send.ts';
import { after } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { TIME_WAIT_LENGTH, TimeWait } from './time-wait.ts';

/** This side sends no more (shutdown(2); RFC 9293, 3.10.4). */
export function shutDownSending(connection: TcpConnection): void {
  connection.sendShutDown = true;
  switch (connection.state) {
    case TcpState.established:
      connection.state = TcpState.finWait1;
      break;
    case TcpState.closeWait:
      connection.state = TcpState.lastAck;
      break;
    default:
      return;
  }
  queueFin(connection);
}

/** The application lets go of it (Linux `__tcp_close`): data that it has not read are answered with a reset. */
export function closeConnection(connection: TcpConnection): void {
  if (connection.orphaned) return;
  connection.orphaned = true;
  connection.onChange = null;
  connection.owner = '';
  connection.receiveShutDown = true;
  const { state, receive } = connection;
  if (state === TcpState.closed) return;
  if (state === TcpState.synSent || state === TcpState.synReceived) {
    connection.finish();
    return;
  }
  const unread = receive.queued > 0;
  receive.first = null;
  receive.last = null;
  receive.queued = 0;
  receive.memory = 0;
  if (unread) {
    sendReset(connection);
    connection.finish();
    return;
  }
  shutDownSending(connection);
  // already half-closed by shutdown: it may wait for the peer's FIN no longer than this
  if (connection.state === TcpState.finWait2) orphanedInFinWait2(connection);
}

/** Linux: `tcp_fin_timeout` is what an orphan waits in FIN-WAIT-2, the last minute of it without a socket. */
function orphanedInFinWait2(connection: TcpConnection): void {
  const timeout = finTimeout(connection);
  if (timeout > TIME_WAIT_LENGTH) connection.keepaliveTimer.set(timeout - TIME_WAIT_LENGTH);
  else becomeTimeWait(connection, TcpState.finWait2, timeout);
}

function finTimeout(connection: TcpConnection): number {
  const { rtt } = connection;
  const least = ((rtt.timeout << 2) - (rtt.timeout >> 1)) * JIFFY;
  return Math.max(connection.namespace.sysctls.tcpFinTimeout * 1e9, least);
}

/**
 * An acknowledgement has been taken: does it end a phase of closing? (RFC 9293, 3.10.7.4 step 5; Linux
 * `tcp_rcv_state_process`)
 * @returns whether the rest of the segment is still of interest
 */
export function acknowledgedInState(connection: TcpConnection): boolean {
  const all = connection.sendUnacknowledged === connection.writeSequence;
  switch (connection.state) {
    case TcpState.finWait1:
      if (!all) return true;
      connection.state = TcpState.finWait2;
      return enterFinWait2(connection);
    case TcpState.closing:
      if (!all) return true;
      becomeTimeWait(connection, TcpState.timeWait, TIME_WAIT_LENGTH);
      return false;
    case TcpState.lastAck:
      if (!all) return true;
      connection.finish();
      return false;
    default:
      return true;
  }
}

function enterFinWait2(connection: TcpConnection): boolean {
  connection.confirmPending = true;
  if (!connection.orphaned) {
    connection.notify();
    return true;
  }
  const hasFin = (arrived.flags & TcpFlag.fin) !== 0;
  const dataEnd = hasFin ? (arrived.end - 1) | 0 : arrived.end;
  if (arrived.length > 0 && after(dataEnd, connection.receive.next)) {
    sendReset(connection);
    connection.finish();
    return false;
  }
  const timeout = finTimeout(connection);
  if (timeout > TIME_WAIT_LENGTH) connection.keepaliveTimer.set(timeout - TIME_WAIT_LENGTH);
  else if (hasFin) connection.keepaliveTimer.set(timeout);
  else {
    becomeTimeWait(connection, TcpState.finWait2, timeout);
    return false;
  }
  return true;
}

/** The peer's FIN has been reached (RFC 9293, 3.10.7.4 step 8; Linux `tcp_fin`). */
export function peerHasFinished(connection: TcpConnection): void {
  const { ack, receive } = connection;
  receive.next = (receive.next + 1) | 0;
  ack.pending |= AckPending.scheduled;
  connection.receiveShutDown = true;
  receive.outOfOrder = null;
  receive.sackBlocks = [];
  switch (connection.state) {
    case TcpState.established:
      connection.state = TcpState.closeWait;
      // a reply is likely: let the acknowledgement ride on it
      ack.interactive = true;
      break;
    case TcpState.finWait1:
      // both have closed at the same time
      sendAck(connection);
      connection.state = TcpState.closing;
      break;
    case TcpState.finWait2:
      sendAck(connection);
      becomeTimeWait(connection, TcpState.timeWait, TIME_WAIT_LENGTH);
      break;
    default:
  }
}

/** What is left of the connection is only its tuple and numbers (Linux `tcp_time_wait`). */
function becomeTimeWait(
  connection: TcpConnection,
  substate: typeof TcpState.finWait2 | typeof TcpState.timeWait,
  timeout: number,
): void {
  const remains = new TimeWait(connection, substate);
  connection.state = TcpState.timeWait;
  connection.sendShutDown = true;
  connection.receiveShutDown = true;
  connection.release();
  connection.namespace.tcp.add(remains);
  remains.start(timeout);
  if (!connection.orphaned) connection.notify();
}
