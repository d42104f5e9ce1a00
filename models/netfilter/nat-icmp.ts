import type { Packet } from '../packet.ts';
import { BytesPayload } from '../payload.ts';
import { IcmpType } from '../wire/icmp.ts';
import { internetChecksum, updateChecksum, updateChecksum32 } from '../wire/internet-checksum.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { type Connection, STATUS_NAT, STATUS_NAT_DONE } from './connection.ts';
import { type Manipulation, natBit } from './nat.ts';
import { invert, Tuple } from './tuple.ts';

const target = new Tuple();

/**
 * Translates an ICMP error together with the packet that it quotes (Linux `nf_nat_icmp_reply_translation`).
 * Answers whether it goes on: a redirect about a translated connection does not, or the two ends would begin to
 * talk past the translation.
 */
export function translateIcmpError(
  packet: Packet,
  connection: Connection,
  reply: boolean,
  manipulation: Manipulation,
): boolean {
  if (packet.icmpType === IcmpType.redirect) {
    if ((connection.status & STATUS_NAT_DONE) !== STATUS_NAT_DONE) return false;
    if ((connection.status & STATUS_NAT) !== 0) return false;
  }
  if ((connection.status & natBit(manipulation, reply)) === 0) return true;
  const other = connection.tuple(!reply);
  translateQuote(packet, other, manipulation === 'source' ? 'destination' : 'source');
  invert(other, target);
  if (manipulation === 'source') packet.ipSource = target.source;
  else packet.ipDestination = target.destination;
  return true;
}

/** Rewrites one end of the quoted packet to that of a tuple, its checksums kept right. */
function translateQuote(packet: Packet, tuple: Tuple, manipulation: Manipulation): void {
  const bytes = new Uint8Array(packet.payloadLength);
  packet.payload.writeTo(bytes, 0, 0, bytes.length);
  const view = new DataView(bytes.buffer);
  const header = (bytes[0] & 15) * 4;
  const source = manipulation === 'source';
  const address = source ? tuple.source : tuple.destination;
  const addressAt = source ? 12 : 16;
  const oldAddress = view.getUint32(addressAt);
  view.setInt32(addressAt, address);
  view.setUint16(10, 0);
  view.setUint16(10, internetChecksum(bytes, 0, header));
  translateTransport(view, header, tuple, source, oldAddress, address >>> 0);
  packet.payload = new BytesPayload(bytes);
}

function translateTransport(
  view: DataView,
  header: number,
  tuple: Tuple,
  source: boolean,
  oldAddress: number,
  newAddress: number,
): void {
  const protocol = view.getUint8(9);
  const port = source ? tuple.sourcePort : tuple.destinationPort;
  const portAt = protocol === IpProtocol.icmp ? header + 4 : header + (source ? 0 : 2);
  const newPort = protocol === IpProtocol.icmp ? tuple.sourcePort : port;
  const checksumAt = header + checksumOffset(protocol);
  if (checksumAt === header) return;
  const oldPort = view.getUint16(portAt);
  view.setUint16(portAt, newPort);
  if (checksumAt + 2 > view.byteLength) return;
  let checksum = view.getUint16(checksumAt);
  if (protocol === IpProtocol.udp && checksum === 0) return;
  checksum = updateChecksum(checksum, oldPort, newPort);
  if (protocol !== IpProtocol.icmp) checksum = updateChecksum32(checksum, oldAddress, newAddress);
  view.setUint16(checksumAt, protocol === IpProtocol.udp && checksum === 0 ? 0xffff : checksum);
}

/** Where the checksum of a transport header stands; 0 for a protocol without ports. */
function checksumOffset(protocol: number): number {
  if (protocol === IpProtocol.tcp) return 16;
  if (protocol === IpProtocol.udp) return 6;
  return protocol === IpProtocol.icmp ? 2 : 0;
}
