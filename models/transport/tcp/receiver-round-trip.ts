import { arrived } from './arrived-segment.ts';
import type { ReceiveState } from './receive-state.ts';
import { before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';

/**
 * The round trip as the receiver of data sees it, by which its buffer grows (dynamic right-sizing). Two ways to measure
 * it: a window's worth of data takes one, and the peer echoes our time stamps.
 */

/** Data have been taken in order: has a whole window come since the last look? (Linux `tcp_rcv_rtt_measure`) */
export function measureByWindow(connection: TcpConnection): void {
  const { receive, now } = connection;
  if (receive.roundTripAt !== 0) {
    if (before(receive.next, receive.roundTripSequence)) return;
    update(receive, Math.max(1, now - receive.roundTripAt), true);
  }
  receive.roundTripSequence = (receive.next + receive.window) | 0;
  receive.roundTripAt = now;
}

/** The segment in hand echoes a time stamp that we have not seen echoed yet (Linux `tcp_rcv_rtt_measure_ts`). */
export function measureByTimestamp(connection: TcpConnection): void {
  const { receive } = connection;
  if (!arrived.hasTimestamps || arrived.timestampEcho === receive.lastEcho) return;
  receive.lastEcho = arrived.timestampEcho;
  if (arrived.length < connection.ack.segmentSize) return;
  const milliseconds = (connection.timestamp - arrived.timestampEcho) | 0;
  if (milliseconds > 0) update(receive, milliseconds * 1000, false);
}

/**
 * Linux `tcp_rcv_rtt_update`: down at once, up slowly, and not at all where the sender may just have paused.
 * @param sample microseconds
 */
function update(receive: ReceiveState, sample: number, byWindow: boolean): void {
  const old = receive.roundTripTime;
  if (old === 0 || sample * 8 < old) receive.roundTripTime = sample * 8;
  else if (!byWindow) receive.roundTripTime = old - (old >> 3) + sample;
}
