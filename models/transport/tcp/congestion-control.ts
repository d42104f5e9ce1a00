import type { TcpConnection } from './tcp-connection.ts';

/** What the sender believes of the path (Linux TCP_CA_*). */
export const CongestionState = { open: 0, disorder: 1, cwr: 2, recovery: 3, loss: 4 } as const;
export type CongestionState = (typeof CongestionState)[keyof typeof CongestionState];

/**
 * A congestion control of one connection (Linux `struct tcp_congestion_ops`). It reads and sets the connection's
 * `congestionWindow` and `slowStartThreshold`, both in segments. Loss detection and recovery are not its business.
 */
export interface CongestionControl {
  readonly name: string;
  /** Segments that the window is to fall to when loss is noticed. */
  thresholdAfterLoss(connection: TcpConnection): number;
  /** `acked` segments have been acknowledged while the window was in use: let it grow. */
  avoidCongestion(connection: TcpConnection, acked: number): void;
  /** The window to go back to when a loss turns out to have been none. */
  windowAfterUndo(connection: TcpConnection): number;
  /** A round-trip time was measured, microseconds. */
  measured?(connection: TcpConnection, roundTripTime: number): void;
  stateChanged?(connection: TcpConnection, state: CongestionState): void;
  /** The first data after an idle time are sent. */
  restarted?(connection: TcpConnection): void;
}
