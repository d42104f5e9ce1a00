import { DropReason } from '../drop-reason.ts';
import type { Errno } from '../netns/control-error.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { sendIcmpError } from '../netns/ipv4/icmp-error.ts';
import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import { ipLocalOutput } from '../netns/ipv4/ip-output.ts';
import { pathMtu } from '../netns/ipv4/path-mtu.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { Traced } from '../netns/path-memo/path-memo.ts';
import { NO_PATH } from '../netns/path-memo/send-paths.ts';
import type { RouteDecision } from '../netns/routing/route-decision.ts';
import { routeConnect, routeOutput } from '../netns/routing/route-output.ts';
import type { UdpReader } from '../netns/tracer.ts';
import { ipTotalLength, type Packet, updateIpLength } from '../packet.ts';
import type { Payload } from '../payload.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { EtherType } from '../wire/ethernet.ts';
import { IcmpType, UnreachableCode } from '../wire/icmp.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { DEFAULT_UDP_OPTIONS, UdpOptions } from './udp-options.ts';

/** What a socket does about packets larger than the path MTU (ip(7), IP_MTU_DISCOVER). */
export type PathMtuDiscovery = 'want' | 'do' | 'dont';

/** What a new socket does, unless told otherwise (Linux `inet_create`). */
export function initialPathMtuDiscovery(namespace: NetworkNamespace): PathMtuDiscovery {
  return namespace.sysctls.ipNoPmtuDisc === 0 ? 'want' : 'dont';
}

/** Largest UDP payload in IPv4: 65,535 less the two headers. */
export const UDP_PAYLOAD_MAX = 65_507;

