import { attachConnection } from '../../netfilter/filter-state.ts';
import { ipHeaderLength, type Packet, PacketType, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { writeUint16 } from '../../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import {
  ICMP_HEADER_LENGTH,
  IcmpType,
  RedirectCode,
  TimeExceededCode,
  UnreachableCode,
} from '../../wire/icmp.ts';
import { internetChecksum } from '../../wire/internet-checksum.ts';
import { IPV4_CHECKSUM_OFFSET, IPV4_HEADER_LENGTH, IpProtocol } from '../../wire/ipv4.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import type { Errno } from '../control-error.ts';
import { Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { routeOutput } from '../routing/route-output.ts';
import { globallyAllowed, icmpAllowed, isRateLimited, routingErrorAllowed } from './icmp-rate-limit.ts';
import { echoOptions, type IpOptions } from './ip-options.ts';
import { isForeign } from './ip-options-input.ts';
import { buildOptions } from './ip-options-output.ts';
import { ipLocalOutput } from './ip-output.ts';
import { selectSourceAddress } from './source-address.ts';

/** No error is longer than this, IP header included (RFC 1812, 4.3.2.3; Linux `icmp_send`). */
const ERROR_LENGTH_MAX = 576;
/** Precedence internetwork control: Linux marks its errors with it. */
const TOS_INTERNETWORK_CONTROL = 0xc0;
const TOS_MASK = 0x1e;

/** The errors that the stack reports, each about `packet`, which stays the caller's. */
export const sendIcmpError = {
  hostUnreachable(namespace: NetworkNamespace, packet: Packet): void {
    send(namespace, packet, IcmpType.destinationUnreachable, UnreachableCode.host, 0);
  },
  protocolUnreachable(namespace: NetworkNamespace, packet: Packet): void {
    send(namespace, packet, IcmpType.destinationUnreachable, UnreachableCode.protocol, 0);
  },
  /** What REJECT answers; not fragmentation needed. */
  unreachable(namespace: NetworkNamespace, packet: Packet, code: number): void {
    send(namespace, packet, IcmpType.destinationUnreachable, code, 0);
  },
  portUnreachable(namespace: NetworkNamespace, packet: Packet): void {
    send(namespace, packet, IcmpType.destinationUnreachable, UnreachableCode.port, 0);
  },
  /** @param mtu what would have fitted, bytes (RFC 1191) */
  fragmentationNeeded(namespace: NetworkNamespace, packet: Packet, mtu: number): void {
    send(namespace, packet, IcmpType.destinationUnreachable, UnreachableCode.fragmentationNeeded, mtu);
  },
  timeExceeded(namespace: NetworkNamespace, packet: Packet): void {
    send(namespace, packet, IcmpType.timeExceeded, TimeExceededCode.transit, 0);
  },
  reassemblyTimeExceeded(namespace: NetworkNamespace, packet: Packet): void {
    send(namespace, packet, IcmpType.timeExceeded, TimeExceededCode.reassembly, 0);
  },
  /** @param pointer place of what is wrong, in bytes from the start of the IP header (RFC 792) */
  parameterProblem(namespace: NetworkNamespace, packet: Packet, pointer: number): void {
    send(namespace, packet, IcmpType.parameterProblem, 0, pointer << 24);
  },
  /** @param gateway where the sender had better send (RFC 792) */
  redirect(namespace: NetworkNamespace, packet: Packet, gateway: Ipv4Address): void {
    send(namespace, packet, IcmpType.redirect, RedirectCode.host, gateway);
  },
};

/** Routing has failed for a packet that came in (Linux `ip_error`), which draws on the sender's allowance first. */
export function icmpForRoutingError(iface: Interface, packet: Packet, errno: Errno): void {
  const namespace = iface.namespace;
  if (!routingErrorAllowed(namespace, packet.ipSource)) return;
  const code =
    errno === 'EHOSTUNREACH'
      ? UnreachableCode.host
      : errno === 'EACCES'
        ? UnreachableCode.communicationProhibited
        : UnreachableCode.net;
  send(namespace, packet, IcmpType.destinationUnreachable, code, 0);
}

/** Linux `icmp_send`. */
function send(namespace: NetworkNamespace, about: Packet, type: number, code: number, word: number): void {
  if (!mayBeReported(about)) return;
  const network = namespace.network;
  // what comes in by the loopback interface is not limited
  const limited = about.ingress?.isLoopback !== true && isRateLimited(namespace, type, code);
  if (limited && !globallyAllowed(namespace)) return;
  const error = network.pool.create();
  error.protocol = IpProtocol.icmp;
  error.tos = (about.tos & TOS_MASK) | TOS_INTERNETWORK_CONTROL;
  error.icmpType = type;
  const quote = quoteOf(network, about);
  error.payload = new BytesPayload(quote);
  error.payloadLength = quote.length;
  const source = sourceOfError(namespace, about);
  const options = optionsOfError(namespace, about);
  const destination = options !== null && options.sourceRoute >= 0 ? options.firstHop : about.ipSource;
  const decision = routeOutput(namespace, source, destination, null, error);
  const refused = decision.kind === 'error' || decision.kind === 'drop';
  if (refused || (limited && !icmpAllowed(namespace, about.ipSource, decision.kind === 'local'))) {
    network.unsend(error);
    return;
  }
  const mtu = decision.nexthop.iface?.mtu ?? ERROR_LENGTH_MAX;
  const room = Math.min(mtu, ERROR_LENGTH_MAX) - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH;
  error.payloadLength = Math.min(quote.length, room - (options === null ? 0 : options.bytes.length));
  error.ipSource = decision.source;
  error.ipDestination = destination;
  error.ttl = namespace.sysctls.ipDefaultTtl;
  error.ipId = namespace.nextIpId();
  error.icmpCode = code;
  error.icmpWord = word;
  error.sentAt = network.simulation.now;
  error.traced = about.traced & Traced.explained;
  if (options !== null) buildOptions(namespace, error, options, about.ipSource);
  updateIpLength(error);
  if (about.netfilter !== null) attachConnection(about, error);
  ipLocalOutput(namespace, error, decision);
}

/** Linux `__icmp_send` answers options as a reply would. */
function optionsOfError(namespace: NetworkNamespace, about: Packet): IpOptions | null {
  if (about.options === null || about.optionState === null) return null;
  return echoOptions(about.optionState, about.ipSource, {
    isForeign: (address) => isForeign(namespace, address),
  });
}

/** RFC 1122, 3.2.2: no error about an error, a group address, or a fragment other than the first. */
function mayBeReported(about: Packet): boolean {
  if (about.ingress !== null && about.packetType !== PacketType.host) return false;
  if (about.fragmentOffset !== 0) return false;
  if (isMulticast(about.ipDestination) || about.ipDestination === -1) return false;
  if (about.ipSource === 0 || isMulticast(about.ipSource)) return false;
  if (about.route !== null && about.route.type === 'broadcast') return false;
  if (about.protocol !== IpProtocol.icmp) return true;
  const { icmpType } = about;
  const query =
    icmpType === IcmpType.echoRequest ||
    icmpType === IcmpType.echoReply ||
    icmpType === IcmpType.timestamp ||
    icmpType === IcmpType.timestampReply;
  return query;
}

/** The address that was spoken to if it is ours; else that of the way back, or of the interface it came in by. */
function sourceOfError(namespace: NetworkNamespace, about: Packet): Ipv4Address {
  if (isOwn(namespace, about.ipDestination)) return about.ipDestination;
  const { ingress } = about;
  if (ingress === null || !namespace.sysctls.icmpErrorsUseInboundIfaddr) return 0;
  return selectSourceAddress(ingress, about.ipSource, Scope.link) ?? 0;
}

function isOwn(namespace: NetworkNamespace, address: Ipv4Address): boolean {
  return namespace.fib.typeOf(address) === 'local';
}

/** The packet from its IP header on, as it stands now, as far as an error has room for it. */
function quoteOf(network: NetworkNamespace['network'], about: Packet): Uint8Array {
  const frame = new Uint8Array(about.length);
  writeFrame(about, network.macs, frame, 0);
  if (about.options !== null) keepChecksum(about, frame);
  const room = ERROR_LENGTH_MAX - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH;
  return frame.slice(ETHERNET_HEADER_LENGTH, ETHERNET_HEADER_LENGTH + room);
}

/** What this host has written into the options is not in the checksum yet: that is done when it passes the packet on. */
function keepChecksum(about: Packet, frame: Uint8Array): void {
  const received = about.optionState?.received;
  if (received === null || received === undefined) return;
  const header = frame.slice(ETHERNET_HEADER_LENGTH, ETHERNET_HEADER_LENGTH + ipHeaderLength(about));
  header.set(received, IPV4_HEADER_LENGTH);
  writeUint16(header, IPV4_CHECKSUM_OFFSET, 0);
  const checksum = internetChecksum(header, 0, header.length);
  writeUint16(frame, ETHERNET_HEADER_LENGTH + IPV4_CHECKSUM_OFFSET, checksum);
}
