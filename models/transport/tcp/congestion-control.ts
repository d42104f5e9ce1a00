import type { RateSample } from './rate-sample.ts';
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
  /** It lives by marks of the network: both ends agree on ECN, and every segment can be marked (TCP_CONG_NEEDS_ECN). */
  readonly needsEcn?: boolean;
  /** Congestion windows that the send buffer is to hold; 2 if it does not say (`sndbuf_expand`). */
  readonly sendBufferWindows?: number;
  /** The connection is established; windows and sequence numbers are set (`init`). */
  established?(connection: TcpConnection): void;
  /** Segments that the window is to fall to when loss is noticed (`ssthresh`). */
  thresholdAfterLoss(connection: TcpConnection): number;
  /** `acked` segments have been delivered while the window was in use: let it grow (`cong_avoid`). */
  avoidCongestion(connection: TcpConnection, acked: number): void;
  /** The window to go back to when a loss turns out to have been none (`undo_cwnd`). */
  windowAfterUndo(connection: TcpConnection): number;
  /**
   * Segments have been acknowledged (`pkts_acked`).
   * @param roundTripTime of the last of them, microseconds; -1 when it tells nothing
   */
  acknowledged?(connection: TcpConnection, acked: number, roundTripTime: number): void;
  /** In place of `avoidCongestion` and of every reduction: sets window and pace by itself (`cong_control`). */
  controlRate?(connection: TcpConnection, sample: RateSample): void;
  /** An acknowledgement has come; what it acknowledges has not been looked at (`in_ack_event`). */
  acknowledgementArrived?(connection: TcpConnection): void;
  /** A segment with data came that the network has marked, or has not (CA_EVENT_ECN_IS_CE, CA_EVENT_ECN_NO_CE). */
  markReceived?(connection: TcpConnection, marked: boolean): void;
  /** The retransmission timer has fired (CA_EVENT_LOSS). */
  timedOut?(connection: TcpConnection): void;
  /** Fewest segments in a burst; 2 if it does not say (`min_tso_segs`). */
  burstSegments?(connection: TcpConnection): number;
  /** What `ss -i` says of it beside its name. */
  describe?(connection: TcpConnection): string[];
  /** The state is about to become this one (`set_state`). */
  stateChanged?(connection: TcpConnection, state: CongestionState): void;
  /** Data leave while nothing is out (CA_EVENT_TX_START). */
  sendingStarts?(connection: TcpConnection): void;
}
