import { JIFFY } from '../../netns/time/jiffies.ts';
import { CongestionState } from './congestion-control.ts';
import { currentThreshold } from './recovery.ts';
import { before } from './sequence.ts';
import { INITIAL_WINDOW, type TcpConnection } from './tcp-connection.ts';

/**
 * Whether the congestion window is used, as far as its growth, and its keeping, depends on that (RFC 2861, 7661; Linux
 * `tcp_cwnd_validate`).
 * @param limited it was what held data back
 */
export function noteWindowUse(connection: TcpConnection, limited: boolean): void {
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
  if (connection.isWindowLimited) {
    connection.windowUsed = 0;
    connection.windowUsedAt = connection.now;
    return;
  }
  connection.windowUsed = Math.max(connection.windowUsed, connection.packetsOut);
  const { sysctls } = connection.namespace;
  const unused = Math.floor((connection.now - connection.windowUsedAt) / (JIFFY / 1000));
  const ownRate = connection.congestionControl.controlRate !== undefined;
  if (sysctls.tcpSlowStartAfterIdle && unused >= connection.rtt.timeout && !ownRate) letDecay(connection);
}

/** A window that has not been used for a time-out falls half-way to what was (Linux `tcp_cwnd_application_limited`). */
function letDecay(connection: TcpConnection): void {
  if (connection.congestionState === CongestionState.open && !connection.wantsRoom) {
    const used = Math.max(connection.windowUsed, INITIAL_WINDOW);
    if (used < connection.congestionWindow) {
      connection.slowStartThreshold = currentThreshold(connection);
      connection.congestionWindow = (connection.congestionWindow + used) >> 1;
    }
    connection.windowUsed = 0;
  }
  connection.windowUsedAt = connection.now;
}

/** After an idle time the window starts again from its initial value (RFC 5681, 4.1; Linux `tcp_cwnd_restart`). */
export function restartAfterIdle(connection: TcpConnection): void {
  if (connection.packetsOut > 0 || connection.congestionControl.controlRate !== undefined) return;
  if (!connection.namespace.sysctls.tcpSlowStartAfterIdle || connection.lastSentAt === 0) return;
  const timeout = connection.rtt.timeout * JIFFY;
  let idle = connection.namespace.network.simulation.now - connection.lastSentAt;
  if (idle <= timeout) return;
  connection.slowStartThreshold = currentThreshold(connection);
  let window = connection.congestionWindow;
  const least = Math.min(INITIAL_WINDOW, window);
  while ((idle -= timeout) > 0 && window > least) window >>= 1;
  connection.congestionWindow = Math.max(window, least);
  connection.windowUsedAt = connection.now;
  connection.windowUsed = 0;
}
