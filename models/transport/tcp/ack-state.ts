/** Marks of an acknowledgement that is owed (Linux ICSK_ACK_*). */
export const AckPending = { scheduled: 1, timer: 2, pushed: 4, pushedTwice: 8, now: 16 } as const;

/** Delayed acknowledgements of a connection (Linux `icsk_ack`; RFC 9293, 3.8.6.3). */
export class AckState {
  pending = 0;
  /** Acknowledgements left to be sent at once. */
  quick = 0;
  /** Whether the exchange looks interactive: then acknowledgements ride on replies. */
  interactive = false;
  /** Delay that the peer's sending suggests, jiffies; 0 before the first data. */
  delay = 0;
  /** Nanoseconds, when the last data came in. */
  lastReceivedAt = 0;
  /** Size of the peer's full segments, as far as can be told. */
  segmentSize = 0;
  /** Of the last segment if it was shorter. */
  lastSegmentSize = 0;
  /** Acknowledgements of one gap sent so far. */
  duplicates = 0;
  duplicatesOf = 0;
  /** Acknowledgements of a gap that wait to be sent as one. */
  compressed = 0;
  /** Nanoseconds, when the last one out of turn was sent, for their rate limit. */
  lastOutOfWindowAt = Number.NEGATIVE_INFINITY;
}
