import { isFragment, type Packet } from '../../packet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';

/** What of a transport header rules look at. One shared object, good until the next call. */
const view = { sourcePort: 0, destinationPort: 0, flags: 0, icmpType: 0, icmpCode: 0 };
export type TransportView = Readonly<typeof view>;

/** The transport header of a packet; null when it is in another fragment. */
export function transportView(packet: Packet): TransportView | null {
  if (isFragment(packet)) return packet.fragmentOffset === 0 ? viewOfFragment(packet) : null;
  view.sourcePort = packet.sourcePort;
  view.destinationPort = packet.destinationPort;
  view.flags = packet.tcp === null ? 0 : packet.tcp.flags;
  view.icmpType = packet.icmpType;
  view.icmpCode = packet.icmpCode;
  return view;
}

/** The first fragment carries the header as bytes. */
function viewOfFragment(packet: Packet): TransportView | null {
  if (packet.payloadLength < 8) return null;
  const bytes = new Uint8Array(Math.min(packet.payloadLength, 20));
  packet.payload.writeTo(bytes, 0, 0, bytes.length);
  view.sourcePort = (bytes[0] << 8) | bytes[1];
  view.destinationPort = (bytes[2] << 8) | bytes[3];
  view.flags = packet.protocol === IpProtocol.tcp && bytes.length > 13 ? bytes[13] : 0;
  view.icmpType = bytes[0];
  view.icmpCode = bytes[1];
  return view;
}
