import { JIFFY } from '../../netns/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { ACK_DELAY_MIN, sendAck } from './acknowledge.ts';
import { CongestionState } from './congestion-control.ts';
import { resendSyn } from './connect.ts';
import { transmit, transmitControl } from './output.ts';
import { currentMss } from './path-mtu-discovery.ts';
import { detectLossByTime, enterLoss, enterRecovery, retransmit, retransmitLost } from './recovery.ts';
import { sendReset } from './reset.ts';
import { RTO_MAX } from './round-trip-time.ts';
import { dataLength, setSegments, splitOff } from './scoreboard.ts';
import { before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { TRANSMISSION_OVERHEAD } from './transmission.ts';

/** What the retransmission timer is set for (Linux ICSK_TIME_*). */
export const TimerPurpose = { none: 0, retransmission: 1, probe: 2, reordering: 3 } as const;

/** Linux TCP_RTO_MIN, jiffies: no zero-window probe comes sooner, and how long to try is reckoned from it. */
const RTO_BASE = 200e6 / JIFFY;
/** Linux TCP_TIMEOUT_MIN: two jiffies. */
const TIMEOUT_MIN = 2;
const SECOND = 1e9;

/** Sets the retransmission timer anew (RFC 6298, 5; Linux `tcp_rearm_rto`). */
export function armRetransmission(connection: TcpConnection): void {
  connection.timerPurpose = TimerPurpose.retransmission;
  connection.retransmitTimer.set(connection.rtt.timeout * JIFFY);
}

/** Looks for losses again after `delay` microseconds, unless an acknowledgement comes first (RFC 8985, 6.3). */
export function armReordering(connection: TcpConnection, delay: number): void {
  const jiffies = Math.ceil((delay * 1000) / JIFFY) + TIMEOUT_MIN;
  connection.timerPurpose = TimerPurpose.reordering;
  connection.retransmitTimer.set(Math.min(jiffies, connection.rtt.timeout) * JIFFY);
}

/** Data wait and nothing is out: the peer's window is asked for from time to time (RFC 9293, 3.8.6.1). */
export function armProbe(connection: TcpConnection): void {
  if (connection.packetsOut > 0 || connection.unsent.first === null) return;
  if (connection.timerPurpose !== TimerPurpose.none && connection.retransmitTimer.isSet) return;
  connection.timerPurpose = TimerPurpose.probe;
  const timeout = Math.max(connection.rtt.timeout, RTO_BASE) * 2 ** connection.backoff;
  connection.retransmitTimer.set(Math.min(timeout, RTO_MAX) * JIFFY);
}

export function clearProbe(connection: TcpConnection): void {
  if (connection.timerPurpose !== TimerPurpose.probe) return;
  connection.timerPurpose = TimerPurpose.none;
  connection.retransmitTimer.clear();
}

/** The timer is due (Linux `tcp_write_timer_handler`). */
export function retransmissionTimeout(connection: TcpConnection): void {
  const purpose = connection.timerPurpose;
  connection.timerPurpose = TimerPurpose.none;
  if (connection.state === TcpState.closed) return;
  if (connection.state === TcpState.synSent) synTimeout(connection);
  else if (purpose === TimerPurpose.reordering) reorderingTimeout(connection);
  else if (purpose === TimerPurpose.probe) probeTimeout(connection);
  else if (connection.packetsOut > 0) dataTimeout(connection);
}

/** `tcp_syn_retries`, with the linear ones on top; then each waits twice as long (Linux `tcp_write_timeout`). */
function synTimeout(connection: TcpConnection): void {
  const { tcpSynRetries, tcpSynLinearTimeouts } = connection.namespace.sysctls;
  if (connection.retransmits >= tcpSynRetries + tcpSynLinearTimeouts) {
    connection.fail(connection.softError ?? 'ETIMEDOUT');
    return;
  }
  connection.retransmits++;
  resendSyn(connection);
  if (connection.retransmits > tcpSynLinearTimeouts) backOff(connection);
  armRetransmission(connection);
}

function backOff(connection: TcpConnection): void {
  connection.backoff++;
  connection.rtt.timeout = Math.min(connection.rtt.timeout * 2, RTO_MAX);
}

/** Linux `tcp_rack_reo_timeout`. */
function reorderingTimeout(connection: TcpConnection): void {
  const lostBefore = connection.lostOut;
  connection.rack.advanced = true;
  detectLossByTime(connection);
  if (connection.lostOut > lostBefore && connection.congestionState < CongestionState.recovery) {
    enterRecovery(connection);
  }
  retransmitLost(connection);
  if (connection.packetsOut > 0 && !connection.retransmitTimer.isSet) armRetransmission(connection);
}

/** RFC 6298, 5.4 to 5.6 (Linux `tcp_retransmit_timer`). */
function dataTimeout(connection: TcpConnection): void {
  if (triedLongEnough(connection)) {
    connection.fail(connection.softError ?? 'ETIMEDOUT');
    return;
  }
  enterLoss(connection);
  connection.retransmits++;
  const first = connection.unacknowledged.first;
  if (first !== null) retransmit(connection, first, 1);
  backOff(connection);
  armRetransmission(connection);
}

/** `tcp_retries2` counted as the time that so many retransmissions would take (Linux `retransmits_timed_out`). */
function triedLongEnough(connection: TcpConnection): boolean {
  if (connection.retransmits === 0 || connection.retransmittingSince < 0) return false;
  const { tcpRetries2, tcpOrphanRetries } = connection.namespace.sysctls;
  const retries = connection.orphaned ? Math.min(tcpOrphanRetries || 8, tcpRetries2) : tcpRetries2;
  const elapsed = connection.namespace.network.simulation.now - connection.retransmittingSince;
  return elapsed >= timeOfRetries(retries) * JIFFY;
}

/** Linux `tcp_model_timeout`. */
function timeOfRetries(retries: number): number {
  const doublings = Math.floor(Math.log2(RTO_MAX / RTO_BASE));
  if (retries <= doublings) return (2 * 2 ** retries - 1) * RTO_BASE;
  return (2 * 2 ** doublings - 1) * RTO_BASE + (retries - doublings) * RTO_MAX;
}

/** Linux `tcp_probe_timer`, `tcp_send_probe0`. */
function probeTimeout(connection: TcpConnection): void {
  if (connection.packetsOut > 0 || connection.unsent.first === null) {
    connection.probesOut = 0;
    connection.backoff = 0;
    return;
  }
  const { tcpRetries2, tcpOrphanRetries } = connection.namespace.sysctls;
  if (connection.orphaned && connection.probesOut >= (tcpOrphanRetries || 8)) {
    sendReset(connection);
    connection.fail('ETIMEDOUT');
    return;
  }
  if (connection.probesOut >= tcpRetries2 && connection.softError !== null) {
    connection.fail(connection.softError);
    return;
  }
  const sent = wakePeer(connection);
  if (connection.packetsOut > 0 || connection.unsent.first === null) {
    connection.probesOut = 0;
    connection.backoff = 0;
    return;
  }
  connection.probesOut++;
  if (sent && connection.backoff < tcpRetries2) connection.backoff++;
  armProbe(connection);
}

/** Sends what fits into the window, or a segment that only asks (Linux `tcp_write_wakeup`). */
function wakePeer(connection: TcpConnection): boolean {
  const item = connection.unsent.first;
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  if (item === null || !before(item.sequence, windowEnd)) {
    transmitControl(connection, (connection.sendUnacknowledged - 1) | 0, TcpFlag.ack);
    return true;
  }
  const mss = currentMss(connection);
  const size = Math.min(distance(item.sequence, windowEnd), mss);
  if (dataLength(item) > size) {
    connection.unsent.insertAfter(item, splitOff(item, size, mss));
    connection.sendMemory += TRANSMISSION_OVERHEAD;
  } else setSegments(item, mss);
  item.flags |= TcpFlag.psh;
  connection.unsent.remove(item);
  transmit(connection, item);
  connection.unacknowledged.push(item);
  connection.sendNext = item.end;
  connection.packetsOut += item.segments;
  armRetransmission(connection);
  return true;
}

/** The delay of an acknowledgement is over (Linux `tcp_delack_timer_handler`). */
export function delayedAckTimeout(connection: TcpConnection): void {
  const { ack, rtt } = connection;
  if ((ack.pending & AckPending.timer) === 0) return;
  ack.pending &= ~AckPending.timer;
  if ((ack.pending & AckPending.scheduled) === 0) return;
  if (ack.interactive) {
    // no reply came to ride on
    ack.interactive = false;
    ack.delay = ACK_DELAY_MIN;
  } else ack.delay = Math.min(ack.delay << 1, rtt.timeout);
  sendAck(connection);
}

/** Starts to watch an idle connection, if the application asked for it (SO_KEEPALIVE). */
export function startKeepalive(connection: TcpConnection): void {
  if (connection.keepAlive)
    connection.keepaliveTimer.set(connection.namespace.sysctls.tcpKeepaliveTime * SECOND);
}

/** FIN_WAIT2 has lasted too long, or the peer has been silent (Linux `tcp_keepalive_timer`). */
export function keepaliveTimeout(connection: TcpConnection): void {
  const { state, namespace } = connection;
  if (state === TcpState.closed) return;
  if (state === TcpState.finWait2 && connection.orphaned) {
    sendReset(connection);
    connection.finish();
    return;
  }
  if (!connection.keepAlive || state === TcpState.synSent) return;
  const { tcpKeepaliveTime, tcpKeepaliveProbes, tcpKeepaliveInterval } = namespace.sysctls;
  const now = namespace.network.simulation.now;
  const idle = now - connection.lastHeardAt;
  let next = tcpKeepaliveTime * SECOND;
  if (connection.packetsOut === 0 && connection.unsent.first === null) {
    if (idle >= tcpKeepaliveTime * SECOND) {
      if (connection.probesOut >= tcpKeepaliveProbes) {
        sendReset(connection);
        connection.fail('ETIMEDOUT');
        return;
      }
      wakePeer(connection);
      connection.probesOut++;
      next = tcpKeepaliveInterval * SECOND;
    } else next = tcpKeepaliveTime * SECOND - idle;
  }
  connection.keepaliveTimer.set(next);
}
