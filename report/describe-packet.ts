import type { Interface } from '../models/netns/interface/interface.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import { isFragment, type Packet } from '../models/packet.ts';
import { EtherType } from '../models/wire/ethernet.ts';
import { writeFrame } from '../models/wire/frame-bytes.ts';
import { describeFrame } from '../models/wire/frame-printer.ts';
import { IcmpType } from '../models/wire/icmp.ts';
import { IpProtocol } from '../models/wire/ipv4.ts';
import { formatMac } from '../models/wire/mac-address.ts';

export type PacketKind = 'request' | 'reply' | 'error' | 'datagram' | 'fragment' | 'packet';

/** What a packet is in an exchange. */
export function kindOf(packet: Packet): PacketKind {
  if (isFragment(packet)) return 'fragment';
  if (packet.protocol === IpProtocol.udp) return 'datagram';
  if (packet.protocol !== IpProtocol.icmp) return 'packet';
  switch (packet.icmpType) {
    case IcmpType.echoRequest:
      return 'request';
    case IcmpType.echoReply:
      return 'reply';
    default:
      return 'error';
  }
}

/**
 * A packet in the words of tcpdump, from behind its addresses: `ICMP echo request, id 1, seq 1, length 64`.
 */
export function describePacket(namespace: NetworkNamespace, packet: Packet): string {
  if (packet.etherType !== EtherType.ipv4) return `${packet.length} bytes`;
  if (isFragment(packet))
    return `bytes ${packet.fragmentOffset} to ${packet.fragmentOffset + packet.payloadLength - 1}`;
  const bytes = new Uint8Array(packet.length);
  writeFrame(packet, namespace.network.macs, bytes, 0);
  const text = describeFrame(bytes);
  const behindAddresses = / > [^ ]+: /.exec(text.slice(text.indexOf('length ')));
  if (behindAddresses === null) return text;
  return text.slice(text.indexOf('length ') + behindAddresses.index + behindAddresses[0].length);
}

/**
 * The Ethernet header of a frame as an interface sees it: `0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:01, 98 bytes,
 * ttl 64`.
 */
export function describeLink(iface: Interface, packet: Packet): string {
  const { macs } = iface.namespace.network;
  const mac = (id: number) => formatMac(macs.address(id));
  return `${mac(packet.source)} > ${mac(packet.destination)}, ${packet.length} bytes, ttl ${packet.ttl}`;
}
