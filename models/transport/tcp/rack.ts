/** What RACK knows of the segment delivered last (RFC 8985, 5.2). Times in microseconds. */
export class RackState {
  /** When the most recently sent of the delivered segments was sent; -1 for none. */
  sentAt = -1;
  end = 0;
  roundTripTime = 0;
  /** Whether `sentAt` has moved since losses were last looked for. */
  advanced = false;
  /** Highest sequence number delivered, and whether the network was seen to reorder. */
  forward = 0;
  reorderingSeen = false;
}
