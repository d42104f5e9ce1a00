import { DropReason } from '../drop-reason.ts';
import type { Errno } from '../netns/control-error.ts';
import type { IcmpQuote } from '../netns/icmp-input.ts';
import type { Interface } from '../netns/interface.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Packet } from '../packet.ts';
import { IcmpType, UnreachableCode } from '../wire/icmp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { TcpFlag } from '../wire/tcp.ts';
import { sendReset, type TcpConnection } from './tcp-connection.ts';

/** A TCP segment for this host has come in (Linux `tcp_v4_rcv`). */
export function receiveTcp(iface: Interface, packet: Packet): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  const segment = packet.tcp;
  if (segment === null) {
    network.drop(packet, DropReason.malformed, iface);
    return;
  }
  const connection = find(
    namespace,
    packet.ipDestination,
    packet.destinationPort,
    packet.ipSource,
    packet.sourcePort,
  );
  if (connection !== null) {
    connection.segmentArrived(segment.flags, segment.acknowledgement);
    network.deliver(packet);
    return;
  }
  if ((segment.flags & TcpFlag.rst) === 0) {
    const control = (segment.flags & TcpFlag.syn ? 1 : 0) + (segment.flags & TcpFlag.fin ? 1 : 0);
    sendReset(
      namespace,
      packet.ipSource,
      packet.ipDestination,
      { source: packet.destinationPort, destination: packet.sourcePort },
      { ...segment, length: packet.payloadLength + control },
    );
  }
  network.drop(packet, DropReason.noSocket, iface);
}

/** An ICMP error about a segment of this host (Linux `tcp_v4_err`). */
export function tcpError(namespace: NetworkNamespace, quote: IcmpQuote): void {
  const connection = find(
    namespace,
    quote.source,
    quote.sourcePort,
    quote.destination,
    quote.destinationPort,
  );
  const errno = errnoOf(quote);
  if (connection !== null && errno !== null) connection.icmpError(errno);
}

function errnoOf(quote: IcmpQuote): Errno | null {
  if (quote.type === IcmpType.timeExceeded) return 'EHOSTUNREACH';
  if (quote.type !== IcmpType.destinationUnreachable) return null;
  switch (quote.code) {
    case UnreachableCode.net:
      return 'ENETUNREACH';
    case UnreachableCode.protocol:
    case UnreachableCode.port:
      return 'ECONNREFUSED';
    case UnreachableCode.fragmentationNeeded:
      return null;
    default:
      return 'EHOSTUNREACH';
  }
}

function find(
  namespace: NetworkNamespace,
  local: Ipv4Address,
  localPort: number,
  remote: Ipv4Address,
  remotePort: number,
): TcpConnection | null {
  for (const connection of namespace.tcpConnections) {
    if (
      connection.localPort === localPort &&
      connection.remotePort === remotePort &&
      connection.localAddress === local &&
      connection.remoteAddress === remote
    ) {
      return connection;
    }
  }
  return null;
}
