import type { TcpConnection } from './tcp-connection.ts';

/** Share of window per round trip that is sent, in slow start and else (`tcp_pacing_ss_ratio`, `_ca_ratio`). */
const SLOW_START_RATIO = 2;
const AVOIDANCE_RATIO = 1.2;
/** The first segments of a connection are not spread. */
const UNPACED_SEGMENTS = 10;
const SECOND = 1e9;

/**
 * Follows the window: what goes out in a round trip, and a little more (Linux `tcp_update_pacing_rate`). Bursts are
 * sized by it, also where nothing is paced.
 */
export function updatePacingRate(connection: TcpConnection): void {
  const { rtt, congestionWindow: window, packetsOut, mss } = connection;
  const ratio = window < connection.slowStartThreshold / 2 ? SLOW_START_RATIO : AVOIDANCE_RATIO;
  const perRoundTrip = mss * Math.max(window, packetsOut) * ratio * 8e6;
  connection.pacingRate = rtt.smoothed > 0 ? perRoundTrip / rtt.smoothed : perRoundTrip;
}

/** Whether the next segment has to wait for its time; if so a timer is set (Linux `tcp_pacing_check`). */
export function isPacedNow(connection: TcpConnection): boolean {
  if (!connection.isPaced) return false;
  if (connection.nextSendAt <= connection.namespace.network.simulation.now) return false;
  if (!connection.pacingTimer.isSet) connection.pacingTimer.setExact(connection.nextSendAt);
  return true;
}

/**
 * `length` bytes of data have been sent: the next are due when the rate allows (Linux `tcp_update_skb_after_send`).
 */
export function noteSentForPacing(connection: TcpConnection, length: number): void {
  const { now } = connection.namespace.network.simulation;
  const before = connection.nextSendAt;
  connection.nextSendAt = Math.max(before, now);
  const { pacingRate } = connection;
  if (!Number.isFinite(pacingRate) || connection.counters.dataSegmentsSent < UNPACED_SEGMENTS) return;
  let time = Math.floor((length * SECOND) / pacingRate);
  // what came late may be made up for, but not all at once
  time -= Math.min(Math.floor(time / 2), connection.nextSendAt - before);
  connection.nextSendAt += time;
}
