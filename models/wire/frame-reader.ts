import type { MacTable } from '../mac-table.ts';
import { isFragment, type Packet, setVlanTag } from '../packet.ts';
import { BytesPayload, ZERO_PAYLOAD } from '../payload.ts';
import { ARP_PACKET_LENGTH, parseArp } from './arp.ts';
import { readMac, readUint16 } from './big-endian.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, VLAN_TAG_LENGTH } from './ethernet.ts';
import { parseTransport } from './frame-bytes.ts';
import { IpProtocol, parseIpv4Header } from './ipv4.ts';
import { isParseError } from './parse-error.ts';

/**
 * Makes a packet of the bytes of a frame, the inverse of `writeFrame`: for frames that reach a model as bytes, such
 * as one made by hand or taken out of a tunnel.
 * @param packet its fields are overwritten as far as the frame says them; the rest is the caller's
 * @param bytes the whole frame from the destination MAC on, which becomes the packet's to keep
 * @returns false when a header is not all there or contradicts itself
 */
export function readFrame(packet: Packet, bytes: Uint8Array, macs: MacTable): boolean {
  if (bytes.length < ETHERNET_HEADER_LENGTH) return false;
  packet.destination = macs.intern(readMac(bytes, 0));
  packet.source = macs.intern(readMac(bytes, 6));
  packet.etherType = readUint16(bytes, 12);
  packet.vlanTag = 0;
  packet.length = bytes.length;
  let start = ETHERNET_HEADER_LENGTH;
  if (packet.etherType === EtherType.vlan) {
    if (bytes.length < start + VLAN_TAG_LENGTH) return false;
    packet.length -= VLAN_TAG_LENGTH;
    setVlanTag(packet, readUint16(bytes, 14));
    packet.etherType = readUint16(bytes, 16);
    start += VLAN_TAG_LENGTH;
  }
  packet.fragmentOffset = 0;
  packet.moreFragments = false;
  packet.tcp = null;
  packet.options = null;
  switch (packet.etherType) {
    case EtherType.arp:
      return readArp(packet, bytes, start, macs);
    case EtherType.ipv4:
      return readIpv4(packet, bytes, start);
    default:
      setPayload(packet, bytes.subarray(start));
      return true;
  }
}

function setPayload(packet: Packet, bytes: Uint8Array): void {
  packet.payload = new BytesPayload(bytes);
  packet.payloadLength = bytes.length;
}

function readArp(packet: Packet, bytes: Uint8Array, start: number, macs: MacTable): boolean {
  const arp = parseArp(bytes, start, bytes.length);
  if (isParseError(arp)) return false;
  packet.arpOperation = arp.operation;
  packet.arpSender = macs.intern(arp.senderHardwareAddress);
  packet.arpTarget = macs.intern(arp.targetHardwareAddress);
  packet.ipSource = arp.senderProtocolAddress;
  packet.ipDestination = arp.targetProtocolAddress;
  packet.payload = ZERO_PAYLOAD;
  packet.payloadLength = 0;
  packet.length = start + ARP_PACKET_LENGTH;
  return true;
}

function readIpv4(packet: Packet, bytes: Uint8Array, start: number): boolean {
  const header = parseIpv4Header(bytes, start, bytes.length);
  if (isParseError(header) || header.checksum === 'incorrect') return false;
  packet.ipSource = header.ipSource;
  packet.ipDestination = header.ipDestination;
  packet.protocol = header.protocol;
  packet.ttl = header.ttl;
  packet.tos = header.tos;
  packet.ipId = header.ipId;
  packet.dontFragment = header.dontFragment;
  packet.moreFragments = header.moreFragments;
  packet.fragmentOffset = header.fragmentOffset;
  packet.options = header.options;
  const end = start + header.totalLength;
  packet.length = end;
  const data = bytes.subarray(start + header.headerLength, end);
  setPayload(packet, data);
  if (isFragment(packet)) return true;
  packet.noUdpChecksum = packet.protocol === IpProtocol.udp && data.length >= 8 && readUint16(data, 6) === 0;
  return parseTransport(packet, data);
}
