import type { Errno } from '../../netns/control-error.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { RouteDecision } from '../../netns/routing/route-decision.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { requestsEcn } from './ecn.ts';
import { transmitSyn } from './output.ts';
import { announcedMss, routeMtu, syncMss } from './path-mtu-discovery.ts';
import { initialWindow } from './receive-window.ts';
import { TcpConnection, type TcpOptions } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';
import { TcpState } from './tcp-state.ts';
import { armRetransmission } from './timeouts.ts';

/** An active open along `decision` (RFC 9293, 3.10.1; Linux `tcp_v4_connect`, `tcp_connect`). */
export function startConnecting(
  namespace: NetworkNamespace,
  port: number,
  decision: RouteDecision,
  remote: Ipv4Address,
  remotePort: number,
  options: TcpOptions,
): TcpConnection | Errno {
  const local = decision.source;
  // 0.0.0.0 is this host
  if (remote === 0) remote = local;
  const localPort = port === 0 ? namespace.tcp.freePort(local, remote, remotePort) : port;
  if (localPort === 0) return 'EADDRNOTAVAIL';
  const claim = namespace.tcp.claim(local, localPort, remote, remotePort);
  if (claim === null) return 'EADDRNOTAVAIL';
  const initial =
    claim.initialSequence ?? namespace.tcp.initialSequence(local, localPort, remote, remotePort);
  const mss = announcedMss(namespace, decision, options.maximumSegmentSize);
  const tuple = { localAddress: local, localPort, remoteAddress: remote, remotePort };
  const connection = new TcpConnection(namespace, tuple, initial, mss, options);
  connection.state = TcpState.synSent;
  connection.useTimestamps(namespace.sysctls.tcpTimestamps !== 0);
  if (connection.maximumSegmentSize > 0) connection.peerMss = connection.maximumSegmentSize;
  syncMss(connection, routeMtu(connection, decision));
  const { receive } = connection;
  const scaling = namespace.sysctls.tcpWindowScaling !== 0;
  const first = initialWindow(namespace, receive.buffer, mss, scaling, connection.receiveBufferFixed);
  receive.window = first.window;
  receive.threshold = first.window;
  receive.clamp = first.clamp;
  connection.receiveWindowScale = first.scale;
  connection.windowScaling = scaling;
  connection.sack = namespace.sysctls.tcpSack !== 0;
  connection.writeSequence = (initial + 1) | 0;
  connection.pushedSequence = connection.writeSequence;
  connection.sendNext = connection.writeSequence;
  namespace.tcp.add(connection);
  sendSyn(connection, decision);
  armRetransmission(connection);
  return connection;
}

/** The SYN again, as it was but for its time stamp. */
export function resendSyn(connection: TcpConnection): void {
  if (connection.retransmittingSince < 0) {
    connection.retransmittingSince = connection.namespace.network.simulation.now;
  }
  connection.observer?.retransmitted(1);
  connection.totalRetransmissions++;
  sendSyn(connection);
}

/** RFC 3168, 6.1.1.1: a SYN that asks for ECN may be what is lost. */
function fallsBack({ retransmits, namespace }: TcpConnection): boolean {
  return retransmits > 0 && namespace.sysctls.tcpEcnFallback;
}

/** Answers the SYN of a peer that has opened at the same time. */
export function sendSynAck(connection: TcpConnection): void {
  sendSyn(connection);
}

function sendSyn(connection: TcpConnection, decision?: RouteDecision): void {
  const segment = new TcpSegment();
  segment.sequence = connection.initialSequence;
  segment.flags = TcpFlag.syn;
  if (requestsEcn(connection) && !fallsBack(connection)) segment.flags |= TcpFlag.ece | TcpFlag.cwr;
  if (connection.state === TcpState.synReceived) answerSyn(connection, segment);
  segment.window = Math.min(connection.receive.window, 65_535);
  segment.maximumSegmentSize = connection.announcedMss;
  segment.sackPermitted = connection.sack;
  segment.hasTimestamps = connection.timestamps;
  if (connection.windowScaling) segment.windowScale = connection.receiveWindowScale;
  if (connection.synSentAt < 0) connection.synSentAt = connection.now;
  transmitSyn(connection, segment, decision);
}

function answerSyn(connection: TcpConnection, segment: TcpSegment): void {
  segment.flags = TcpFlag.syn | TcpFlag.ack | (connection.ecn.on ? TcpFlag.ece : 0);
  segment.acknowledgement = connection.receive.next;
  segment.timestampEcho = connection.recentTimestamp;
}
