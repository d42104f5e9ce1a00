/** Is told what a connection measures and does; one object may watch many connections. */
export interface TcpObserver {
  /** A round trip was measured, microseconds. */
  roundTripMeasured(sample: number): void;
  /** So many segments were sent again. */
  retransmitted(segments: number): void;
}
