import { JIFFY } from '../../netns/time/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { delayAck, sendAck } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import { sendSynAck } from './connect.ts';
import { ecnAnswered } from './ecn.ts';
import { peerMssOf, syncMss } from './path-mtu-discovery.ts';
import { initialiseBuffers, initialSegmentSize } from './receive-window.ts';
import { connectionSegmentArrived } from './segment-arrived.ts';
import { sendQueued } from './send.ts';
import { after, before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { startKeepalive } from './timeouts.ts';

const TIMESTAMPS_LENGTH = 12;

/**
 * A segment for a connection in SYN-SENT (RFC 9293, 3.10.7.3; Linux `tcp_rcv_synsent_state_process`).
 * @returns false when a reset is the answer
 */
export function synAnswered(connection: TcpConnection): boolean {
  const { flags, acknowledgement } = arrived;
  if ((flags & TcpFlag.ack) === 0) {
    // both have opened at the same time
    if ((flags & (TcpFlag.syn | TcpFlag.rst)) === TcpFlag.syn) crossed(connection);
    return true;
  }
  if (acknowledgement !== ((connection.initialSequence + 1) | 0)) return (flags & TcpFlag.rst) !== 0;
  if ((flags & TcpFlag.rst) !== 0) connection.fail('ECONNREFUSED');
  else if ((flags & TcpFlag.syn) !== 0) {
    takePeerSyn(connection);
    establish(connection);
  }
  return true;
}

/** The peer's SYN has come instead of an answer: it is answered, and this side's is to be (RFC 9293, 3.5). */
function crossed(connection: TcpConnection): void {
  takePeerSyn(connection);
  connection.state = TcpState.synReceived;
  sendSynAck(connection);
}

/** A segment for a connection of which both ends have sent a SYN (RFC 9293, 3.10.7.4). */
export function crossingAnswered(connection: TcpConnection): boolean {
  const { flags, sequence, acknowledgement, end } = arrived;
  const { receive } = connection;
  const isSyn = (flags & TcpFlag.syn) !== 0;
  const first = isSyn ? (sequence + 1) | 0 : sequence;
  if (before(first, receive.next) || after(first, (receive.next + receive.remaining) | 0)) {
    if ((flags & TcpFlag.rst) === 0) sendAck(connection);
    return true;
  }
  if ((flags & TcpFlag.rst) !== 0) connection.fail('ECONNRESET');
  else if ((flags & TcpFlag.ack) === 0) sendSynAck(connection);
  else if (acknowledgement !== ((connection.initialSequence + 1) | 0)) return false;
  else {
    establish(connection);
    // data may have come with it
    if (!isSyn && sequence !== end) return connectionSegmentArrived(connection);
  }
  return true;
}

/** Options, numbers and window of the peer's SYN. */
function takePeerSyn(connection: TcpConnection): void {
  const { receive } = connection;
  adoptOptions(connection);
  ecnAnswered(connection);
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
}

function establish(connection: TcpConnection): void {
  const crossedOpens = connection.state === TcpState.synReceived;
  connection.sendUnacknowledged = arrived.acknowledgement;
  connection.state = TcpState.established;
  connection.retransmitTimer.clear();
  connection.timerPurpose = 0;
  connection.backoff = 0;
  measureHandshake(connection, connection.synSentAt, connection.retransmits > 0);
  // more than one SYN was lost: the path is to be trusted with little (RFC 5681, 3.1)
  if (connection.retransmits > 1) connection.congestionWindow = 1;
  connection.retransmits = 0;
  connection.retransmittingSince = -1;
  connection.confirmPending = true;
  initialiseBuffers(connection);
  becomeEstablished(connection);
  startKeepalive(connection);
  connection.notify();
  if ((connection.state as TcpState) === TcpState.closed) return;
  if (connection.unsent.first !== null) {
    // data are waiting: they carry the acknowledgement
    connection.ack.pending |= AckPending.scheduled;
    connection.ack.delay = 200e6 / JIFFY;
    delayAck(connection);
    sendQueued(connection);
  } else if (!crossedOpens) sendAck(connection);
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

/** The congestion control begins its work (Linux `tcp_init_transfer`). */
export function becomeEstablished(connection: TcpConnection): void {
  const { now } = connection.namespace.network.simulation;
  connection.windowUsedAt = connection.now;
  connection.lastSentAt = now;
  connection.ack.lastReceivedAt = now;
  connection.congestionControl.established?.(connection);
}

/** The handshake is the first measurement of the round-trip time, unless a SYN was sent twice. */
export function measureHandshake(connection: TcpConnection, sentAt: number, sentAgain: boolean): void {
  const { rtt } = connection;
  rtt.setTimeout();
  let sample = -1;
  if (!sentAgain) sample = connection.now - sentAt;
  else if (connection.timestamps && arrived.timestampEcho !== 0) {
    const elapsed = (connection.timestamp - arrived.timestampEcho) | 0;
    if (elapsed >= 0) sample = Math.max(elapsed, 1) * 1000;
  }
  if (sample < 0) return;
  rtt.noteMinimum(connection, sample);
  rtt.add(connection, sample);
  connection.observer?.roundTripMeasured(sample);
}
