import { readIpv4, readMac, readUint16, writeMac, writeUint16, writeUint32 } from './big-endian.ts';
import { EtherType } from './ethernet.ts';
import { formatIpv4, type Ipv4Address } from './ipv4-address.ts';
import { formatMac, type MacAddress, ZERO_MAC } from './mac-address.ts';
import { ParseError } from './parse-error.ts';

/** Address Resolution Protocol for IPv4 over Ethernet (RFC 826; RFC 5227 for probes and announcements). */

/** Bytes of an ARP packet for IPv4 over Ethernet; what follows in a frame is padding. */
export const ARP_PACKET_LENGTH = 28;

/** ar$op (IANA "ARP Operation Codes"). */
export const ArpOperation = { request: 1, reply: 2 } as const;

/** ar$hrd of Ethernet. */
const HARDWARE_TYPE_ETHERNET = 1;
/** ar$hln and ar$pln. */
const HARDWARE_ADDRESS_LENGTH = 6;
const PROTOCOL_ADDRESS_LENGTH = 4;

export interface ArpPacket {
  /** ar$op: one of `ArpOperation`, or any other 16-bit value. */
  operation: number;
  /** ar$sha */
  senderHardwareAddress: MacAddress;
  /** ar$spa; 0 in a probe. */
  senderProtocolAddress: Ipv4Address;
  /** ar$tha; usually zero in a request, the address last known in a unicast probe. */
  targetHardwareAddress: MacAddress;
  /** ar$tpa */
  targetProtocolAddress: Ipv4Address;
}

const TRUNCATED = new ParseError('truncated', 'ARP packet shorter than 28 bytes');
const UNSUPPORTED = new ParseError('unsupported', 'ARP for something other than IPv4 over Ethernet');

/** Reads the ARP packet at `offset`; bytes behind it are padding and ignored. */
export function parseArp(bytes: Uint8Array, offset: number, end: number): ArpPacket | ParseError {
  if (Math.min(end, bytes.length) - offset < ARP_PACKET_LENGTH) return TRUNCATED;
  if (
    readUint16(bytes, offset) !== HARDWARE_TYPE_ETHERNET ||
    readUint16(bytes, offset + 2) !== EtherType.ipv4 ||
    bytes[offset + 4] !== HARDWARE_ADDRESS_LENGTH ||
    bytes[offset + 5] !== PROTOCOL_ADDRESS_LENGTH
  ) {
    return UNSUPPORTED;
  }
  return {
    operation: readUint16(bytes, offset + 6),
    senderHardwareAddress: readMac(bytes, offset + 8),
    senderProtocolAddress: readIpv4(bytes, offset + 14),
    targetHardwareAddress: readMac(bytes, offset + 18),
    targetProtocolAddress: readIpv4(bytes, offset + 24),
  };
}

/** Writes an ARP packet and returns its length. */
export function emitArp(
  bytes: Uint8Array,
  offset: number,
  operation: number,
  senderHardwareAddress: MacAddress,
  senderProtocolAddress: Ipv4Address,
  targetHardwareAddress: MacAddress,
  targetProtocolAddress: Ipv4Address,
): number {
  writeUint16(bytes, offset, HARDWARE_TYPE_ETHERNET);
  writeUint16(bytes, offset + 2, EtherType.ipv4);
  bytes[offset + 4] = HARDWARE_ADDRESS_LENGTH;
  bytes[offset + 5] = PROTOCOL_ADDRESS_LENGTH;
  writeUint16(bytes, offset + 6, operation);
  writeMac(bytes, offset + 8, senderHardwareAddress);
  writeUint32(bytes, offset + 14, senderProtocolAddress);
  writeMac(bytes, offset + 18, targetHardwareAddress);
  writeUint32(bytes, offset + 24, targetProtocolAddress);
  return ARP_PACKET_LENGTH;
}

/** The packet as tcpdump prints it, without its length. */
export function printArp(packet: ArpPacket): string {
  const sender = formatIpv4(packet.senderProtocolAddress);
  switch (packet.operation) {
    case ArpOperation.request: {
      const known = packet.targetHardwareAddress;
      const hint = known === ZERO_MAC ? '' : ` (${formatMac(known)})`;
      return `Request who-has ${formatIpv4(packet.targetProtocolAddress)}${hint} tell ${sender}`;
    }
    case ArpOperation.reply:
      return `Reply ${sender} is-at ${formatMac(packet.senderHardwareAddress)}`;
    default:
      return `Unknown (${packet.operation})`;
  }
}
