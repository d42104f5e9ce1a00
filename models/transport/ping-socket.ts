import type { Errno } from '../netns/control-error.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import { buildOptions, socketOptions } from '../netns/ipv4/ip-options-output.ts';
import { ipLocalOutput } from '../netns/ipv4/ip-output.ts';
import { pathMtu } from '../netns/ipv4/path-mtu.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { routeConnect, routeOutput } from '../netns/routing/route-output.ts';
import { ipTotalLength, type Packet, updateIpLength } from '../packet.ts';
import type { Payload } from '../payload.ts';
import { IcmpType } from '../wire/icmp.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { initialPathMtuDiscovery, type PathMtuDiscovery } from './udp.ts';

/** What the length field of the IPv4 header can hold. */
const IP_LENGTH_MAX = 65_535;

/** An ICMP echo socket, as ping opens one: every ICMP error reaches it (ip(7), IP_RECVERR). */
export class PingSocket {
  readonly namespace: NetworkNamespace;
  /** Echo identifier, unique among the sockets of the namespace. */
  readonly id: number;
  ttl = 0;
  tos = 0;
  pathMtuDiscovery: PathMtuDiscovery;
  source: Ipv4Address = 0;
  /** SO_BROADCAST: without it, broadcast addresses are refused. */
  broadcast = false;
  /** SO_BINDTODEVICE: what it sends leaves by this interface, and it hears nothing that comes in by another. */
  device: Interface | null = null;
  /** SO_MARK. */
  mark = 0;
  /** IPv4 options of what it sends (ip(7), IP_OPTIONS), no source route among them. */
  ipOptions: Uint8Array | null = null;
  /** An echo reply with this socket's identifier; the packet is taken back after the call. */
  onReply: ((packet: Packet) => void) | null = null;
  /** An ICMP error about an echo request of this socket. */
  onError: ((quote: IcmpQuote) => void) | null = null;

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
    this.pathMtuDiscovery = initialPathMtuDiscovery(namespace);
    this.id = namespace.network.nextPingId();
    namespace.pings.set(this.id, this);
  }

  close(): void {
    this.namespace.pings.delete(this.id);
  }

  /**
   * Whether there is a way to `address` at all, as ping asks before it sends.
   * @returns the source address of that way, or the error that `connect` would give
   */
  checkRoute(address: Ipv4Address): Ipv4Address | Errno {
    const decision = routeConnect(this.namespace, this.source, address, this.device);
    if (decision.kind === 'broadcast' && !this.broadcast) return 'EACCES';
    return decision.kind === 'error' || decision.kind === 'drop' ? decision.errno : decision.source;
  }

  /** The path MTU towards `address` as far as is known. */
  mtuTo(address: Ipv4Address): number {
    const { nexthop, route } = routeOutput(this.namespace, this.source, address, this.device);
    const { iface } = nexthop;
    return iface === null ? this.namespace.loopback.mtu : pathMtu(nexthop, iface, address, route);
  }

  /**
   * Sends an echo request.
   * @param length data bytes behind the ICMP header
   * @returns the error that `sendto` would give, or null
   */
  send(
    address: Ipv4Address,
    sequence: number,
    length: number,
    payload: Payload,
    flow = 0,
    traced = 0,
  ): Errno | null {
    const namespace = this.namespace;
    const network = namespace.network;
    const packet = network.pool.create();
    packet.protocol = IpProtocol.icmp;
    packet.tos = this.tos;
    packet.mark = this.mark;
    packet.icmpType = IcmpType.echoRequest;
    const decision = routeOutput(namespace, this.source, address, this.device, packet);
    if (decision.kind === 'error' || decision.kind === 'drop') {
      network.unsend(packet);
      return decision.errno;
    }
    if (decision.kind === 'broadcast' && !this.broadcast) {
      network.unsend(packet);
      return 'EACCES';
    }
    packet.ipSource = decision.source;
    packet.ipDestination = address;
    packet.ttl = this.ttl === 0 ? namespace.sysctls.ipDefaultTtl : this.ttl;
    packet.icmpCode = 0;
    packet.icmpWord = (this.id << 16) | (sequence & 0xffff);
    packet.payload = payload;
    packet.payloadLength = length;
    packet.flow = flow;
    packet.flowSequence = sequence;
    packet.traced = traced;
    packet.sentAt = network.simulation.now;
    if (this.ipOptions !== null) {
      buildOptions(namespace, packet, socketOptions(namespace, this.ipOptions), address);
    }
    updateIpLength(packet);
    const out = decision.nexthop.iface;
    const mtu =
      out === null ? namespace.loopback.mtu : pathMtu(decision.nexthop, out, address, decision.route);
    const tooLong = ipTotalLength(packet) > mtu;
    if (ipTotalLength(packet) > IP_LENGTH_MAX || (tooLong && this.pathMtuDiscovery === 'do')) {
      network.unsend(packet);
      return 'EMSGSIZE';
    }
    packet.dontFragment = this.pathMtuDiscovery !== 'dont' && !tooLong;
    packet.ipId = this.pathMtuDiscovery === 'do' ? 0 : namespace.nextIpId();
    return ipLocalOutput(namespace, packet, decision);
  }
}

/** An echo reply for this host (Linux `ping_rcv`); false when no socket has that identifier. */
export function receiveEchoReply(iface: Interface, packet: Packet): boolean {
  const socket = iface.namespace.pingSocket(packet.icmpWord >>> 16);
  if (socket === null) return false;
  if (socket.device !== null && socket.device !== iface) return false;
  const network = iface.namespace.network;
  if (packet.traced !== 0) network.tracerOf(packet).delivered(iface.namespace, packet, 'echo reply', null);
  network.deliverToFlow(packet);
  socket.onReply?.(packet);
  return true;
}

/** An ICMP error about an echo request of this host (Linux `ping_err`). */
export function pingError(namespace: NetworkNamespace, quote: IcmpQuote): void {
  // the quoted words are the request's own ICMP header: type and code, checksum, identifier and sequence number
  if (quote.sourcePort >>> 8 !== IcmpType.echoRequest) return;
  namespace.pingSocket(quote.secondWord >>> 16)?.onError?.(quote);
}
