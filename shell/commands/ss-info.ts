import { JIFFY } from '../../models/netns/time/jiffies.ts';
import type { TcpEndpoint } from '../../models/transport/tcp/endpoint.ts';
import { INITIAL_WINDOW, REORDERING, TcpConnection } from '../../models/transport/tcp/tcp-connection.ts';

const MILLISECOND = 1e6;
const JIFFY_MILLISECONDS = JIFFY / MILLISECOND;
/** A threshold beyond this is none to ss. */
const THRESHOLD_MAX = 0xffff;

/** What `ss -i` says of a socket (iproute2's `tcp_stats_print`); '' for one of which the kernel keeps too little. */
export function tcpInfo(endpoint: TcpEndpoint, options: boolean): string {
  if (!(endpoint instanceof TcpConnection)) return '';
  const words = [
    ...(options ? optionWords(endpoint) : []),
    endpoint.congestionControl.name,
    ...pathWords(endpoint),
    ...countWords(endpoint),
    ...(endpoint.congestionControl.describe?.(endpoint) ?? []),
    ...rateWords(endpoint),
    ...stateWords(endpoint),
  ];
  return `\n\t ${words.join(' ')}`;
}

/** The same of a socket that listens. */
export function listenerInfo(congestionControl: string): string {
  return `\n\t ${congestionControl} cwnd:${INITIAL_WINDOW}`;
}

function optionWords({ timestamps, sack, ecn }: TcpConnection): string[] {
  return [
    ...when(timestamps, 'ts'),
    ...when(sack, 'sack'),
    ...when(ecn.on, 'ecn'),
    ...when(ecn.seen, 'ecnseen'),
  ];
}

function pathWords(connection: TcpConnection): string[] {
  const { rtt, ack, congestionWindow, slowStartThreshold: threshold } = connection;
  const { sendWindowScale, receiveWindowScale, windowScaling } = connection;
  return [
    ...when(windowScaling, `wscale:${sendWindowScale},${receiveWindowScale}`),
    `rto:${general(rtt.timeout * JIFFY_MILLISECONDS)}`,
    ...when(connection.backoff > 0, `backoff:${connection.backoff}`),
    ...when(
      rtt.smoothed > 0,
      `rtt:${general((rtt.smoothed >> 3) / 1000)}/${general(Math.floor(rtt.meanDeviation) / 1000)}`,
    ),
    ...when(ack.delay > 0, `ato:${general(ack.delay * JIFFY_MILLISECONDS)}`),
    `mss:${connection.mss}`,
    ...when(connection.pathMtu > 0, `pmtu:${connection.pathMtu}`),
    ...when(ack.segmentSize > 0, `rcvmss:${ack.segmentSize}`),
    `advmss:${connection.announcedMss}`,
    `cwnd:${congestionWindow}`,
    ...when(threshold < THRESHOLD_MAX, `ssthresh:${threshold}`),
  ];
}

function countWords({ counters }: TcpConnection): string[] {
  return [
    ...counted('bytes_sent', counters.bytesSent),
    ...counted('bytes_retrans', counters.bytesRetransmitted),
    ...counted('bytes_acked', counters.bytesAcked),
    ...counted('bytes_received', counters.bytesReceived),
    ...counted('segs_out', counters.segmentsSent),
    ...counted('segs_in', counters.segmentsReceived),
    ...counted('data_segs_out', counters.dataSegmentsSent),
    ...counted('data_segs_in', counters.dataSegmentsReceived),
  ];
}

function rateWords(connection: TcpConnection): string[] {
  const { rtt, mss, congestionWindow, pacingRate, rate, namespace, ack } = connection;
  const now = namespace.network.simulation.now;
  const since = (time: number) => (Math.floor(now / JIFFY) - Math.floor(time / JIFFY)) * JIFFY_MILLISECONDS;
  const delivery = rate.interval > 0 ? Math.floor((rate.delivered * mss * 1e6) / rate.interval) : 0;
  return [
    ...when(
      rtt.smoothed > 0,
      `send ${bits((congestionWindow * mss * 1e6) / Math.max(rtt.smoothed >> 3, 1))}`,
    ),
    ...counted('lastsnd', since(connection.lastSentAt)),
    ...counted('lastrcv', since(ack.lastReceivedAt)),
    ...counted('lastack', since(connection.lastAckedAt)),
    ...when(Number.isFinite(pacingRate), `pacing_rate ${bits(Math.floor(pacingRate))}`),
    ...when(delivery > 0, `delivery_rate ${bits(delivery)}`),
    ...counted('delivered', connection.delivered),
    ...when(rate.appLimited, 'app_limited'),
  ];
}

function stateWords(connection: TcpConnection): string[] {
  const { retransmittedOut, totalRetransmissions, receive, rtt } = connection;
  return [
    ...counted('unacked', connection.packetsOut),
    ...when(
      retransmittedOut > 0 || totalRetransmissions > 0,
      `retrans:${retransmittedOut}/${totalRetransmissions}`,
    ),
    ...counted('lost', connection.lostOut),
    ...counted('sacked', connection.sackedOut),
    ...counted('dsack_dups', connection.duplicatesReported),
    ...when(connection.reordering !== REORDERING, `reordering:${connection.reordering}`),
    ...when(receive.roundTripTime > 0, `rcv_rtt:${general((receive.roundTripTime >> 3) / 1000)}`),
    ...counted('rcv_space', receive.measuredSpace),
    `rcv_ssthresh:${receive.threshold}`,
    ...counted('notsent', Math.max(0, (connection.writeSequence - connection.sendNext) | 0)),
    ...when(Number.isFinite(rtt.minimum), `minrtt:${general(rtt.minimum / 1000)}`),
    ...counted('snd_wnd', connection.sendWindow),
  ];
}

function when(holds: boolean, word: string): string[] {
  return holds ? [word] : [];
}

function counted(name: string, value: number): string[] {
  return when(value > 0, `${name}:${value}`);
}

/** Bytes per second as bits per second. */
function bits(rate: number): string {
  return `${Math.round(rate * 8)}bps`;
}

/** As printf has it with %g. */
export function general(value: number): string {
  return String(Number(value.toPrecision(6)));
}