/** A UDP socket (RFC 768; udp(7)). */
export class UdpSocket {
  readonly namespace: NetworkNamespace;
  localAddress: Ipv4Address = 0;
  localPort = 0;
  remoteAddress: Ipv4Address = 0;
  remotePort = 0;
  /**
   * Takes every datagram over, with what it carries: the port of a tunnel, in the kernel (Linux `encap_rcv`) or in a
   * program.
   */
  encapsulated: ((iface: Interface, packet: Packet) => void) | null = null;
  /** The next one in the table. */
  next: UdpSocket | null = null;
  /** Its place in the path memo, -1 while none of its datagrams has been remembered. */
  place = -1;
  /** How the last datagram was sent, in `SendPaths`. */
  private path = NO_PATH;
  private receiver: ((packet: Packet) => void) | null = null;
  private options: Readonly<UdpOptions> = DEFAULT_UDP_OPTIONS;

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
    const discovery = initialPathMtuDiscovery(namespace);
    if (discovery !== this.options.discovery) this.ownOptions.discovery = discovery;
  }

  private get ownOptions(): UdpOptions {
    if (this.options === DEFAULT_UDP_OPTIONS) this.options = new UdpOptions();
    return this.options;
  }

  /** Process id and name, as `netstat -p` shows them; empty when nobody has said. */
  get owner(): string {
    return this.options.owner;
  }

  set owner(owner: string) {
    this.ownOptions.owner = owner;
  }

  /** SO_BROADCAST: without it, broadcast addresses are refused. */
  get broadcast(): boolean {
    return this.options.broadcast;
  }

  set broadcast(broadcast: boolean) {
    this.ownOptions.broadcast = broadcast;
  }

  /** IP_TTL; 0 for that of the namespace. */
  get ttl(): number {
    return this.options.ttl;
  }

  set ttl(ttl: number) {
    this.ownOptions.ttl = ttl;
    this.forgetPath();
  }

  /** IP_TOS. */
  get tos(): number {
    return this.options.tos;
  }

  set tos(tos: number) {
    this.ownOptions.tos = tos;
    this.forgetPath();
  }

  /** IP_MTU_DISCOVER. */
  get pathMtuDiscovery(): PathMtuDiscovery {
    return this.options.discovery;
  }

  set pathMtuDiscovery(discovery: PathMtuDiscovery) {
    this.ownOptions.discovery = discovery;
    this.forgetPath();
  }

  /** An ICMP error about a datagram of this socket, as `recv` or `send` would report it. */
  get onError(): ((errno: Errno) => void) | null {
    return this.options.onError;
  }

  set onError(listener: ((errno: Errno) => void) | null) {
    this.ownOptions.onError = listener;
  }

  /** Every ICMP error about it, soft ones too, as with IP_RECVERR; without it ENOBUFS is not told either. */
  get onIcmp(): ((quote: IcmpQuote) => void) | null {
    return this.options.onIcmp;
  }

  set onIcmp(listener: ((quote: IcmpQuote) => void) | null) {
    this.ownOptions.onIcmp = listener;
  }

  /** A datagram for this socket; the packet is taken back after the call. */
  get onReceive(): ((packet: Packet) => void) | null {
    return this.receiver;
  }

  set onReceive(receiver: ((packet: Packet) => void) | null) {
    this.receiver = receiver;
    // datagrams for nobody pass the socket by (`Exit.sink`)
    this.namespace.noteLearnt();
  }

  /** How its last datagram was sent, for whoever sends no other; `NO_PATH` while that is not known. */
  get sendPath(): number {
    return this.path;
  }

  /**
   * Takes a local port (0: a free one of `ip_local_port_range`).
   * @returns EADDRINUSE when it is taken, EADDRNOTAVAIL when the address is not ours, EINVAL when it has a port
   *   already, null when it is done
   */
  bind(address: Ipv4Address, port: number): Errno | null {
    if (address !== 0 && !this.namespace.hasAddress(address)) return 'EADDRNOTAVAIL';
    if (this.localPort !== 0 && this.namespace.udp.has(this)) return 'EINVAL';
    const chosen = port === 0 ? this.namespace.udp.freePort() : port;
    if (this.namespace.udp.isTaken(address, chosen)) return 'EADDRINUSE';
    this.localAddress = address;
    this.localPort = chosen;
    this.namespace.udp.add(this);
    return null;
  }

  /** Fixes the peer: the route is looked up now, and errors are reported from now on. */
  connect(address: Ipv4Address, port: number): Errno | null {
    const decision = routeConnect(this.namespace, this.localAddress, address);
    if (decision.kind === 'error' || decision.kind === 'drop') return decision.errno;
    if (decision.kind === 'broadcast' && !this.broadcast) return 'EACCES';
    const source = decision.source;
    if (this.localPort === 0) this.bind(0, 0);
    this.namespace.noteLearnt();
    this.localAddress = source;
    this.remoteAddress = address;
    this.remotePort = port;
    return null;
  }

  close(): void {
    this.namespace.udp.remove(this);
  }

  /**
   * Sends one datagram.
   * @param flow the traffic flow it is counted in, 0 for none; `sequence` its number there
   * @returns the error that `sendto` would give, or null
   */
  sendTo(
    address: Ipv4Address,
    port: number,
    length: number,
    payload: Payload = ZERO_PAYLOAD,
    flow = 0,
    sequence = 0,
    traced = 0,
  ): Errno | null {
    if (length > UDP_PAYLOAD_MAX) return 'EMSGSIZE';
    const packet = this.namespace.network.pool.create();
    packet.payload = payload;
    packet.payloadLength = length;
    packet.flow = flow;
    packet.flowSequence = sequence;
    packet.traced = traced;
    return this.sendPacket(packet, address, port);
  }

  /**
   * Sends a datagram whose payload stands in the packet already, such as frames that it carries. When it can't be sent
   * it is as if it had never been, but for what it carries: that is dropped.
   * @returns the error that `sendto` would give, or null
   */
  sendPacket(packet: Packet, address: Ipv4Address, port: number): Errno | null {
    if (this.sendByPath(packet, address, port)) return null;
    if (this.localPort === 0) this.bind(0, 0);
    packet.etherType = EtherType.ipv4;
    packet.ipDestination = address;
    packet.protocol = IpProtocol.udp;
    packet.ttl = this.ttl === 0 ? this.namespace.sysctls.ipDefaultTtl : this.ttl;
    packet.tos = this.tos;
    packet.sourcePort = this.localPort;
    packet.destinationPort = port;
    packet.sentAt = this.namespace.network.simulation.now;
    updateIpLength(packet);
    return this.sendByTables(packet);
  }

  /** Takes the way of the datagram before, if it went to the same place. */
  private sendByPath(packet: Packet, address: Ipv4Address, port: number): boolean {
    if (this.path === NO_PATH || packet.traced !== Traced.no || packet.inner !== null) return false;
    const { sendPaths } = this.namespace.network;
    return sendPaths.leadsTo(this.path, address, port) && sendPaths.send(this.path, packet);
  }

  private forgetPath(): void {
    if (this.path !== NO_PATH) this.namespace.network.sendPaths.forget(this.path);
  }

  private sendByTables(packet: Packet): Errno | null {
    const { namespace } = this;
    const decision = routeOutput(namespace, this.localAddress, packet.ipDestination, null, packet);
    if (decision.kind === 'error' || decision.kind === 'drop') {
      takeBack(namespace, packet, decision.reason);
      return decision.errno;
    }
    if (decision.kind === 'broadcast' && !this.broadcast) {
      takeBack(namespace, packet, DropReason.noRoute);
      return 'EACCES';
    }
    packet.ipSource = decision.source;
    const out = decision.nexthop.iface;
    const mtu =
      out === null
        ? namespace.loopback.mtu
        : pathMtu(decision.nexthop, out, packet.ipDestination, decision.route);
    const tooLong = ipTotalLength(packet) > mtu;
    if (tooLong && this.pathMtuDiscovery === 'do') {
      takeBack(namespace, packet, DropReason.packetTooBig);
      return 'EMSGSIZE';
    }
    packet.dontFragment = this.pathMtuDiscovery !== 'dont' && !tooLong;
    packet.ipId = this.pathMtuDiscovery === 'do' ? 0 : namespace.nextIpId();
    const memorable =
      packet.traced === Traced.no &&
      packet.inner === null &&
      !tooLong &&
      decision.kind === 'forward' &&
      namespace.hooks === null;
    const errno = memorable
      ? this.sendAndRemember(packet, decision)
      : ipLocalOutput(namespace, packet, decision);
    // Linux udp_send_skb
    return errno === 'ENOBUFS' && this.onIcmp === null ? null : errno;
  }

  private sendAndRemember(packet: Packet, decision: RouteDecision): Errno | null {
    const { namespace } = this;
    const { recorder, sendPaths } = namespace.network;
    if (this.path === NO_PATH) this.path = sendPaths.add();
    const { path } = this;
    sendPaths.note(path, namespace.place, packet, this.pathMtuDiscovery !== 'do');
    recorder.beginAtSocket(namespace, packet, sendPaths.lastSegment(path));
    const errno = ipLocalOutput(namespace, packet, decision);
    // whether it left by a way that others can follow; the packet itself may be gone by now
    sendPaths.learn(path, recorder.takeFirst());
    return errno;
  }

  /** A datagram for this socket has come in; it is taken out of the world here. */
  receive(packet: Packet): void {
    const { network } = this.namespace;
    network.deliverToFlow(packet);
    this.receiver?.(packet);
    network.deliver(packet);
  }
}

