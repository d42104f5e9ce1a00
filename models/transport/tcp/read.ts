import { AckPending } from './ack-state.ts';
import { sendAck } from './acknowledge.ts';
import { adjustReceiveSpace, availableWindow } from './receive-window.ts';
import { distance } from './sequence.ts';
import { JoinedPayload } from './stream-data.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';

/** Hands data to the application (Linux `tcp_recvmsg`); see `TcpConnection.read`. */
export function readReceived(
  connection: TcpConnection,
  max: number,
  into?: Uint8Array | JoinedPayload,
): number {
  const { receive } = connection;
  let copied = 0;
  while (copied < max && receive.first !== null) {
    const data = receive.first;
    const length = distance(data.sequence, data.end);
    const take = Math.min(length, max - copied);
    if (into instanceof JoinedPayload) into.add(data.payload, data.offset, take);
    else if (into !== undefined) data.payload.writeTo(into, copied, data.offset, take);
    copied += take;
    if (take === length) {
      receive.memory -= data.truesize;
      receive.first = data.next;
      if (receive.first === null) receive.last = null;
    } else {
      data.sequence = (data.sequence + take) | 0;
      data.offset += take;
    }
  }
  if (copied === 0) return 0;
  receive.queued -= copied;
  receive.copied = (receive.copied + copied) | 0;
  adjustReceiveSpace(connection);
  acknowledgeRead(connection);
  return copied;
}

/** Reading may be what the peer has to hear of: the window has opened, or nothing is left (Linux `tcp_cleanup_rbuf`). */
function acknowledgeRead(connection: TcpConnection): void {
  const { receive, ack, state } = connection;
  if (state === TcpState.closed || state === TcpState.timeWait) return;
  if ((ack.pending & AckPending.scheduled) !== 0) {
    const pushedTwice = (ack.pending & AckPending.pushedTwice) !== 0;
    const pushed = (ack.pending & AckPending.pushed) !== 0 && !ack.interactive;
    const unacknowledged = distance(receive.windowUpdate, receive.next);
    if (unacknowledged > ack.segmentSize || ((pushedTwice || pushed) && receive.memory === 0)) {
      sendAck(connection);
      return;
    }
  }
  if (connection.receiveShutDown) return;
  const offered = receive.remaining;
  if (2 * offered > receive.clamp) return;
  const window = availableWindow(connection);
  if (window > 0 && window >= 2 * offered) sendAck(connection);
}
