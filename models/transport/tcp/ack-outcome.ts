/** What the acknowledgement in hand was good for (Linux: the FLAG_* of `tcp_ack` and `struct tcp_sacktag_state`). */
export class AckOutcome {
  /** It acknowledges something new. */
  advanced = false;
  /** Segments newly acknowledged by its number. */
  acked = 0;
  /** It reports by SACK what was not known to have arrived (FLAG_DATA_SACKED). */
  sacked = false;
  /** It reports a duplicate (RFC 2883), and one that is the answer to a tail loss probe. */
  duplicateReported = false;
  probeDuplicated = false;
  /** It bears data, or a window that differs. */
  hasData = false;
  windowUpdated = false;
  /** It says that the network has marked a segment (ECN-Echo). */
  congestionEcho = false;
  /** Something acknowledged had been sent more than once (FLAG_RETRANS_DATA_ACKED). */
  retransmittedAcked = false;
  /** Something from before the trouble began arrived that was never sent again (FLAG_ORIG_SACK_ACKED). */
  originalArrived = false;
  /** A retransmission has been found lost. */
  lostRetransmission = false;
  /** The timer for retransmissions is to be set anew. */
  setTimer = false;
  /** First of the segments never sent again that filled a hole behind others that had arrived. */
  lowestHole = 0;
  /** When the first and the last of the segments acknowledged, or reported by SACK, was sent; -1 for none. */
  firstAckedSentAt = -1;
  lastAckedSentAt = -1;
  firstSackedSentAt = -1;
  lastSackedSentAt = -1;

  begin(sendNext: number): void {
    this.advanced = false;
    this.acked = 0;
    this.sacked = false;
    this.duplicateReported = false;
    this.probeDuplicated = false;
    this.hasData = false;
    this.windowUpdated = false;
    this.congestionEcho = false;
    this.retransmittedAcked = false;
    this.originalArrived = false;
    this.lostRetransmission = false;
    this.setTimer = false;
    this.lowestHole = sendNext;
    this.firstAckedSentAt = -1;
    this.lastAckedSentAt = -1;
    this.firstSackedSentAt = -1;
    this.lastSackedSentAt = -1;
  }

  /** It cannot be a duplicate acknowledgement (FLAG_NOT_DUP). */
  get isNoDuplicate(): boolean {
    return this.hasData || this.windowUpdated || this.acked > 0;
  }

  /** It says that something is amiss (FLAG_CA_ALERT). */
  get isAlert(): boolean {
    return this.sacked || this.congestionEcho || this.duplicateReported;
  }
}

/** That of the acknowledgement in hand. */
export const outcome = new AckOutcome();
