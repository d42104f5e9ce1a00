/** Recoveries for which a wider reordering window is kept without another duplicate (Linux TCP_RACK_RECOVERY_THRESH). */
export const PATIENT_RECOVERIES = 16;

/** What RACK knows of the segment delivered last (RFC 8985, 5.2). Times in microseconds. */
export class RackState {
  /** When the most recently sent of the delivered segments was sent; -1 for none. */
  sentAt = -1;
  end = 0;
  roundTripTime = 0;
  /** Whether `sentAt` has moved since losses were last looked for. */
  advanced = false;
  /** Whether the network was seen to reorder. */
  reorderingSeen = false;
  /** Quarters of the shortest round trip that segments may come late by. */
  windowSteps = 1;
  /** Recoveries left for which `windowSteps` is kept. */
  windowPersists = 0;
  /** A needless retransmission was reported, and how much had been delivered when `windowSteps` was last raised. */
  duplicateSeen = false;
  lastDelivered = 0;
}
