import { outcome } from './ack-outcome.ts';
import { arrived } from './arrived-segment.ts';
import { CongestionState } from './congestion-control.ts';
import { endReduction, setState, startReduction, tryKeepOpen } from './recovery.ts';
import { resend } from './retransmit.ts';
import { dataLength, splitUnacknowledged } from './scoreboard.ts';
import { sendProbeData } from './send.ts';
import { after, before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { rearmRetransmission } from './timeouts.ts';

/** A tail loss probe that is out (RFC 8985, 7). */
export class LossProbe {
  isOut = false;
  /** SND.NXT when it was sent. */
  end = 0;
  isRetransmission = false;
}

/** Whether the tail of what is out is watched by a probe rather than by the retransmission timer alone. */
export function mayProbe({ packetsOut, sack, congestionState: state, namespace }: TcpConnection): boolean {
  const { tcpEarlyRetrans } = namespace.sysctls;
  const enabled = tcpEarlyRetrans === 3 || tcpEarlyRetrans === 4;
  return (
    enabled && packetsOut > 0 && sack && (state === CongestionState.open || state === CongestionState.cwr)
  );
}

/** Nothing has been heard for two round trips: new data, or the last segment again (Linux `tcp_send_loss_probe`). */
export function sendLossProbe(connection: TcpConnection): void {
  const { probe } = connection;
  if (!probe.isOut) {
    probe.isRetransmission = false;
    if (sendProbe(connection)) {
      probe.isOut = true;
      probe.end = connection.sendNext;
      connection.retransmitTimer.clear();
      connection.timerPurpose = 0;
    }
  }
  rearmRetransmission(connection);
}

function sendProbe(connection: TcpConnection): boolean {
  const next = connection.unsent.first;
  const windowEnd = (connection.sendUnacknowledged + connection.sendWindow) | 0;
  if (next !== null && !after((next.sequence + Math.min(dataLength(next), connection.mss)) | 0, windowEnd)) {
    return sendProbeData(connection);
  }
  let last = connection.unacknowledged.last;
  if (last === null || connection.smallQueue.holds(last)) return false;
  const mss = last.segmentSize;
  if (last.segments > 1 && dataLength(last) > (last.segments - 1) * mss) {
    splitUnacknowledged(connection, last, (last.segments - 1) * mss, mss);
    last = connection.unacknowledged.last!;
  }
  if (!resend(connection, last, 1)) return false;
  connection.probe.isRetransmission = true;
  return true;
}

/** Was it the probe that repaired a loss? Then there was congestion (RFC 8985, 7.4; Linux `tcp_process_tlp_ack`). */
export function probeAcknowledged(connection: TcpConnection): void {
  const { probe } = connection;
  const { acknowledgement } = arrived;
  if (!probe.isOut || before(acknowledgement, probe.end)) return;
  if (!probe.isRetransmission || outcome.probeDuplicated) probe.isOut = false;
  else if (after(acknowledgement, probe.end)) {
    startReduction(connection);
    setState(connection, CongestionState.cwr);
    endReduction(connection);
    tryKeepOpen(connection);
  } else if (!outcome.advanced && !outcome.isNoDuplicate && !outcome.sacked) probe.isOut = false;
}
