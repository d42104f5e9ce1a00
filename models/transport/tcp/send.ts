import type { Errno } from '../../netns/control-error.ts';
import { JIFFY } from '../../netns/jiffies.ts';
import type { Payload } from '../../payload.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { CongestionState } from './congestion-control.ts';
import { transmit } from './output.ts';
import { boundToHalfWindow, currentMss } from './path-mtu-discovery.ts';
import { dataLength, setSegments, splitOff } from './scoreboard.ts';
import { after, before, distance } from './sequence.ts';
import { JoinedPayload } from './stream-data.ts';
import { INITIAL_WINDOW, type TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { armProbe, armRetransmission } from './timeouts.ts';
import { TRANSMISSION_OVERHEAD, Transmission } from './transmission.ts';

/** Largest piece handed down at once (Linux `sk_gso_max_size`, less the longest headers). */
const BURST_BYTES = 65_536 - 1 - 320;
/** Linux `tcp_min_tso_segs`. */
const BURST_SEGMENTS_MIN = 2;

/** Takes data from the application (Linux `tcp_sendmsg`); see `TcpConnection.send`. */
export function acceptForSending(
  connection: TcpConnection,
  length: number,
  payload: Payload,
  from: number,
): number | Errno {
  if (connection.error !== null) return connection.takeError()!;
  if (connection.sendShutDown || connection.state === TcpState.closed) return 'EPIPE';
  restartAfterIdle(connection);
  const mss = currentMss(connection);
  const largest = largestPiece(connection, mss);
  let taken = 0;
  while (taken < length) {
    if (connection.sendMemory >= connection.sendBuffer) break;
    const piece = Math.min(
      length - taken,
      append(connection, length - taken, payload, from + taken, largest),
    );
    taken += piece;
    if (taken < length && needsPush(connection)) {
      pushTail(connection);
      if (canTransfer(connection)) sendQueued(connection);
    } else if (taken < length && connection.packetsOut === 0 && canTransfer(connection)) {
      sendQueued(connection);
    }
  }
  if (taken < length) connection.wantsRoom = true;
  if (taken > 0) {
    pushTail(connection);
    if (canTransfer(connection)) sendQueued(connection);
  }
  return taken;
}

/** Whether data may leave in this state. */
function canTransfer({ state }: TcpConnection): boolean {
  return state !== TcpState.synSent && state !== TcpState.synReceived && state !== TcpState.closed;
}

/** What one transmission holds at most: whole segments, not more than half the peer's window (Linux `tcp_xmit_size_goal`). */
function largestPiece(connection: TcpConnection, mss: number): number {
  const bytes = boundToHalfWindow(connection, BURST_BYTES);
  return Math.max(Math.floor(bytes / mss), 1) * mss;
}

/** Adds data to the last transmission that waits, or makes a new one; answers how many bytes. */
function append(
  connection: TcpConnection,
  length: number,
  payload: Payload,
  from: number,
  largest: number,
): number {
  const tail = connection.unsent.last;
  const room = tail === null ? 0 : largest - dataLength(tail);
  const sequence = connection.writeSequence;
  if (tail === null || room <= 0) {
    const piece = Math.min(length, largest);
    const item = new Transmission(sequence, (sequence + piece) | 0, payload, from);
    connection.unsent.push(item);
    connection.writeSequence = item.end;
    connection.sendMemory += TRANSMISSION_OVERHEAD + piece;
    return piece;
  }
  const piece = Math.min(length, room);
  extend(tail, piece, payload, from);
  connection.writeSequence = tail.end;
  connection.sendMemory += piece;
  return piece;
}

function extend(item: Transmission, length: number, payload: Payload, from: number): void {
  const had = dataLength(item);
  if (item.data !== payload || item.dataOffset + had !== from) {
    const joined = new JoinedPayload();
    joined.add(item.data, item.dataOffset, had);
    joined.add(payload, from, length);
    item.data = joined;
    item.dataOffset = 0;
  }
  item.end = (item.end + length) | 0;
  item.flags &= ~TcpFlag.psh;
}

function pushTail(connection: TcpConnection): void {
  const tail = connection.unsent.last;
  if (tail === null) return;
  tail.flags |= TcpFlag.psh;
  connection.pushedSequence = connection.writeSequence;
}

/** More than half of the peer's window has been written since the last push (Linux `forced_push`). */
function needsPush(connection: TcpConnection): boolean {
  return after(connection.writeSequence, (connection.pushedSequence + (connection.maxSendWindow >> 1)) | 0);
}

/** Sends what waits, as the windows and Nagle's rule allow (Linux `tcp_write_xmit`). */
export function sendQueued(connection: TcpConnection): void {
  const { unsent } = connection;
  if (unsent.first === null) return;
  const mss = currentMss(connection);
  let limited = false;
  let sent = false;
  for (let item = unsent.first; item !== null; item = unsent.first) {
    const quota = windowQuota(connection);
    if (quota === 0) {
      limited = true;
      break;
    }
    setSegments(item, mss);
    if (!fitsWindow(connection, item, mss)) break;
    if (item.segments === 1 && mustWait(connection, item, mss)) break;
    const burst = Math.min(quota, burstLimit(connection));
    const limit = item.segments > 1 ? splitPoint(connection, item, mss, burst) : mss;
    if (dataLength(item) > limit) {
      unsent.insertAfter(item, splitOff(item, limit, mss));
      connection.sendMemory += TRANSMISSION_OVERHEAD;
    }
    sendNew(connection, item, mss);
    // a process that sends also does what its packets bring about, before it goes on (softirqs on return)
    if (connection.owned) connection.namespace.network.backlog.drain();
    sent = true;
  }
  if (sent) noteWindowUse(connection, limited || connection.inFlight >= connection.congestionWindow);
  else if (connection.packetsOut === 0) armProbe(connection);
}

/** Segments that the congestion window lets out at once: never more than half of it (Linux `tcp_cwnd_test`). */
function windowQuota(connection: TcpConnection): number {
  const { congestionWindow: window, inFlight } = connection;
  return inFlight >= window ? 0 : Math.min(Math.max(window >> 1, 1), window - inFlight);
}

/** Whether the first segment is inside the peer's window (Linux `tcp_snd_wnd_test`). */
function fitsWindow(connection: TcpConnection, item: Transmission, mss: number): boolean {
  const end = dataLength(item) > mss ? (item.sequence + mss) | 0 : item.end;
  return !after(end, (connection.sendUnacknowledged + connection.sendWindow) | 0);
}

/** Nagle's rule, as Minshall has it (Linux `tcp_nagle_test`). */
function mustWait(connection: TcpConnection, item: Transmission, mss: number): boolean {
  if (connection.noDelay || item !== connection.unsent.last) return false;
  if ((item.flags & TcpFlag.fin) !== 0 || dataLength(item) >= mss) return false;
  return connection.packetsOut > 0 && smallSegmentOut(connection);
}

function smallSegmentOut(connection: TcpConnection): boolean {
  const { smallSegmentEnd: end } = connection;
  return after(end, connection.sendUnacknowledged) && !after(end, connection.sendNext);
}

/** How many bytes of a long transmission may go out at once (Linux `tcp_mss_split_point`). */
function splitPoint(connection: TcpConnection, item: Transmission, mss: number, segments: number): number {
  const window = distance(item.sequence, (connection.sendUnacknowledged + connection.sendWindow) | 0);
  const most = mss * segments;
  if (most <= window && item !== connection.unsent.last) return most;
  const needed = Math.min(dataLength(item), window);
  if (most <= needed) return most;
  const partial = needed % mss;
  const holdBack = partial > 0 && !connection.noDelay && connection.packetsOut > 0;
  return holdBack && smallSegmentOut(connection) ? needed - partial : needed;
}

/**
 * Segments in a burst: about a millisecond's worth at the rate at which a window goes out in a round trip, more where
 * the round trip is short (Linux `tcp_tso_autosize`).
 */
export function burstLimit(connection: TcpConnection): number {
  const { rtt, mss } = connection;
  const factor = connection.congestionWindow < connection.slowStartThreshold / 2 ? 2 : 1.2;
  const window = Math.max(connection.congestionWindow, connection.packetsOut) * mss;
  const perSecond = rtt.smoothed === 0 ? Number.POSITIVE_INFINITY : (window * factor * 8e6) / rtt.smoothed;
  let bytes = perSecond / 1024;
  const shift = Number.isFinite(rtt.minimum) ? Math.floor(rtt.minimum / 512) : 0;
  if (shift < 16) bytes += BURST_BYTES >> shift;
  return Math.max(Math.floor(Math.min(bytes, BURST_BYTES) / mss), BURST_SEGMENTS_MIN);
}

function sendNew(connection: TcpConnection, item: Transmission, mss: number): void {
  const { unsent, unacknowledged } = connection;
  const first = connection.packetsOut === 0;
  unsent.remove(item);
  transmit(connection, item);
  unacknowledged.push(item);
  connection.sendNext = item.end;
  connection.packetsOut += item.segments;
  // new data take their share of the reduced window as well (Linux `tcp_write_xmit`)
  const { congestionState: state } = connection;
  if (state === CongestionState.recovery || state === CongestionState.cwr) connection.prrOut += item.segments;
  if (dataLength(item) < item.segments * mss) connection.smallSegmentEnd = item.end;
  if (first) armRetransmission(connection);
}

/** Linux `tcp_cwnd_validate`: the window grows only while it is used. */
function noteWindowUse(connection: TcpConnection, limited: boolean): void {
  const newRound = !before(connection.sendUnacknowledged, connection.maxPacketsSequence);
  if (
    newRound ||
    limited ||
    (!connection.windowLimited && connection.packetsOut > connection.maxPacketsOut)
  ) {
    connection.windowLimited = limited;
    connection.maxPacketsOut = connection.packetsOut;
    connection.maxPacketsSequence = connection.sendNext;
  }
}

/** After an idle time the window starts again from its initial value (RFC 5681, 4.1; Linux `tcp_cwnd_restart`). */
function restartAfterIdle(connection: TcpConnection): void {
  if (connection.packetsOut > 0 || connection.congestionState >= CongestionState.cwr) return;
  if (!connection.namespace.sysctls.tcpSlowStartAfterIdle || connection.lastSentAt === 0) return;
  const timeout = connection.rtt.timeout * JIFFY;
  let idle = connection.namespace.network.simulation.now - connection.lastSentAt;
  if (idle <= timeout) return;
  const { congestionWindow } = connection;
  const threshold = (congestionWindow >> 1) + (congestionWindow >> 2);
  connection.slowStartThreshold = Math.max(connection.slowStartThreshold, threshold);
  connection.congestionControl.restarted?.(connection);
  const least = Math.min(INITIAL_WINDOW, congestionWindow);
  let window = congestionWindow;
  while ((idle -= timeout) > 0 && window > least) window >>= 1;
  connection.congestionWindow = Math.max(window, least);
}

/** Queues the FIN: on the last transmission that waits, or on one of its own (Linux `tcp_send_fin`). */
export function queueFin(connection: TcpConnection): void {
  const tail = connection.unsent.last;
  if (tail !== null) {
    tail.flags |= TcpFlag.fin;
    tail.end = (tail.end + 1) | 0;
    connection.sendMemory++;
  } else {
    const sequence = connection.writeSequence;
    const item = new Transmission(sequence, (sequence + 1) | 0, NOTHING, 0);
    item.flags = TcpFlag.fin;
    connection.unsent.push(item);
    connection.sendMemory += TRANSMISSION_OVERHEAD + 1;
  }
  connection.writeSequence = (connection.writeSequence + 1) | 0;
  if (canTransfer(connection)) sendQueued(connection);
}

const NOTHING: Payload = { writeTo() {} };
