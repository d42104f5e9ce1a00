import type { MacTable } from '../mac-table.ts';
import { ipHeaderLength, ipTotalLength, isFragment, type Packet, tagLength } from '../packet.ts';
import { BytesPayload } from '../payload.ts';
import { emitArp } from './arp.ts';
import { readUint16, readUint32 } from './big-endian.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, emitEthernet, emitTaggedEthernet } from './ethernet.ts';
import { emitIcmp, finishIcmpChecksum, ICMP_HEADER_LENGTH } from './icmp.ts';
import { emitIpv4, IpProtocol } from './ipv4.ts';
import { emitTcp, finishTcpChecksum, TCP_HEADER_LENGTH } from './tcp.ts';
import { emitUdp, finishUdpChecksum, UDP_HEADER_LENGTH } from './udp.ts';
import { emitVxlan } from './vxlan.ts';

/**
 * Makes the bytes of a frame, checksums and all. This is done when someone looks: a capture, an ICMP error that
 * quotes, a datagram to be cut into fragments.
 * @returns bytes written, which is `packet.length`
 */
export function writeFrame(packet: Packet, macs: MacTable, bytes: Uint8Array, offset: number): number {
  const destination = macs.address(packet.destination);
  let end = offset;
  const source = macs.address(packet.source);
  end +=
    packet.vlanTag === 0
      ? emitEthernet(bytes, end, destination, source, packet.etherType)
      : emitTaggedEthernet(bytes, end, destination, source, packet.vlanTag & 0xffff, packet.etherType);
  switch (packet.etherType) {
    case EtherType.ipv4:
      end += emitIpv4(bytes, end, packet, ipTotalLength(packet));
      end += writeIpPayload(packet, macs, bytes, end);
      break;
    case EtherType.arp:
      end += emitArp(
        bytes,
        end,
        packet.arpOperation,
        macs.address(packet.arpSender),
        packet.ipSource,
        macs.address(packet.arpTarget),
        packet.ipDestination,
      );
      break;
    default:
      packet.payload.writeTo(bytes, end, 0, packet.payloadLength);
      end += packet.payloadLength;
  }
  if (packet.corruption !== null) {
    const start = offset + ETHERNET_HEADER_LENGTH + tagLength(packet);
    for (const bit of packet.corruption) bytes[start + (bit >> 3)] ^= 1 << (bit & 7);
  }
  return end - offset;
}

/** The bytes behind the IP header, as fragments carry them. */
export function ipPayloadBytes(packet: Packet, macs: MacTable): Uint8Array {
  const bytes = new Uint8Array(ipTotalLength(packet) - ipHeaderLength(packet));
  writeIpPayload(packet, macs, bytes, 0);
  return bytes;
}

function writeIpPayload(packet: Packet, macs: MacTable, bytes: Uint8Array, offset: number): number {
  if (isFragment(packet)) {
    packet.payload.writeTo(bytes, offset, 0, packet.payloadLength);
    return packet.payloadLength;
  }
  switch (packet.protocol) {
    case IpProtocol.udp:
      return writeUdp(packet, macs, bytes, offset);
    case IpProtocol.icmp:
      return writeIcmp(packet, bytes, offset);
    case IpProtocol.tcp:
      return writeTcp(packet, bytes, offset);
    default:
      if (packet.inner !== null && packet.cargo !== null)
        packet.cargo.writeTo(bytes, offset, packet.inner, macs);
      else packet.payload.writeTo(bytes, offset, 0, packet.payloadLength);
      return packet.payloadLength;
  }
}

function writeUdp(packet: Packet, macs: MacTable, bytes: Uint8Array, offset: number): number {
  const length = UDP_HEADER_LENGTH + packet.payloadLength;
  emitUdp(bytes, offset, packet.sourcePort, packet.destinationPort, length);
  const data = offset + UDP_HEADER_LENGTH;
  if (packet.inner === null) packet.payload.writeTo(bytes, data, 0, packet.payloadLength);
  else if (packet.cargo !== null) packet.cargo.writeTo(bytes, data, packet.inner, macs);
  else writeFrame(packet.inner, macs, bytes, data + emitVxlan(bytes, data, packet.vni));
  if (!packet.noUdpChecksum) {
    finishUdpChecksum(bytes, offset, length, packet.ipSource, packet.ipDestination);
  }
  return length;
}

function writeIcmp(packet: Packet, bytes: Uint8Array, offset: number): number {
  const length = ICMP_HEADER_LENGTH + packet.payloadLength;
  emitIcmp(bytes, offset, packet.icmpType, packet.icmpCode, packet.icmpWord);
  packet.payload.writeTo(bytes, offset + ICMP_HEADER_LENGTH, 0, packet.payloadLength);
  finishIcmpChecksum(bytes, offset, length);
  return length;
}

function writeTcp(packet: Packet, bytes: Uint8Array, offset: number): number {
  const headerLength = emitTcp(bytes, offset, packet.sourcePort, packet.destinationPort, packet.tcp!);
  const length = headerLength + packet.payloadLength;
  packet.payload.writeTo(bytes, offset + headerLength, 0, packet.payloadLength);
  finishTcpChecksum(bytes, offset, length, packet.ipSource, packet.ipDestination);
  return length;
}

/**
 * Reads the transport header of a reassembled datagram back into the packet's fields.
 * @param bytes the whole IP payload, which becomes the packet's to keep
 * @returns false when the header is not all there
 */
export function parseTransport(packet: Packet, bytes: Uint8Array): boolean {
  let headerLength: number;
  switch (packet.protocol) {
    case IpProtocol.udp:
      if (bytes.length < UDP_HEADER_LENGTH) return false;
      headerLength = UDP_HEADER_LENGTH;
      packet.sourcePort = readUint16(bytes, 0);
      packet.destinationPort = readUint16(bytes, 2);
      break;
    case IpProtocol.icmp:
      if (bytes.length < ICMP_HEADER_LENGTH) return false;
      headerLength = ICMP_HEADER_LENGTH;
      packet.icmpType = bytes[0];
      packet.icmpCode = bytes[1];
      packet.icmpWord = readUint32(bytes, 4) | 0;
      break;
    case IpProtocol.tcp:
      if (bytes.length < TCP_HEADER_LENGTH || bytes.length < (bytes[12] >> 4) * 4) return false;
      headerLength = (bytes[12] >> 4) * 4;
      packet.sourcePort = readUint16(bytes, 0);
      packet.destinationPort = readUint16(bytes, 2);
      packet.tcp = {
        sequence: readUint32(bytes, 4) | 0,
        acknowledgement: readUint32(bytes, 8) | 0,
        flags: bytes[13],
        window: readUint16(bytes, 14),
        options: bytes.slice(TCP_HEADER_LENGTH, headerLength),
      };
      break;
    default:
      return true;
  }
  packet.payload = new BytesPayload(bytes.subarray(headerLength));
  packet.payloadLength = bytes.length - headerLength;
  return true;
}
