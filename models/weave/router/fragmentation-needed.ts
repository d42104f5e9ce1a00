import type { Network } from '../../netns/network.ts';
import { ipHeaderLength, type Packet, tagLength, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';

const TTL = 64;
/** Bytes behind the IP header that an error quotes (RFC 792). */
const QUOTED = 8;

/**
 * The ICMP error for a frame that is too big for the way to another peer, as from the host that it was for (weave
 * `makeICMPFragNeeded`).
 * @param mtu what would have fitted, bytes
 */
export function fragmentationNeeded(network: Network, packet: Packet, mtu: number): Packet {
  const error = network.pool.create();
  error.source = packet.destination;
  error.destination = packet.source;
  error.etherType = EtherType.ipv4;
  error.ipSource = packet.ipDestination;
  error.ipDestination = packet.ipSource;
  error.protocol = IpProtocol.icmp;
  error.ttl = TTL;
  error.tos = packet.tos;
  error.icmpType = IcmpType.destinationUnreachable;
  error.icmpCode = UnreachableCode.fragmentationNeeded;
  error.icmpWord = mtu & 0xffff;
  const frame = new Uint8Array(packet.length);
  writeFrame(packet, network.macs, frame, 0);
  const start = ETHERNET_HEADER_LENGTH + tagLength(packet);
  const quote = frame.slice(start, start + ipHeaderLength(packet) + QUOTED);
  error.payload = new BytesPayload(quote);
  error.payloadLength = quote.length;
  error.sentAt = network.simulation.now;
  updateIpLength(error);
  return error;
}