/** A datagram could not be sent. What it carries has no other way: it is lost for `reason`. */
export function takeBack(namespace: NetworkNamespace, packet: Packet, reason: DropReason): void {
  if (packet.inner === null) namespace.network.unsend(packet);
  else namespace.network.drop(packet, reason, namespace.loopback);
}

/** A datagram for this host has come in (Linux `udp_rcv`). */
export function receiveUdp(iface: Interface, packet: Packet): void {
  const { namespace } = iface;
  const { network } = namespace;
  const { ipDestination, destinationPort, ipSource, sourcePort } = packet;
  const socket = namespace.udpIfAny?.lookup(ipDestination, destinationPort, ipSource, sourcePort) ?? null;
  if (socket !== null) {
    if (packet.traced !== 0) traceDelivery(namespace, packet, socket.encapsulated === null ? socket : null);
    if (socket.encapsulated === null) socket.receive(packet);
    else socket.encapsulated(iface, packet);
  } else if (namespace.idleUdpPort === destinationPort) {
    if (packet.traced !== 0) traceDelivery(namespace, packet, 'nobody');
    network.deliverToFlow(packet);
    network.deliver(packet);
  } else {
    sendIcmpError.portUnreachable(namespace, packet);
    network.drop(packet, DropReason.noSocket, iface);
  }
}

function traceDelivery(namespace: NetworkNamespace, packet: Packet, reader: UdpReader | null): void {
  namespace.network.tracerOf(packet).delivered(namespace, packet, 'udp port', reader);
}

/** An ICMP error about a datagram of this host (Linux `udp_err`): only connected sockets hear of hard ones. */
export function udpError(namespace: NetworkNamespace, quote: IcmpQuote): void {
  const { source, sourcePort, destination, destinationPort } = quote;
  const socket = namespace.udpIfAny?.lookup(source, sourcePort, destination, destinationPort) ?? null;
  if (socket === null) return;
  socket.onIcmp?.(quote);
  const hard = hardError(quote, socket.pathMtuDiscovery);
  if (hard !== null && socket.remotePort !== 0) socket.onError?.(hard);
}

/** The error of a message that is not merely soft (Linux `icmp_err_convert`); null for a soft one. */
function hardError(quote: IcmpQuote, discovery: PathMtuDiscovery): Errno | null {
  if (quote.type !== IcmpType.destinationUnreachable) return null;
  switch (quote.code) {
    case UnreachableCode.protocol:
    case UnreachableCode.port:
      return 'ECONNREFUSED';
    case UnreachableCode.fragmentationNeeded:
      return discovery === 'dont' ? null : 'EMSGSIZE';
    case 9:
    case 10:
    case UnreachableCode.communicationProhibited:
      return 'EHOSTUNREACH';
    default:
      return null;
  }
}
