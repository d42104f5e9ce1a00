import type { CongestionControl } from './congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Congestion control as RFC 5681 has it (Linux `tcp_reno`). */
export const reno: CongestionControl = {
  name: 'reno',

  thresholdAfterLoss(connection) {
    return Math.max(connection.congestionWindow >> 1, 2);
  },

  avoidCongestion(connection, acked) {
    if (!connection.isWindowLimited) return;
    if (connection.inSlowStart) {
      acked = slowStart(connection, acked);
      if (acked === 0) return;
    }
    growAdditively(connection, connection.congestionWindow, acked);
  },

  windowAfterUndo(connection) {
    return Math.max(connection.congestionWindow, connection.priorWindow);
  },
};

/** One segment for each one acknowledged, up to the threshold; answers what is left over (Linux `tcp_slow_start`). */
export function slowStart(connection: TcpConnection, acked: number): number {
  const window = Math.min(connection.congestionWindow + acked, connection.slowStartThreshold);
  const rest = acked - (window - connection.congestionWindow);
  connection.congestionWindow = window;
  return rest;
}

/** One segment for every `perWindow` acknowledged (Linux `tcp_cong_avoid_ai`). */
export function growAdditively(connection: TcpConnection, perWindow: number, acked: number): void {
  if (connection.windowCredit >= perWindow) {
    connection.windowCredit = 0;
    connection.congestionWindow++;
  }
  connection.windowCredit += acked;
  if (connection.windowCredit >= perWindow) {
    const steps = Math.floor(connection.windowCredit / perWindow);
    connection.windowCredit -= steps * perWindow;
    connection.congestionWindow += steps;
  }
}
