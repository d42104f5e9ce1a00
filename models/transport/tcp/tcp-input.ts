import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { IcmpQuote } from '../../netns/ipv4/icmp-input.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { type Packet, PacketType } from '../../packet.ts';
import { arrived } from './arrived-segment.ts';
import type { TcpEndpoint } from './endpoint.ts';
import { holdSegment } from './release.ts';
import { answerWithReset } from './reset.ts';
import { TcpConnection } from './tcp-connection.ts';
import { TimeWait } from './time-wait.ts';

/** A TCP segment for this host has come in (Linux `tcp_v4_rcv`). */
export function receiveTcp(iface: Interface, packet: Packet): void {
  const { namespace } = iface;
  const { network } = namespace;
  const fields = packet.tcp;
  if (fields === null) {
    network.drop(packet, DropReason.malformed, iface);
    return;
  }
  if (packet.packetType !== PacketType.host) {
    network.drop(packet, DropReason.otherHost, iface);
    return;
  }
  const endpoint = find(namespace, packet);
  if (endpoint instanceof TcpConnection && endpoint.owned) {
    holdSegment(endpoint, packet);
    return;
  }
  arrived.read(packet, fields);
  if (handle(namespace, endpoint, packet)) {
    network.deliverToFlow(packet);
    network.deliver(packet);
    return;
  }
  answerWithReset(namespace, packet);
  network.drop(packet, DropReason.noSocket, iface);
}

function find(namespace: NetworkNamespace, packet: Packet): TcpEndpoint | null {
  if (!namespace.hasTcpSockets) return null;
  const { ipDestination, destinationPort, ipSource, sourcePort } = packet;
  return namespace.tcp.find(ipDestination, destinationPort, ipSource, sourcePort);
}

/** Gives the segment in hand to whom it is for; false when there is nobody. */
function handle(namespace: NetworkNamespace, endpoint: TcpEndpoint | null, packet: Packet): boolean {
  if (!namespace.hasTcpSockets) return false;
  const { tcp } = namespace;
  const { ipDestination: local, destinationPort: port } = packet;
  if (packet.traced !== 0 && endpoint !== null) {
    namespace.network.tracerOf(packet).delivered(namespace, packet, 'tcp port', null);
  }
  if (endpoint instanceof TimeWait && endpoint.isOpenedAnew) {
    const listener = tcp.findListener(local, port);
    if (listener !== null) {
      const initialSequence = endpoint.reuse();
      listener.synArrived(packet, initialSequence);
      return true;
    }
  }
  if (endpoint !== null) {
    return endpoint.segmentArrived();
  }
  const listener = tcp.findListener(local, port);
  if (listener === null) return false;
  if (packet.traced !== 0) {
    namespace.network.tracerOf(packet).delivered(namespace, packet, 'tcp port', null);
  }
  return listener.segmentArrived(packet);
}

/** An ICMP error about a segment of this host (Linux `tcp_v4_err`). */
export function tcpError(namespace: NetworkNamespace, quote: IcmpQuote): void {
  if (!namespace.hasTcpSockets) return;
  const { source, sourcePort, destination, destinationPort } = quote;
  namespace.tcp.find(source, sourcePort, destination, destinationPort)?.icmpError(quote);
}
