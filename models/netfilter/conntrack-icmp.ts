import type { Packet } from '../packet.ts';
import { IcmpType } from '../wire/icmp.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { type Connection, Info } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import { invert, Tuple } from './tuple.ts';

/** What of a quoted packet can be told apart by: the first 8 bytes behind its IP header. */
const QUOTED_TRANSPORT = 8;
const QUOTE_LENGTH = 60 + QUOTED_TRANSPORT;

const inner = new Tuple();

/** Whether a message reports an error about a packet that it quotes. */
export function isIcmpError(type: number): boolean {
  switch (type) {
    case IcmpType.destinationUnreachable:
    case IcmpType.timeExceeded:
    case IcmpType.parameterProblem:
    case IcmpType.redirect:
    case 4:
      return true;
    default:
      return false;
  }
}

/**
 * The connection that an ICMP error is about, by the packet that it quotes (Linux `nf_conntrack_inet_error`), and
 * whether it travels against its direction; null when it is about none that is known.
 */
export function relatedTo(
  table: ConnectionTable,
  packet: Packet,
  zone: number,
  now: number,
): { connection: Connection; info: Info } | null {
  if (!readQuote(packet, inner, zone) || !invert(inner, inner)) return null;
  const found = table.find(inner, now);
  // an error that goes elsewhere than the packets it is about would come from is not believed
  if (found === null || found.destination !== packet.ipDestination) return null;
  const connection = found.connection!;
  return { connection, info: found === connection.reply ? Info.relatedReply : Info.related };
}

/** Reads what a quoted packet was; false when too little of it is there. */
function readQuote(packet: Packet, tuple: Tuple, zone: number): boolean {
  const length = Math.min(packet.payloadLength, QUOTE_LENGTH);
  if (length < 20) return false;
  const bytes = new Uint8Array(length);
  packet.payload.writeTo(bytes, 0, 0, length);
  const view = new DataView(bytes.buffer);
  const header = (bytes[0] & 15) * 4;
  const fragmentOffset = view.getUint16(6) & 0x1fff;
  if (bytes[0] >>> 4 !== 4 || header < 20 || fragmentOffset !== 0) return false;
  if (header + QUOTED_TRANSPORT > length) return false;
  tuple.protocol = bytes[9];
  tuple.source = view.getInt32(12);
  tuple.destination = view.getInt32(16);
  tuple.zone = zone;
  switch (tuple.protocol) {
    case IpProtocol.icmp:
      tuple.sourcePort = view.getUint16(header + 4);
      tuple.destinationPort = view.getUint16(header);
      return true;
    case IpProtocol.tcp:
    case IpProtocol.udp:
      tuple.sourcePort = view.getUint16(header);
      tuple.destinationPort = view.getUint16(header + 2);
      return true;
    default:
      tuple.sourcePort = 0;
      tuple.destinationPort = 0;
      return true;
  }
}
