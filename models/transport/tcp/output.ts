import { ipLocalOutput } from '../../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { RouteDecision } from '../../netns/routing/route-decision.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import { ipHeaderLength, type Packet } from '../../packet.ts';
import { type Payload, ZERO_PAYLOAD } from '../../payload.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { TCP_HEADER_LENGTH, TcpFlag } from '../../wire/tcp.ts';
import { noteAckSent, noteDataSent } from './acknowledge.ts';
import { Ecn, ecnFlags, ecnOfSegment } from './ecn.ts';
import { noteSentForPacing } from './pacing.ts';
import { noteRateSent } from './rate-sample.ts';
import { announceWindow } from './receive-window.ts';
import { sackBlocksToSend } from './sack-report.ts';
import { dataLength } from './scoreboard.ts';
import { segmentTruesize } from './segment-truesize.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';
import type { Transmission } from './transmission.ts';

/**
 * Sends a transmission as one segment or, when it is longer than the MSS, as a burst of them; only the last segment
 * of a burst has PSH and FIN (Linux `tcp_transmit_skb` with software segmentation).
 * @param again it was sent before
 */
export function transmit(connection: TcpConnection, item: Transmission, again: boolean): void {
  const length = dataLength(item);
  const size = item.segments > 1 ? item.segmentSize : length;
  const burst = item.segments > 1;
  // every burst ends with a push
  if (burst) item.flags |= TcpFlag.psh;
  noteTransmission(connection, item);
  const route = routeFor(connection);
  const ecn = ecnOfSegment(connection, !again);
  let bits = ecnFlags(connection, !again && length > 0);
  let sequence = item.sequence;
  let left = length;
  do {
    const part = Math.min(size, left);
    const last = part === left;
    const segment = newSegment(connection, sequence, TcpFlag.ack | (last ? item.flags : 0) | bits);
    bits &= ~TcpFlag.cwr;
    segment.data = item.data;
    segment.dataOffset = item.dataOffset + ((sequence - item.sequence) | 0);
    segment.truesize = segmentTruesize(part, burst);
    send(connection, segment, part, route, ecn, item);
    sequence = (sequence + part) | 0;
    left -= part;
  } while (left > 0);
  noteAckSent(connection);
  if (length > 0) noteDataSent(connection);
  connection.counters.segmentsSent += item.segments;
  if (length > 0) connection.counters.dataSegmentsSent += item.segments;
  connection.counters.bytesSent += length;
  if (connection.isPaced) noteSentForPacing(connection, length);
}

/** What the scoreboard has to know of it. */
function noteTransmission(connection: TcpConnection, item: Transmission): void {
  if (connection.inFlight === 0) connection.congestionControl.sendingStarts?.(connection);
  connection.lastBurstAt = connection.namespace.network.simulation.now;
  item.sentAt = connection.now;
  noteRateSent(connection, item);
  connection.sentOrder.push(item);
}

/** A segment without data: an acknowledgement, a reset, a probe. */
export function transmitControl(connection: TcpConnection, sequence: number, flags: number): void {
  const segment = newSegment(connection, sequence, flags | ecnFlags(connection, false));
  send(connection, segment, 0, routeFor(connection), ecnOfSegment(connection, false), null);
  connection.counters.segmentsSent++;
  if ((flags & TcpFlag.ack) !== 0) noteAckSent(connection);
}

/** Sends a SYN as it stands. */
export function transmitSyn(connection: TcpConnection, segment: TcpSegment, decision?: RouteDecision): void {
  segment.timestamp = connection.timestamp;
  const ecn = connection.congestionControl.needsEcn === true ? Ecn.capable0 : Ecn.notCapable;
  send(connection, segment, 0, decision ?? routeFor(connection), ecn, null);
  connection.counters.segmentsSent++;
}

function newSegment(connection: TcpConnection, sequence: number, flags: number): TcpSegment {
  const segment = new TcpSegment();
  segment.sequence = sequence;
  segment.flags = flags;
  segment.acknowledgement = connection.receive.next;
  segment.window = announceWindow(connection);
  if (connection.timestamps) {
    segment.hasTimestamps = true;
    segment.timestamp = connection.timestamp;
    segment.timestampEcho = connection.recentTimestamp;
  }
  if (connection.sack) segment.sackBlocks = sackBlocksToSend(connection);
  return segment;
}

/** The route of the connection now; null when there is none. */
function routeFor(connection: TcpConnection): RouteDecision | null {
  const decision = routeOutput(connection.namespace, connection.localAddress, connection.remoteAddress);
  return decision.kind === 'error' || decision.kind === 'drop' ? null : decision;
}

function send(
  connection: TcpConnection,
  segment: TcpSegment,
  length: number,
  decision: RouteDecision | null,
  ecn: number,
  item: Transmission | null,
): void {
  if (decision === null) return;
  const { namespace } = connection;
  const packet = tcpPacket(
    namespace,
    connection.localAddress,
    connection.localPort,
    connection.remoteAddress,
    connection.remotePort,
    segment,
    length,
  );
  packet.ipId = connection.nextIpId();
  packet.tos = ecn;
  if (item !== null) {
    connection.smallQueue.packetSent(item, packet);
    if (item.segments > 1) packet.burst = burstOf(packet, item);
  }
  if (connection.flow !== 0) namespace.network.countInFlow(packet, connection.flow);
  // the peer has shown that it hears us (Linux `sk_dst_confirm`)
  packet.confirmsNeighbours = connection.confirmPending;
  connection.confirmPending = false;
  ipLocalOutput(namespace, packet, decision);
}

/** See `Packet.burst`. */
function burstOf({ length, payloadLength, tcp }: Packet, item: Transmission): number {
  const bytes = dataLength(item) + item.segments * (length - payloadLength);
  return tcp!.sequence === item.sequence ? bytes : -bytes;
}

/** A packet with a segment in it; IP identification 0. */
export function tcpPacket(
  namespace: NetworkNamespace,
  from: Ipv4Address,
  fromPort: number,
  to: Ipv4Address,
  toPort: number,
  segment: TcpSegment,
  length: number,
): Packet {
  const { network, sysctls } = namespace;
  const packet = network.pool.create();
  packet.ipSource = from;
  packet.ipDestination = to;
  packet.protocol = IpProtocol.tcp;
  packet.ttl = sysctls.ipDefaultTtl;
  packet.dontFragment = sysctls.ipNoPmtuDisc === 0;
  packet.sourcePort = fromPort;
  packet.destinationPort = toPort;
  packet.tcp = segment;
  packet.payload = length > 0 ? (segment as Payload) : ZERO_PAYLOAD;
  packet.payloadLength = length;
  packet.length =
    ETHERNET_HEADER_LENGTH + ipHeaderLength(packet) + TCP_HEADER_LENGTH + segment.optionsLength + length;
  packet.sentAt = network.simulation.now;
  return packet;
}
