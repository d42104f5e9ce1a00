import { JIFFY } from '../../netns/time/jiffies.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { outcome } from './ack-outcome.ts';
import { AckPending } from './ack-state.ts';
import { ACK_DELAY_MIN, sendAck } from './acknowledge.ts';
import { CongestionState } from './congestion-control.ts';
import { resendSyn } from './connect.ts';
import { markOverdue } from './loss-detection.ts';
import { mayProbe, sendLossProbe } from './loss-probe.ts';
import { transmitControl } from './output.ts';
import { currentMss } from './path-mtu-discovery.ts';
import { enterRecovery, reduceWindow } from './recovery.ts';
import { sendReset } from './reset.ts';
import { retransmit, retransmitLost } from './retransmit.ts';
import { INITIAL_RTO, RTO_MAX } from './round-trip-time.ts';
import { dataLength, setSegments, splitOff } from './scoreboard.ts';
import { sendNew } from './send.ts';
import { before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';
import { enterLoss } from './timeout-recovery.ts';
import { TRANSMISSION_OVERHEAD } from './transmission.ts';

/** What the retransmission timer is set for (Linux ICSK_TIME_*). */
export const TimerPurpose = { none: 0, retransmission: 1, probe: 2, reordering: 3, lossProbe: 4 } as const;

/** Linux TCP_RTO_MIN, jiffies: no zero-window probe comes sooner, and how long to try is reckoned from it. */
const RTO_BASE = 200e6 / JIFFY;
/** Linux TCP_RESOURCE_PROBE_INTERVAL: half a second, jiffies. */
const HOST_RETRY = 500e6 / JIFFY;
/** Linux TCP_TIMEOUT_MIN: two jiffies. */
const TIMEOUT_MIN = 2;
const JIFFY_MICROSECONDS = JIFFY / 1000;
const SECOND = 1e9;

/** Lets the retransmission timer run from now (RFC 6298, 5). */
export function armRetransmission(connection: TcpConnection): void {
  connection.timerPurpose = TimerPurpose.retransmission;
  connection.retransmitTimer.set(connection.rtt.timeout * JIFFY + pacingDelay(connection));
}

/** Paced segments leave later than they are sent (Linux `tcp_pacing_delay`). */
function pacingDelay(connection: TcpConnection): number {
  if (!connection.isPaced) return 0;
  return Math.max(0, connection.nextSendAt - connection.namespace.network.simulation.now);
}

/** Sets it anew; behind a shorter timer it runs from when the first segment was sent (Linux `tcp_rearm_rto`). */
export function rearmRetransmission(connection: TcpConnection): void {
  if (connection.packetsOut === 0) {
    connection.retransmitTimer.clear();
    connection.timerPurpose = TimerPurpose.none;
    return;
  }
  const { timerPurpose: purpose } = connection;
  const wasShorter = purpose === TimerPurpose.reordering || purpose === TimerPurpose.lossProbe;
  if (!wasShorter) {
    armRetransmission(connection);
    return;
  }
  const jiffies = Math.ceil(Math.max(untilTimeout(connection), 1) / JIFFY_MICROSECONDS);
  connection.timerPurpose = TimerPurpose.retransmission;
  connection.retransmitTimer.set(Math.min(jiffies, RTO_MAX) * JIFFY);
}

/** Microseconds from now to the time-out of the first segment that is out (Linux `tcp_rto_delta_us`). */
function untilTimeout(connection: TcpConnection): number {
  const timeout = connection.rtt.timeout * JIFFY_MICROSECONDS;
  const first = connection.unacknowledged.first;
  return first === null ? timeout : timeout - (connection.now - first.sentAt);
}

/** A probe in two round trips or, where none is allowed, the time-out (Linux `tcp_set_xmit_timer`). */
export function setTransmitTimer(connection: TcpConnection): void {
  if (!scheduleLossProbe(connection, connection.rtt.timeout * JIFFY_MICROSECONDS)) {
    rearmRetransmission(connection);
  }
}

/** Something has been sent, maybe the last there is to send (RFC 8985, 7.2). */
export function watchTail(connection: TcpConnection): void {
  scheduleLossProbe(connection, untilTimeout(connection));
}

/** @param limit microseconds until the time-out: it comes no later than that (Linux `tcp_schedule_loss_probe`) */
function scheduleLossProbe(connection: TcpConnection, limit: number): boolean {
  if (!mayProbe(connection)) return false;
  const { rtt, packetsOut, namespace } = connection;
  let jiffies = INITIAL_RTO;
  if (rtt.smoothed > 0) {
    // a lone segment may be acknowledged late
    const slack = packetsOut === 1 ? namespace.sysctls.tcpRtoMin : TIMEOUT_MIN * JIFFY_MICROSECONDS;
    jiffies = Math.ceil(((rtt.smoothed >> 2) + slack) / JIFFY_MICROSECONDS);
  }
  if (limit > 0) jiffies = Math.min(jiffies, Math.ceil(limit / JIFFY_MICROSECONDS));
  connection.timerPurpose = TimerPurpose.lossProbe;
  connection.retransmitTimer.set(jiffies * JIFFY + pacingDelay(connection));
  return true;
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
  const { state } = connection;
  if (state === TcpState.synSent || state === TcpState.synReceived) synTimeout(connection);
  else if (purpose === TimerPurpose.lossProbe) sendLossProbe(connection);
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
  const { inFlight, lost } = connection;
  markOverdue(connection);
  if (inFlight !== connection.inFlight) {
    if (connection.congestionState !== CongestionState.recovery) {
      outcome.begin(connection.sendNext);
      enterRecovery(connection);
      if (connection.congestionControl.controlRate === undefined) {
        reduceWindow(connection, 1, connection.lost - lost, false);
      }
    }
    retransmitLost(connection);
  }
  if (connection.timerPurpose !== TimerPurpose.retransmission) rearmRetransmission(connection);
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
  if (first !== null && !retransmit(connection, first, 1)) {
    // it is still in a queue of this host: no reason to wait longer and longer
    connection.timerPurpose = TimerPurpose.retransmission;
    connection.retransmitTimer.set(Math.min(connection.rtt.timeout, HOST_RETRY) * JIFFY);
    return;
  }
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
  sendNew(connection, item, mss);
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
  if (connection.keepAlive) connection.keepaliveTimer.set(keepaliveTime(connection));
}

/** Nanoseconds of silence before the first probe (Linux `keepalive_time_when`). */
function keepaliveTime({ keepAliveTime, namespace }: TcpConnection): number {
  return (keepAliveTime ?? namespace.sysctls.tcpKeepaliveTime) * SECOND;
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
  const { tcpKeepaliveProbes, tcpKeepaliveInterval } = namespace.sysctls;
  const patience = keepaliveTime(connection);
  const now = namespace.network.simulation.now;
  const idle = now - connection.lastHeardAt;
  let next = patience;
  if (connection.packetsOut === 0 && connection.unsent.first === null) {
    if (idle >= patience) {
      if (connection.probesOut >= tcpKeepaliveProbes) {
        sendReset(connection);
        connection.fail('ETIMEDOUT');
        return;
      }
      wakePeer(connection);
      connection.probesOut++;
      next = (connection.keepAliveInterval ?? tcpKeepaliveInterval) * SECOND;
    } else next = patience - idle;
  }
  connection.keepaliveTimer.set(next);
}
