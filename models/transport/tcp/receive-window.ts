import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { AckPending } from './ack-state.ts';
import type { ReceiveState } from './receive-state.ts';
import { distance } from './sequence.ts';
import { INITIAL_WINDOW, type TcpConnection } from './tcp-connection.ts';

const WINDOW_MAX = 65_535;
const WINDOW_SCALE_MAX = 14;
/** Linux `sysctl_rmem_max`. */
const RECEIVE_MEMORY_MAX = 212_992;
/** No clamp goes below half of SOCK_MIN_RCVBUF. */
const CLAMP_MIN = 1152;

/** The window that a SYN announces, and its scale. */
export interface InitialWindow {
  window: number;
  clamp: number;
  scale: number;
}

/**
 * What is announced first: the free buffer in whole segments, and the scale that the largest buffer will need (Linux
 * `tcp_select_initial_window`).
 * @param segment data bytes of a full segment
 * @param fixed whether the buffer cannot grow
 */
export function initialWindow(
  namespace: NetworkNamespace,
  buffer: number,
  segment: number,
  scaling: boolean,
  fixed = false,
): InitialWindow {
  let space = buffer >> 1;
  // a buffer that the application has set bounds the window for good
  const bound = fixed ? space : Number.POSITIVE_INFINITY;
  if (space > segment) space -= space % segment;
  const window = space;
  let scale = 0;
  if (scaling) {
    space = Math.min(Math.max(space, namespace.sysctls.tcpRmem[2], RECEIVE_MEMORY_MAX), bound);
    scale = Math.min(Math.max(31 - Math.clz32(space) - 15, 0), WINDOW_SCALE_MAX);
  }
  return { window, scale, clamp: Math.min(WINDOW_MAX * 2 ** scale, bound) };
}

/** The connection is established: how much of the buffer the window may take (Linux `tcp_init_buffer_space`). */
export function initialiseBuffers(connection: TcpConnection): void {
  const { receive, announcedMss } = connection;
  expandSendBuffer(connection);
  receive.measuredAt = connection.now;
  receive.measuredFrom = receive.copied;
  const full = receive.fullSpace;
  if (receive.clamp >= full) receive.clamp = full;
  // one segment is reserved for the application
  if (receive.clamp > 2 * announcedMss && receive.clamp + announcedMss > full) {
    receive.clamp = Math.max(2 * announcedMss, full - announcedMss);
  }
  receive.threshold = Math.min(receive.threshold, receive.clamp);
  receive.measuredSpace = Math.min(receive.threshold, receive.window, INITIAL_WINDOW * announcedMss);
}

/** Room for twice the congestion window (or what the control wants), overhead counted (Linux `tcp_sndbuf_expand`). */
export function expandSendBuffer(connection: TcpConnection): void {
  if (connection.sendBufferFixed) return;
  const perSegment = Math.max(connection.peerMss, connection.mss) + 256 + 320;
  let allocated = 512;
  while (allocated < perSegment) allocated *= 2;
  const segments = Math.max(INITIAL_WINDOW, connection.congestionWindow, connection.reordering + 1);
  const windows = connection.congestionControl.sendBufferWindows ?? 2;
  const wanted = windows * segments * (allocated + 256);
  if (connection.sendBuffer < wanted) {
    connection.sendBuffer = Math.min(wanted, connection.namespace.sysctls.tcpWmem[2]);
  }
}

/** Linux `tcp_set_window_clamp`. */
export function setWindowClamp(receive: ReceiveState, value: number): void {
  const clamp = Math.max(CLAMP_MIN, value);
  if (clamp === receive.clamp) return;
  if (clamp < receive.clamp) receive.threshold = Math.min(receive.threshold, clamp);
  else receive.threshold = Math.max(Math.min(receive.window, clamp), receive.threshold);
  receive.clamp = clamp;
}

/**
 * A segment was queued: the window may grow if such segments will fit into the buffer (Linux `tcp_grow_window`).
 * @param length bytes of data, `truesize` what they cost
 */
export function growWindow(connection: TcpConnection, length: number, truesize: number): void {
  const { receive, ack } = connection;
  const room = Math.min(receive.clamp, receive.space) - receive.threshold;
  if (room <= 0) return;
  const increase =
    receive.windowOf(truesize) <= length
      ? 2 * connection.announcedMss
      : cautiousIncrease(connection, length, truesize);
  if (increase === 0) return;
  receive.threshold += Math.min(room, Math.max(increase, 2 * length));
  ack.quick |= 1;
}

/** Linux `__tcp_grow_window`: segments with much overhead let it grow while it is small. */
function cautiousIncrease(connection: TcpConnection, length: number, truesize: number): number {
  const { receive, namespace } = connection;
  let cost = receive.windowOf(truesize) >> 1;
  let window = receive.windowOf(namespace.sysctls.tcpRmem[2]) >> 1;
  while (receive.threshold <= window) {
    if (cost <= length) return 2 * connection.ack.segmentSize;
    cost >>= 1;
    window >>= 1;
  }
  return 0;
}

