import { type Packet, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { EtherType } from '../../wire/ethernet.ts';
import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Network } from '../network.ts';

const TTL = 64;

/**
 * A frame with the ICMP error for a packet with DF that does not fit (RFC 1191), to its sender, in the name of whom it
 * was for: what tunnels make, which are no hop of their own.
 * @param mtu what would have fitted, bytes
 * @param quote of the packet, from its IP header on
 */
export function tooBigError(network: Network, packet: Packet, mtu: number, quote: Uint8Array): Packet {
  const error = network.pool.create();
  error.source = packet.destination;
  error.destination = packet.source;
  error.etherType = EtherType.ipv4;
  error.ipSource = packet.ipDestination;
  error.ipDestination = packet.ipSource;
  error.protocol = IpProtocol.icmp;
  error.ttl = TTL;
  error.icmpType = IcmpType.destinationUnreachable;
  error.icmpCode = UnreachableCode.fragmentationNeeded;
  error.icmpWord = mtu & 0xffff;
  error.payload = new BytesPayload(quote);
  error.payloadLength = quote.length;
  error.sentAt = network.simulation.now;
  updateIpLength(error);
  return error;
}
