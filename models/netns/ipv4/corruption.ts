import { DropReason } from '../../drop-reason.ts';
import type { MacTable } from '../../mac-table.ts';
import { ipHeaderLength, isFragment, type Packet, tagLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { readFrame } from '../../wire/frame-reader.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH } from '../../wire/vxlan.ts';
import type { Interface } from '../interface/interface.ts';
import { NO_SEGMENT } from '../path-memo/path-memo.ts';

/** Where the checksum of a UDP header stands. */
const UDP_CHECKSUM_OFFSET = 6;
/** Where the VNI stands in a VXLAN header, three bytes. */
const VNI_OFFSET = 4;

/**
 * Turns one bit of a frame over. What no checksum guards has another meaning from now on; what one guards stays as it
 * was sent, and is found out by who checks (`isHeaderCorrupt`, `dropCorrupt`). One bit never passes a checksum.
 * @param bit counted from the first byte of the frame, in each byte from the lowest on
 */
export function turnBit(packet: Packet, macs: MacTable, bit: number): void {
  // what is known of its flow is not true of it
  packet.lastSegment = NO_SEGMENT;
  packet.nextSegment = NO_SEGMENT;
  const header = ETHERNET_HEADER_LENGTH + tagLength(packet);
  const behind = bit - header * 8;
  if (behind < 0) {
    rewrite(packet, macs, bit);
  } else if (packet.etherType === EtherType.ipv4) {
    if (!isUnguarded(packet, behind)) note(packet, behind);
    else turnUnguarded(packet, macs, behind);
  } else if (packet.corruption !== null || !rewrite(packet, macs, bit)) {
    note(packet, behind);
  }
}

/** A bit that is turned twice is as it was. */
function note(packet: Packet, bit: number): void {
  const bits = packet.corruption ?? [];
  const left = bits.includes(bit) ? bits.filter((other) => other !== bit) : [...bits, bit];
  packet.corruption = left.length === 0 ? null : left;
}

/** Reads the frame anew from its bytes. Answers whether they make sense. */
function rewrite(packet: Packet, macs: MacTable, bit: number): boolean {
  const { corruption, etherType } = packet;
  packet.corruption = null;
  const bytes = new Uint8Array(packet.length);
  writeFrame(packet, macs, bytes, 0);
  bytes[bit >> 3] ^= 1 << (bit & 7);
  packet.corruption = corruption;
  const before = { ...headerOf(packet) };
  const changed = new DataView(bytes.buffer);
  if (bit < 12 * 8) {
    packet.destination = macs.intern(changed.getUint16(0) * 2 ** 32 + changed.getUint32(2));
    packet.source = macs.intern(changed.getUint16(6) * 2 ** 32 + changed.getUint32(8));
    return true;
  }
  const inner = packet.inner;
  if (etherType === EtherType.ipv4 && becomesOther(packet, changed)) return true;
  if (inner === null && readFrame(packet, bytes, macs)) return true;
  Object.assign(packet, before);
  return false;
}

function headerOf({ etherType, vlanTag, length, payload, payloadLength }: Packet): object {
  return { etherType, vlanTag, length, payload, payloadLength };
}

/** The type, or the tag, of a frame is another: its bytes are those of a protocol that nobody knows. */
function becomesOther(packet: Packet, frame: DataView): boolean {
  const isTagged = frame.getUint16(12) === EtherType.vlan;
  const type = frame.getUint16(isTagged ? 16 : 12);
  if (isTagged) packet.vlanTag = (packet.vlanTag & ~0xffff) | frame.getUint16(14);
  if (type === EtherType.ipv4) return true;
  if (!isTagged) packet.vlanTag = 0;
  packet.etherType = type;
  const start = ETHERNET_HEADER_LENGTH + tagLength(packet);
  packet.payload = new BytesPayload(new Uint8Array(frame.buffer, start));
  packet.payloadLength = frame.byteLength - start;
  return true;
}

/**
 * Whether a bit behind the Ethernet header is one that no checksum covers: UDP without one, around a tunnelled frame.
 * With cargo it is the program that receives it who makes sense of it.
 */
function isUnguarded(packet: Packet, bit: number): boolean {
  const guarded = ipHeaderLength(packet) * 8;
  return (
    packet.noUdpChecksum &&
    packet.inner !== null &&
    packet.cargo === null &&
    !isFragment(packet) &&
    bit >= guarded
  );
}

function turnUnguarded(packet: Packet, macs: MacTable, bit: number): void {
  const at = (bit >> 3) - ipHeaderLength(packet);
  const frame = UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;
  const mask = 1 << (bit & 7);
  const vni = at - UDP_HEADER_LENGTH - VNI_OFFSET;
  if (at >= frame) turnBit(packet.inner!, macs, (at - frame) * 8 + (bit & 7));
  else if (at < 2) packet.sourcePort ^= mask << (8 * (1 - at));
  else if (at < 4) packet.destinationPort ^= mask << (8 * (3 - at));
  else if (vni >= 0 && vni < 3) packet.vni ^= mask << (8 * (2 - vni));
  else note(packet, bit);
}

/** Whether the checksum of the IP header is wrong (Linux `ip_rcv_core`). */
export function isHeaderCorrupt(packet: Packet): boolean {
  const end = ipHeaderLength(packet) * 8;
  return packet.corruption!.some((bit) => bit < end);
}

/** A packet for this host has a wrong checksum: it is dropped. Answers false when its protocol has none. */
export function dropCorrupt(iface: Interface, packet: Packet): boolean {
  const reason = reasonOf(packet);
  if (reason < 0) return false;
  iface.namespace.network.drop(packet, reason as DropReason, iface);
  return true;
}

function reasonOf(packet: Packet): number {
  switch (packet.protocol) {
    case IpProtocol.udp:
      return packet.noUdpChecksum ? reasonWithoutChecksum(packet) : DropReason.udpChecksum;
    case IpProtocol.tcp:
      return DropReason.tcpChecksum;
    case IpProtocol.icmp:
      return DropReason.icmpChecksum;
    default:
      return -1;
  }
}

/**
 * The field for the checksum is not 0 any more, or a length or a header contradicts itself; -1 where that is not the
 * kernel's to find out.
 */
function reasonWithoutChecksum(packet: Packet): number {
  const checksum = ipHeaderLength(packet) + UDP_CHECKSUM_OFFSET;
  const data = ipHeaderLength(packet) + UDP_HEADER_LENGTH;
  const hasChecksum = packet.corruption!.some((bit) => (bit >> 3) >> 1 === checksum >> 1);
  if (hasChecksum) return DropReason.udpChecksum;
  if (packet.cargo !== null && packet.corruption!.every((bit) => bit >> 3 >= data)) return -1;
  return packet.inner === null ? DropReason.malformed : DropReason.vxlanInvalidHeader;
}

/**
 * The bits of a packet that are in one of its fragments.
 * @param header bytes of the packet's IP header
 * @param from byte of what is behind it at which the fragment begins
 */
export function corruptionOfPart(
  corruption: readonly number[],
  header: number,
  part: Packet,
  from: number,
): readonly number[] | null {
  const first = (header + from) * 8;
  const bits = corruption
    .filter((bit) => bit >= first && bit < first + part.payloadLength * 8)
    .map((bit) => bit - first + ipHeaderLength(part) * 8);
  return bits.length === 0 ? null : bits;
}

/** The bits of all fragments in the datagram that they make up, which has the header of the first. */
export function corruptionOfWhole(parts: readonly Packet[]): readonly number[] | null {
  const header = ipHeaderLength(parts[0]);
  const bits = parts.flatMap((part) => {
    const shift = (header + part.fragmentOffset - ipHeaderLength(part)) * 8;
    return (part.corruption ?? []).map((bit) => bit + shift);
  });
  return bits.length === 0 ? null : bits;
}