/** What could be announced now, bytes (Linux `__tcp_select_window`). */
export function availableWindow(connection: TcpConnection): number {
  const { receive, ack } = connection;
  const scale = connection.receiveWindowScale;
  const unit = 2 ** scale;
  let free = receive.space;
  const allowed = receive.fullSpace;
  const full = Math.min(receive.clamp, allowed);
  const segment = Math.min(ack.segmentSize, full);
  if (segment <= 0) return 0;
  if (free < full >> 1) {
    ack.quick = 0;
    free -= free % unit;
    // silly windows are none (RFC 9293, 3.8.6.2.2)
    if (free < allowed >> 4 || free < segment) return 0;
  }
  free = Math.min(free, receive.threshold);
  if (scale > 0) return Math.ceil(free / unit) * unit;
  let window = receive.window;
  if (window <= free - segment || window > free) window = free - (free % segment);
  else if (segment === full && free > window + (full >> 1)) window = free;
  return window;
}

/**
 * The window that a segment which leaves now announces, as on the wire: an offered window is never taken back (Linux
 * `tcp_select_window`).
 */
export function announceWindow(connection: TcpConnection): number {
  const { receive, receiveWindowScale: scale } = connection;
  const current = receive.remaining;
  let window = availableWindow(connection);
  const unit = 2 ** scale;
  if (window < current) window = Math.ceil(current / unit) * unit;
  receive.window = window;
  receive.windowUpdate = receive.next;
  return Math.min(window, WINDOW_MAX * unit) >>> scale;
}

/** Learns the peer's segment size, and with it the share of the buffer that is data (Linux `tcp_measure_rcv_mss`). */
export function measureSegment(
  connection: TcpConnection,
  length: number,
  truesize: number,
  pushed: boolean,
): void {
  const { ack, receive } = connection;
  const last = ack.lastSegmentSize;
  ack.lastSegmentSize = 0;
  if (length >= ack.segmentSize) {
    if (length !== ack.segmentSize) {
      const ratio = Math.max(1, Math.floor((length * 256) / truesize));
      if (ratio !== receive.ratio) {
        receive.ratio = Math.min(ratio, 255);
        setWindowClamp(receive, receive.windowOf(receive.buffer));
        receive.measuredSpace = Math.min(receive.measuredSpace, receive.clamp);
      }
    }
    ack.segmentSize = Math.min(length, connection.announcedMss);
    // more than a full segment at a time: there is something to be said about it
    if (length > ack.segmentSize + MAX_OPTIONS) notePush(connection);
    return;
  }
  const withHeader = length + connection.headerLength;
  if (withHeader >= 536 + 20 || (withHeader >= 88 + 20 && !pushed)) {
    ack.lastSegmentSize = length;
    if (length === last) {
      ack.segmentSize = length;
      return;
    }
  }
  notePush(connection);
}

const MAX_OPTIONS = 40;

function notePush({ ack }: TcpConnection): void {
  if ((ack.pending & AckPending.pushed) !== 0) ack.pending |= AckPending.pushedTwice;
  ack.pending |= AckPending.pushed;
}

/** First guess of the peer's segment size: low, so that acknowledgements come rather too often. */
export function initialSegmentSize(connection: TcpConnection): number {
  const guess = Math.min(
    connection.announcedMss,
    connection.mss,
    Math.floor(connection.receive.window / 2),
    536,
  );
  return Math.max(guess, 88);
}

/**
 * The application has read: the buffer follows what arrives in a round trip (dynamic right-sizing; Linux
 * `tcp_rcv_space_adjust`).
 */
export function adjustReceiveSpace(connection: TcpConnection): void {
  const { receive } = connection;
  const elapsed = connection.now - receive.measuredAt;
  if (elapsed < receive.roundTripTime >> 3 || receive.roundTripTime === 0) return;
  const copied = distance(receive.measuredFrom, receive.copied);
  if (copied > receive.measuredSpace) {
    growReceiveBuffer(connection, copied);
    receive.measuredSpace = copied;
  }
  receive.measuredFrom = receive.copied;
  receive.measuredAt = connection.now;
}

/** Linux `tcp_rcvbuf_grow`: room for twice what came in a round trip, and for slow start. */
function growReceiveBuffer(connection: TcpConnection, copied: number): void {
  const { receive, namespace } = connection;
  if (connection.receiveBufferFixed) return;
  let window = 2 * copied;
  const grown = copied - receive.measuredSpace;
  if (receive.measuredSpace > 0) window += Math.floor((window * grown) / receive.measuredSpace) * 2;
  const space = Math.ceil((window * 256) / receive.ratio);
  const buffer = Math.min(space, namespace.sysctls.tcpRmem[2]);
  if (buffer <= receive.buffer) return;
  receive.buffer = buffer;
  receive.clamp = Math.max(receive.clamp, receive.windowOf(buffer));
}
