import { readMac, readUint16, writeMac, writeUint16 } from './big-endian.ts';
import { formatMac, type MacAddress } from './mac-address.ts';
import { ParseError } from './parse-error.ts';

/**
 * Ethernet II frames, optionally with one 802.1Q tag (IEEE 802.3, 3.2; IEEE 802.1Q, 9.6). A frame has no
 * preamble and no frame check sequence here, as in Linux captures.
 *
 *     0            6            12          14
 *     | destination | source    | EtherType | payload
 *     | destination | source    | 0x8100    | PCP DEI VID | EtherType | payload
 */

/** Bytes of the header without a tag. */
export const ETHERNET_HEADER_LENGTH = 14;
/** Bytes that an 802.1Q tag adds. */
export const VLAN_TAG_LENGTH = 4;

/** EtherTypes (IANA "IEEE 802 Numbers"). */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** An 802.1Q tag follows. */
  vlan: 0x8100,
  ipv6: 0x86dd,
} as const;

/** Smaller values are the length of an IEEE 802.3 frame (IEEE 802.3, 3.2.6). */
const MIN_ETHER_TYPE = 0x0600;

/** An 802.1Q tag. */
export interface VlanTag {
  /** Priority code point, 0 to 7. */
  priority: number;
  /** Drop eligible indicator. */
  dropEligible: boolean;
  /** VLAN identifier, 0 to 4095. */
  vlanId: number;
}

export interface EthernetHeader {
  destination: MacAddress;
  source: MacAddress;
  tag: VlanTag | null;
  /** Of the payload, behind the tag if there is one; below 0x0600 the length of an 802.3 frame. */
  etherType: number;
}

const TRUNCATED = new ParseError('truncated', 'Ethernet frame shorter than its header');

/** Bytes from the destination address to the payload. */
export function ethernetHeaderLength(header: EthernetHeader): number {
  return header.tag === null ? ETHERNET_HEADER_LENGTH : ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH;
}

/** Reads the header of the frame at `offset`, of which the bytes up to `end` are there. */
export function parseEthernet(bytes: Uint8Array, offset: number, end: number): EthernetHeader | ParseError {
  if (Math.min(end, bytes.length) - offset < ETHERNET_HEADER_LENGTH) return TRUNCATED;
  const destination = readMac(bytes, offset);
  const source = readMac(bytes, offset + 6);
  const etherType = readUint16(bytes, offset + 12);
  if (etherType !== EtherType.vlan) return { destination, source, tag: null, etherType };

  if (Math.min(end, bytes.length) - offset < ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH) return TRUNCATED;
  const control = readUint16(bytes, offset + 14);
  const tag = { priority: control >> 13, dropEligible: (control & 0x1000) !== 0, vlanId: control & 0xfff };
  return { destination, source, tag, etherType: readUint16(bytes, offset + 16) };
}

/** Writes an untagged header and returns its length. */
export function emitEthernet(
  bytes: Uint8Array,
  offset: number,
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
): number {
  writeMac(bytes, offset, destination);
  writeMac(bytes, offset + 6, source);
  writeUint16(bytes, offset + 12, etherType);
  return ETHERNET_HEADER_LENGTH;
}

/** Writes a header with an 802.1Q tag and returns its length. @param control priority, DEI and VLAN identifier */
export function emitTaggedEthernet(
  bytes: Uint8Array,
  offset: number,
  destination: MacAddress,
  source: MacAddress,
  control: number,
  etherType: number,
): number {
  emitEthernet(bytes, offset, destination, source, EtherType.vlan);
  writeUint16(bytes, offset + 14, control);
  writeUint16(bytes, offset + 16, etherType);
  return ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH;
}

/** Writes a header with its tag, if it has one, and returns its length. */
export function emitEthernetHeader(bytes: Uint8Array, offset: number, header: EthernetHeader): number {
  const { destination, source, tag, etherType } = header;
  if (tag === null) return emitEthernet(bytes, offset, destination, source, etherType);
  const control = (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.vlanId;
  return emitTaggedEthernet(bytes, offset, destination, source, control, etherType);
}

/**
 * The header as `tcpdump -e` prints it.
 *
 * @param length - bytes of the whole frame
 */
export function printEthernet(header: EthernetHeader, length: number): string {
  const { tag, etherType } = header;
  const addresses = `${formatMac(header.source)} > ${formatMac(header.destination)}`;
  if (tag === null) return `${addresses}, ${printEtherType(etherType)}, length ${length}`;
  const eligible = tag.dropEligible ? ', DEI' : '';
  const text = `vlan ${tag.vlanId}, p ${tag.priority}${eligible}, ${printEtherType(etherType)}`;
  return `${addresses}, ${printEtherType(EtherType.vlan)}, length ${length}: ${text}`;
}

function printEtherType(etherType: number): string {
  if (etherType < MIN_ETHER_TYPE) return '802.3';
  return `ethertype ${etherTypeName(etherType)} (0x${etherType.toString(16).padStart(4, '0')})`;
}

function etherTypeName(etherType: number): string {
  switch (etherType) {
    case EtherType.ipv4:
      return 'IPv4';
    case EtherType.arp:
      return 'ARP';
    case EtherType.vlan:
      return '802.1Q';
    case EtherType.ipv6:
      return 'IPv6';
    default:
      return 'Unknown';
  }
}
