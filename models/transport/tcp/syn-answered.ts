import { JIFFY } from '../../netns/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { delayAck, sendAck } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import { peerMssOf, syncMss } from './path-mtu-discovery.ts';
import { initialiseBuffers, initialSegmentSize } from './receive-window.ts';
import { sendQueued } from './send.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { startKeepalive } from './timeouts.ts';

const TIMESTAMPS_LENGTH = 12;

/**
 * A segment for a connection in SYN-SENT (RFC 9293, 3.10.7.3; Linux `tcp_rcv_synsent_state_process`). A simultaneous
 * open is not modelled: a SYN without an acknowledgement is passed over.
 * @returns false when a reset is the answer
 */
export function synAnswered(connection: TcpConnection): boolean {
  const { flags, acknowledgement } = arrived;
  if ((flags & TcpFlag.ack) === 0) return true;
  if (acknowledgement !== ((connection.initialSequence + 1) | 0)) return (flags & TcpFlag.rst) !== 0;
  if ((flags & TcpFlag.rst) !== 0) connection.fail('ECONNREFUSED');
  else if ((flags & TcpFlag.syn) !== 0) establish(connection);
  return true;
}

function establish(connection: TcpConnection): void {
  const { receive } = connection;
  adoptOptions(connection);
  connection.sendUnacknowledged = arrived.acknowledgement;
  receive.next = (arrived.sequence + 1) | 0;
  receive.windowUpdate = receive.next;
  receive.copied = receive.next;
  // the window of a SYN is never scaled
  connection.sendWindow = arrived.window;
  connection.maxSendWindow = arrived.window;
  connection.windowUpdateSequence = arrived.sequence;
  if (!connection.windowScaling) {
    connection.sendWindowScale = 0;
    connection.receiveWindowScale = 0;
    receive.clamp = Math.min(receive.clamp, 65_535);
  }
  syncMss(connection, connection.pathMtu);
  connection.ack.segmentSize = initialSegmentSize(connection);
  connection.state = TcpState.established;
  connection.retransmitTimer.clear();
  connection.timerPurpose = 0;
  connection.backoff = 0;
  measureHandshake(connection, connection.synSentAt, connection.retransmits > 0);
  connection.retransmits = 0;
  connection.retransmittingSince = -1;
  connection.confirmPending = true;
  initialiseBuffers(connection);
  startKeepalive(connection);
  connection.notify();
  if ((connection.state as TcpState) === TcpState.closed) return;
  if (connection.unsent.first !== null) {
    // data are waiting: they carry the acknowledgement
    connection.ack.pending |= AckPending.scheduled;
    connection.ack.delay = 200e6 / JIFFY;
    delayAck(connection);
    sendQueued(connection);
  } else sendAck(connection);
}

/** What both SYNs had is used from now on. */
export function adoptOptions(connection: TcpConnection): void {
  connection.peerMss = peerMssOf(connection.maximumSegmentSize);
  const timestamps = connection.timestamps && arrived.hasTimestamps;
  connection.useTimestamps(timestamps);
  if (timestamps) {
    connection.announcedMss -= TIMESTAMPS_LENGTH;
    connection.recentTimestamp = arrived.timestamp;
    connection.recentTimestampAt = Math.max(1, Math.floor(connection.namespace.network.simulation.now / 1e9));
  }
  connection.sack = connection.sack && arrived.sackPermitted;
  connection.windowScaling = connection.windowScaling && arrived.windowScale >= 0;
  if (connection.windowScaling) connection.sendWindowScale = arrived.windowScale;
}

/** The handshake is the first measurement of the round-trip time, unless a SYN was sent twice. */
export function measureHandshake(connection: TcpConnection, sentAt: number, sentAgain: boolean): void {
  const { rtt } = connection;
  rtt.setTimeout();
  if (!sentAgain) {
    rtt.add(connection, connection.now - sentAt);
    connection.observer?.roundTripMeasured(connection.now - sentAt);
  } else if (connection.timestamps && arrived.timestampEcho !== 0) {
    const elapsed = (connection.timestamp - arrived.timestampEcho) | 0;
    if (elapsed >= 0) rtt.add(connection, Math.max(elapsed, 1) * 1000);
  }
}
