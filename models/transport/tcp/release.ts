import type { Packet } from '../../packet.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { arrived } from './arrived-segment.ts';
import { pathMtuReduced } from './path-mtu-discovery.ts';
import { answerWithReset } from './reset.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';

/** A segment comes in while the application is inside a call: it waits (Linux `tcp_add_backlog`). */
export function holdSegment(connection: TcpConnection, packet: Packet): void {
  const { held } = connection;
  const last = held.at(-1);
  if (last !== undefined && supersedes(packet, last)) {
    held[held.length - 1] = packet;
    connection.namespace.network.deliverToFlow(last);
    connection.namespace.network.deliver(last);
  } else held.push(packet);
}

/** Of two pure acknowledgements that differ in nothing else the later says it all. */
function supersedes(packet: Packet, last: Packet): boolean {
  const { tcp } = packet;
  const before = last.tcp;
  if (!(tcp instanceof TcpSegment) || !(before instanceof TcpSegment)) return false;
  if (packet.payloadLength > 0 || last.payloadLength > 0) return false;
  return (
    tcp.flags === TcpFlag.ack &&
    before.flags === TcpFlag.ack &&
    tcp.sequence === before.sequence &&
    tcp.acknowledgement !== before.acknowledgement &&
    tcp.sackBlocks === null &&
    before.sackBlocks === null &&
    tcp.timestamp === before.timestamp &&
    tcp.timestampEcho === before.timestampEcho
  );
}

/** The call is over: what came in meanwhile is dealt with, and what that brings in (Linux `release_sock`). */
export function releaseConnection(connection: TcpConnection): void {
  const { namespace, held } = connection;
  for (let packet = held.shift(); packet !== undefined; packet = held.shift()) {
    arrived.read(packet, packet.tcp!);
    if (!connection.segmentArrived()) answerWithReset(namespace, packet);
    namespace.network.deliverToFlow(packet);
    namespace.network.deliver(packet);
    // what it made us send may be answered by now
    namespace.network.backlog.drain();
  }
  if (connection.mtuReduced) {
    connection.mtuReduced = false;
    pathMtuReduced(connection);
  }
  connection.owned = false;
}
