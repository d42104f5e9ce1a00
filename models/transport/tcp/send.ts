import type { Errno } from '../../netns/control-error.ts';
import type { Payload } from '../../payload.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { shouldDefer } from './burst-deferral.ts';
import { transmit } from './output.ts';
import { isPacedNow } from './pacing.ts';
import { boundToHalfWindow, currentMss } from './path-mtu-discovery.ts';
import { checkAppLimited } from './rate-sample.ts';
import { dataLength, setSegments, splitOff } from './scoreboard.ts';
import { after, distance } from './sequence.ts';
import { JoinedPayload } from './stream-data.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { armProbe, rearmRetransmission, TimerPurpose, watchTail } from './timeouts.ts';
import { TRANSMISSION_OVERHEAD, Transmission } from './transmission.ts';
import { noteWindowUse, restartAfterIdle } from './window-use.ts';

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
  checkAppLimited(connection);
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
  const { data, dataOffset } = item;
  if (data instanceof JoinedPayload && dataOffset + had === data.length) data.add(payload, from, length);
  else if (data !== payload || dataOffset + had !== from) {
    const joined = new JoinedPayload();
    joined.add(data, dataOffset, had);
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
  if (connection.unsent.first === null) return;
  const sent = sendAllowed(connection);
  if (sent > 0) watchTail(connection);
  else if (connection.packetsOut === 0) armProbe(connection);
}

/** Sends one segment, or burst, for a tail loss probe, whatever the congestion window; answers whether it could. */
export function sendProbeData(connection: TcpConnection): boolean {
  return sendAllowed(connection, true) > 0;
}

/** @returns segments sent */
function sendAllowed(connection: TcpConnection, once = false): number {
  const { unsent } = connection;
  const mss = currentMss(connection);
  const most = burstLimit(connection, mss);
  let deferred = false;
  let sent = 0;
  for (let item = unsent.first; item !== null; item = unsent.first) {
    if (isPacedNow(connection)) break;
    const quota = Math.min(windowQuota(connection) || (once ? 1 : 0), most);
    if (quota === 0) break;
    if (item.next !== null) fillUp(connection, item, quota * mss);
    setSegments(item, mss);
    if (!fitsWindow(connection, item, mss)) break;
    if (item.segments === 1) {
      if (!once && mustWait(connection, item, mss)) break;
    } else if (!once && shouldDefer(connection, item, most)) {
      deferred = true;
      break;
    }
    if (!sendPiece(connection, item, mss, quota)) break;
    sent += item.segments;
    if (once) break;
  }
  const limited = deferred || connection.inFlight >= connection.congestionWindow;
  if (sent > 0 || limited) noteWindowUse(connection, limited);
  if (connection.inReduction) connection.prrOut += sent;
  return sent;
}

/** Sends what may leave of a transmission; false when a queue of this host holds it back. */
function sendPiece(connection: TcpConnection, item: Transmission, mss: number, quota: number): boolean {
  const limit = item.segments > 1 ? splitPoint(connection, item, mss, quota) : mss;
  if (dataLength(item) > limit) {
    connection.unsent.insertAfter(item, splitOff(item, limit, mss));
    connection.sendMemory += TRANSMISSION_OVERHEAD;
  }
  if (connection.smallQueue.holdsBack(item, 0)) return false;
  sendNew(connection, item, mss);
  // a process that sends also does what its packets bring about, before it goes on (softirqs on return)
  if (connection.owned) connection.namespace.network.backlog.drain();
  return true;
}

/** What was cut to another size takes data from the next, up to what may go out at once (Linux `tcp_grow_skb`). */
function fillUp(connection: TcpConnection, item: Transmission, bytes: number): void {
  const { next } = item;
  if (next === null) return;
  const length = Math.min(bytes - dataLength(item), dataLength(next));
  if (length <= 0) return;
  const flags = item.flags;
  extend(item, length, next.data, next.dataOffset);
  item.flags = flags;
  next.sequence = item.end;
  next.dataOffset += length;
  if (dataLength(next) > 0) return;
  item.end = next.end;
  item.flags |= next.flags;
  connection.unsent.remove(next);
  connection.sendMemory -= TRANSMISSION_OVERHEAD;
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

/** Whether a single segment waits until it is full (Linux `tcp_nagle_test`). */
function mustWait(connection: TcpConnection, item: Transmission, mss: number): boolean {
  if (item !== connection.unsent.last || dataLength(item) >= mss) return false;
  return (item.flags & TcpFlag.fin) === 0 && holdsBackSmall(connection);
}

/** Whether the end of what was written waits for more: the cork, or Nagle's rule as Minshall has it (`tcp_nagle_check`). */
function holdsBackSmall(connection: TcpConnection): boolean {
  if (connection.corked) return true;
  return !connection.noDelay && connection.packetsOut > 0 && smallSegmentOut(connection);
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
  return partial > 0 && holdsBackSmall(connection) ? needed - partial : needed;
}

/**
 * Segments in a burst: about a millisecond's worth at the rate at which a window goes out in a round trip, more where
 * the round trip is short (Linux `tcp_tso_autosize`).
 */
export function burstLimit(connection: TcpConnection, mss: number): number {
  const { rtt, pacingRate, congestionControl } = connection;
  const least = congestionControl.burstSegments?.(connection) ?? BURST_SEGMENTS_MIN;
  let bytes = pacingRate / 1024;
  const shift = Number.isFinite(rtt.minimum) ? Math.floor(rtt.minimum / 512) : 0;
  if (shift < 16) bytes += BURST_BYTES >> shift;
  return Math.max(Math.floor(Math.min(bytes, BURST_BYTES) / mss), least);
}

/** Sends what has never been sent (Linux `tcp_event_new_data_sent`). */
export function sendNew(connection: TcpConnection, item: Transmission, mss: number): void {
  const { unsent, unacknowledged, packetsOut, timerPurpose } = connection;
  unsent.remove(item);
  transmit(connection, item, false);
  unacknowledged.push(item);
  connection.sendNext = item.end;
  connection.packetsOut += item.segments;
  if (dataLength(item) < item.segments * mss) connection.smallSegmentEnd = item.end;
  if (packetsOut === 0 || timerPurpose === TimerPurpose.lossProbe) rearmRetransmission(connection);
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
