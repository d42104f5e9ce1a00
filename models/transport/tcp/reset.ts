import { ipLocalOutput } from '../../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import type { Packet } from '../../packet.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { arrived } from './arrived-segment.ts';
import { tcpPacket, transmitControl } from './output.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';

/** Tells the peer that the connection is no more (Linux `tcp_send_active_reset`). */
export function sendReset(connection: TcpConnection): void {
  transmitControl(connection, connection.sendNext, TcpFlag.rst | TcpFlag.ack);
}

/**
 * Answers the segment in hand, for which there is no connection (RFC 9293, 3.10.7.1; Linux `tcp_v4_send_reset`):
 * no options, window 0, identification 0.
 */
export function answerWithReset(namespace: NetworkNamespace, packet: Packet): void {
  if ((arrived.flags & TcpFlag.rst) !== 0) return;
  const decision = routeOutput(namespace, packet.ipDestination, packet.ipSource);
  if (decision.kind === 'error' || decision.kind === 'drop') return;
  const segment = new TcpSegment();
  if ((arrived.flags & TcpFlag.ack) !== 0) {
    segment.sequence = arrived.acknowledgement;
    segment.flags = TcpFlag.rst;
  } else {
    segment.acknowledgement = arrived.end;
    segment.flags = TcpFlag.rst | TcpFlag.ack;
  }
  const answer = tcpPacket(
    namespace,
    packet.ipDestination,
    packet.destinationPort,
    packet.ipSource,
    packet.sourcePort,
    segment,
    0,
  );
  ipLocalOutput(namespace, answer, decision);
}
