import type { ReceivedData } from './stream-data.ts';

/** Bits of the fixed-point share of a buffer that holds data (Linux TCP_RMEM_TO_WIN_SCALE). */
const RATIO_SHIFT = 8;

/** The receiving half of a connection: what is expected, what is queued, what may be announced. */
export class ReceiveState {
  /** RCV.NXT. */
  next = 0;
  /** RCV.NXT when the window was last announced, and that window in bytes. */
  windowUpdate = 0;
  window = 0;
  /** Behind the last byte that the application has read. */
  copied = 0;
  /** Largest window to be announced now, and ever (Linux rcv_ssthresh, window_clamp). */
  threshold = 0;
  clamp = 0;
  /** Memory allowed and in use (sk_rcvbuf, sk_rmem_alloc). */
  buffer: number;
  memory = 0;
  /** Share of the buffer that is data, out of 256. */
  ratio = 1 << (RATIO_SHIFT - 1);
  /** Bytes in order that have not been read. */
  queued = 0;
  first: ReceivedData | null = null;
  last: ReceivedData | null = null;
  /** Segments that came ahead of order, by sequence number, without overlaps. */
  outOfOrder: ReceivedData | null = null;
  /** SACK blocks to report, most recent first: left and right edges in turn. */
  sackBlocks: number[] = [];
  /** A duplicate to report first (RFC 2883), left and right edge. */
  duplicate: [left: number, right: number] | null = null;

  // --- dynamic right-sizing (Linux tcp_rcv_space_adjust)
  measuredSpace = 0;
  measuredFrom = 0;
  measuredAt = 0;
  /** Round-trip time as the receiver sees it, eight times, microseconds; 0 for unknown. */
  roundTripTime = 0;
  roundTripSequence = 0;
  roundTripAt = 0;
  /** The time stamp that the peer echoed last. */
  lastEcho = 0;

  constructor(buffer: number) {
    this.buffer = buffer;
  }

  /** Data bytes that fit into a space of buffer (Linux `tcp_win_from_space`). */
  windowOf(space: number): number {
    return Math.floor((space * this.ratio) / 2 ** RATIO_SHIFT);
  }

  /** Free, as a window (Linux `tcp_space`). */
  get space(): number {
    return this.windowOf(this.buffer - this.memory);
  }

  /** Linux `tcp_full_space`. */
  get fullSpace(): number {
    return this.windowOf(this.buffer);
  }

  /** What is left of the window announced last (Linux `tcp_receive_window`). */
  get remaining(): number {
    return Math.max(0, (this.windowUpdate + this.window - this.next) | 0);
  }
}
