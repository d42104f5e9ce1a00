import { DropReason } from '../../drop-reason.ts';
import { ipHeaderLength, type Packet, PacketType, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { pingError, receiveEchoReply } from '../../transport/ping-socket.ts';
import { tcpError } from '../../transport/tcp/tcp-input.ts';
import { udpError } from '../../transport/udp.ts';
import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { routeOutput } from '../routing/route-output.ts';
import { acceptRedirect } from './icmp-redirect.ts';
import { echoOptions, type IpOptions } from './ip-options.ts';
import { isForeign } from './ip-options-input.ts';
import { buildOptions } from './ip-options-output.ts';
import { ipLocalOutput } from './ip-output.ts';
import { learnPathMtu } from './path-mtu.ts';

/** What an ICMP error quotes of the packet that it is about. */
export interface IcmpQuote {
  type: number;
  code: number;
  /** Second word of the ICMP header: next-hop MTU or gateway. */
  word: number;
  /** Sender of the error. */
  reporter: Ipv4Address;
  source: Ipv4Address;
  destination: Ipv4Address;
  protocol: number;
  /** First two words behind the quoted IP header: ports, or ICMP type, identifier and sequence number. */
  sourcePort: number;
  destinationPort: number;
  secondWord: number;
  /** Bytes of the quoted IP payload that came along. */
  available: number;
}

/** An ICMP message for this host has come in (Linux `icmp_rcv`). */
export function receiveIcmp(iface: Interface, packet: Packet): void {
  const network = iface.namespace.network;
  switch (packet.icmpType) {
    case IcmpType.echoRequest:
      if (iface.namespace.sysctls.icmpEchoIgnoreAll || !answersGroupEcho(iface, packet)) {
        network.drop(packet, DropReason.icmpUnwanted, iface);
        return;
      }
      reply(iface, packet, IcmpType.echoReply);
      return;
    case IcmpType.timestamp:
      if (!answersGroupEcho(iface, packet)) {
        network.drop(packet, DropReason.icmpUnwanted, iface);
        return;
      }
      reply(iface, packet, IcmpType.timestampReply);
      return;
    case IcmpType.echoReply:
      if (receiveEchoReply(iface, packet)) network.deliver(packet);
      else network.drop(packet, DropReason.icmpUnwanted, iface);
      return;
    case IcmpType.destinationUnreachable:
    case IcmpType.timeExceeded:
    case IcmpType.parameterProblem:
    case IcmpType.redirect:
      receiveError(iface, packet);
      return;
    default:
      network.drop(packet, DropReason.icmpUnwanted, iface);
  }
}

/** `icmp_echo_ignore_broadcasts` is on by default: nobody answers a broadcast ping (RFC 1122, 3.2.2.6). */
function answersGroupEcho(iface: Interface, packet: Packet): boolean {
  const group =
    packet.packetType === PacketType.broadcast ||
    isMulticast(packet.ipDestination) ||
    packet.route?.type === 'broadcast';
  return !group || !iface.namespace.sysctls.icmpEchoIgnoreBroadcasts;
}

/** Sends the message back with its data (Linux `icmp_reply`). The request has reached its destination. */
function reply(iface: Interface, request: Packet, type: number): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  const group = request.route?.type === 'broadcast' || isMulticast(request.ipDestination);
  const answer = network.pool.create();
  answer.protocol = IpProtocol.icmp;
  answer.tos = request.tos;
  answer.icmpType = type;
  const from = group ? 0 : request.ipDestination;
  const options = optionsOfReply(namespace, request);
  const destination = options !== null && options.sourceRoute >= 0 ? options.firstHop : request.ipSource;
  const decision = routeOutput(namespace, from, destination, null, answer);
  if (decision.kind === 'error' || decision.kind === 'drop') {
    network.unsend(answer);
    network.drop(request, decision.reason, iface);
    return;
  }
  answer.ipSource = decision.source;
  answer.ipDestination = destination;
  answer.ttl = namespace.sysctls.ipDefaultTtl;
  answer.ipId = namespace.nextIpId();
  answer.icmpWord = request.icmpWord;
  answer.icmpCode = 0;
  answer.payload = request.payload;
  answer.payloadLength = request.payloadLength;
  answer.flow = request.flow;
  answer.flowSequence = request.flowSequence;
  answer.twin = request.twin;
  answer.sentAt = request.sentAt;
  answer.traced = request.traced & Traced.explained;
  if (type === IcmpType.timestampReply) stampReply(answer, network.simulation.now);
  if (options !== null) buildOptions(namespace, answer, options, request.ipSource);
  updateIpLength(answer);
  network.passOn(request, answer);
  ipLocalOutput(namespace, answer, decision);
}

