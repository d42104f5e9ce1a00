import type { MacTable } from '../mac-table.ts';
import type { Packet } from '../packet.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from './ethernet.ts';
import { foldSum } from './internet-checksum.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from './ipv4.ts';
import { UDP_HEADER_LENGTH } from './udp.ts';

/**
 * Frames of traffic generators: UDP in IPv4 without options, all bytes of the payload zero. They are most of what is
 * ever captured, and eight words say all about one: so it is noted in eight words when it is seen, and made into
 * bytes in the place where they are wanted. Those of a flow differ in their lengths and identifications only where they
 * are seen. The bytes are those of `writeFrame`, which a property test holds them to.
 *
 *     0 source    1 destination    2 length of the frame    3 IP source    4 IP destination    5 ports
 *     6 IP identification, TTL, TOS    7 "don't fragment", as it stands in the word of the IP header
 *
 * MAC addresses are ids of the `MacTable`. The places stand as literals in the functions that know them.
 */

/** Words that one is noted in. */
export const ZERO_UDP_WORDS = 8;
/** Bytes of its headers: what is kept of one is at least that. */
export const ZERO_UDP_HEADERS = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;

/**
 * The same once more, and what is imported: what has names outside of this module is fetched from memory each time it is
 * used, which made noting a frame a tenth dearer.
 */
const HEADERS = ZERO_UDP_HEADERS;
const ZEROS = ZERO_PAYLOAD;
const UDP = IpProtocol.udp;
const IPV4 = EtherType.ipv4;
const ETHERNET_HEADER = ETHERNET_HEADER_LENGTH;
const IPV4_HEADER = IPV4_HEADER_LENGTH;

const DONT_FRAGMENT = 0x40000000;
/** EtherType, version, header length; the TOS is 0. */
const IPV4_FOLLOWS = (EtherType.ipv4 << 16) | 0x4500;
/** Zeros are stored eight by eight up to so many bytes: then a call into the engine is worth it. */
const FEW = 256;

/** Whether `noteZeroUdp` may be called. */
export function isZeroUdp(packet: Packet): boolean {
  return (
    packet.payload === ZEROS &&
    packet.protocol === UDP &&
    packet.etherType === IPV4 &&
    packet.length === HEADERS + packet.payloadLength &&
    packet.options === null &&
    packet.inner === null &&
    packet.noUdpChecksum === false &&
    packet.corruption === null &&
    // not a fragment
    packet.moreFragments === false &&
    packet.fragmentOffset === 0
  );
}

/** Notes a frame in the words from `at` on. */
export function noteZeroUdp(packet: Packet, words: Int32Array, at: number): void {
  words[at] = packet.source;
  words[at + 1] = packet.destination;
  words[at + 2] = packet.length;
  words[at + 3] = packet.ipSource;
  words[at + 4] = packet.ipDestination;
  words[at + 5] = (packet.sourcePort << 16) | packet.destinationPort;
  words[at + 6] = (packet.ipId << 16) | (packet.ttl << 8) | packet.tos;
  words[at + 7] = packet.dontFragment === true ? DONT_FRAGMENT : 0;
}

/** Length and identification of a frame that was noted, as its IP header begins with them. */
export function lengthAndIdOf(words: Int32Array, at: number): number {
  return ((words[at + 2] - ETHERNET_HEADER) << 16) | (words[at + 6] >>> 16);
}

/** The same of a frame that was not. */
export function lengthAndIdOfPacket(packet: Packet): number {
  return ((packet.length - ETHERNET_HEADER) << 16) | packet.ipId;
}

/** The length of the frame. */
export function frameLengthOf(lengthAndId: number): number {
  return (lengthAndId >>> 16) + ETHERNET_HEADER;
}

/**
 * Makes the bytes of a frame that was noted, or of one that is like it.
 *
 * @param lengthAndId its length and identification (`lengthAndIdOf`)
 * @param view the same memory as `bytes`
 * @param end where what is wanted of it ends: at least `ZERO_UDP_HEADERS` behind `offset`
 */
export function writeZeroUdp(
  words: Int32Array,
  at: number,
  lengthAndId: number,
  macs: MacTable,
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
): void {
  const source = macs.address(words[at]);
  const destination = macs.address(words[at + 1]);
  const ipSource = words[at + 3];
  const ipDestination = words[at + 4];
  const ports = words[at + 5];
  const ttlTos = words[at + 6];
  const udpLength = (lengthAndId >>> 16) - IPV4_HEADER;
  const tos = ttlTos & 0xff;
  const fragmentTtlProtocol = words[at + 7] | (ttlTos & 0xff00) | UDP;

  // a store takes the low 32 bits, whole, of what it is given
  view.setUint32(offset, destination / 2 ** 16);
  view.setUint32(offset + 4, (destination << 16) | ((source / 2 ** 32) & 0xffff));
  view.setUint32(offset + 8, source);
  view.setUint32(offset + 12, IPV4_FOLLOWS | tos);
  view.setUint32(offset + 16, lengthAndId);
  view.setUint32(offset + 20, fragmentTtlProtocol);
  const addresses = halves(ipSource) + halves(ipDestination);
  const ipSum = 0x4500 + tos + halves(lengthAndId) + halves(fragmentTtlProtocol) + addresses;
  view.setUint32(offset + 24, (~foldSum(ipSum) << 16) | (ipSource >>> 16));
  view.setUint32(offset + 28, (ipSource << 16) | (ipDestination >>> 16));
  view.setUint32(offset + 32, (ipDestination << 16) | (ports >>> 16));
  view.setUint32(offset + 36, (ports << 16) | udpLength);
  // pseudo header and header; what is behind is zero
  const udpSum = addresses + UDP + udpLength + halves(ports) + udpLength;
  const checksum = ~foldSum(udpSum) & 0xffff;
  view.setUint16(offset + 40, checksum === 0 ? 0xffff : checksum);
  writeZeros(bytes, view, offset + HEADERS, end);
}

/** Gives a copy of a frame's bytes, as long, another identification. */
export function changeIpId(view: DataView, offset: number, lengthAndId: number): void {
  const id = lengthAndId & 0xffff;
  // RFC 1624, equation 3
  const sum = (~view.getUint16(offset + 24) & 0xffff) + (~view.getUint16(offset + 18) & 0xffff) + id;
  view.setUint16(offset + 18, id);
  view.setUint16(offset + 24, ~foldSum(sum));
}

/** Sum of the two 16-bit words. */
function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

function writeZeros(bytes: Uint8Array, view: DataView, from: number, end: number): void {
  if (end - from > FEW) {
    bytes.fill(0, from, end);
    return;
  }
  let at = from;
  const lastEight = end - 8;
  if (at <= lastEight) {
    for (; at < lastEight; at += 8) view.setFloat64(at, 0);
    view.setFloat64(lastEight, 0);
    return;
  }
  for (; at < end; at++) view.setUint8(at, 0);
}