function optionsOfReply(namespace: NetworkNamespace, request: Packet): IpOptions | null {
  if (request.options === null) return null;
  const isOthers = (address: Ipv4Address) => isForeign(namespace, address);
  return echoOptions(request.optionState!, request.ipSource, { isForeign: isOthers });
}

/** Receive and transmit time in milliseconds since midnight (RFC 792, timestamp reply). */
function stampReply(answer: Packet, now: number): void {
  const bytes = new Uint8Array(answer.payloadLength);
  answer.payload.writeTo(bytes, 0, 0, bytes.length);
  const stamp = Math.floor(now / 1e6) % 86_400_000;
  for (const at of [4, 8]) {
    for (let i = 0; i < 4 && at + i < bytes.length; i++) bytes[at + i] = stamp >>> (24 - 8 * i);
  }
  answer.payload = new BytesPayload(bytes);
}

/** An error about a packet of ours: the protocol that sent it is told (Linux `icmp_unreach`, `icmp_redirect`). */
function receiveError(iface: Interface, packet: Packet): void {
  const namespace = iface.namespace;
  const network = namespace.network;
  const quote = parseQuote(packet);
  if (quote === null) {
    network.drop(packet, DropReason.malformed, iface);
    return;
  }
  if (quote.type === IcmpType.redirect) {
    acceptRedirect(iface, packet.ipSource, quote.source, quote.destination, quote.word);
    if (quote.protocol === IpProtocol.icmp) pingError(namespace, quote);
  } else {
    if (
      quote.type === IcmpType.destinationUnreachable &&
      quote.code === UnreachableCode.fragmentationNeeded
    ) {
      notePathMtu(iface, quote);
    }
    if (quote.protocol === IpProtocol.udp) udpError(namespace, quote);
    else if (quote.protocol === IpProtocol.icmp) pingError(namespace, quote);
    else if (quote.protocol === IpProtocol.tcp) tcpError(namespace, quote);
  }
  network.deliver(packet);
}

function notePathMtu(iface: Interface, quote: IcmpQuote): void {
  const namespace = iface.namespace;
  const route = namespace.fib.lookup(quote.destination);
  if (route === null || namespace.sysctls.ipNoPmtuDisc !== 0) return;
  // Linux __ip_rt_update_pmtu: the flow's own next hop, and every other one of the route
  for (const nexthop of route.nexthops) {
    if (nexthop.iface !== null) learnPathMtu(namespace, nexthop, quote.destination, quote.word & 0xffff);
  }
  namespace.generation++;
}

/** Reads the quoted packet; null when it is too short to tell whose it was. */
function parseQuote(packet: Packet): IcmpQuote | null {
  const length = Math.min(packet.payloadLength, 128);
  if (length < 28) return null;
  const bytes = new Uint8Array(length);
  packet.payload.writeTo(bytes, 0, 0, length);
  const view = new DataView(bytes.buffer);
  const header = (bytes[0] & 15) * 4;
  if (bytes[0] >> 4 !== 4 || header < 20 || header + 8 > length) return null;
  return {
    type: packet.icmpType,
    code: packet.icmpCode,
    word: packet.icmpWord,
    reporter: packet.ipSource,
    source: view.getInt32(12),
    destination: view.getInt32(16),
    protocol: bytes[9],
    sourcePort: view.getUint16(header),
    destinationPort: view.getUint16(header + 2),
    secondWord: view.getInt32(header + 4),
    available: packet.payloadLength - header,
  };
}

/** Bytes of IP header and everything behind it: what ping prints as the size of a reply minus the header. */
export function icmpLength(packet: Packet): number {
  return packet.length - 14 - ipHeaderLength(packet);
}
