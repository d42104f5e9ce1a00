import type { MacTable } from '../mac-table.ts';
import { isFragment, type Packet } from '../packet.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from './ethernet.ts';
import { foldSum, pseudoHeaderSum } from './internet-checksum.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from './ipv4.ts';
import { UDP_HEADER_LENGTH } from './udp.ts';

/**
 * Frames of traffic generators: UDP in IPv4 without options, all bytes of the payload zero. They are most of what is
 * ever captured, and eight words say all about one: so it is noted in eight words when it is seen, and made into
 * bytes in the place where they are wanted. The bytes are those of `writeFrame`, which a property test holds them to.
 */

/** Words that one is noted in. */
export const ZERO_UDP_WORDS = 8;
/** Bytes of its headers: what is kept of one is at least that. */
export const ZERO_UDP_HEADERS = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;

/** Places among the words. MAC addresses are ids of the `MacTable`. */
const SOURCE = 0;
const DESTINATION = 1;
/** Of the whole frame. */
const LENGTH = 2;
const IP_SOURCE = 3;
const IP_DESTINATION = 4;
/** Source port and destination port. */
const PORTS = 5;
/** IP identification, TTL and TOS. */
const ID_TTL_TOS = 6;
/** The word of the IP header with the fragment offset: 0, and the flag "don't fragment". */
const FRAGMENT = 7;

const DONT_FRAGMENT = 0x40000000;
/** EtherType, version, header length; the TOS is 0. */
const IPV4_FOLLOWS = (EtherType.ipv4 << 16) | 0x4500;
/** Zeros are stored one by one up to so many bytes: then a call into the engine is worth it. */
const FEW = 256;

/** Whether `noteZeroUdp` may be called. */
export function isZeroUdp(packet: Packet): boolean {
  return (
    packet.payload === ZERO_PAYLOAD &&
    packet.protocol === IpProtocol.udp &&
    packet.etherType === EtherType.ipv4 &&
    packet.length === ZERO_UDP_HEADERS + packet.payloadLength &&
    packet.options === null &&
    packet.inner === null &&
    !packet.noUdpChecksum &&
    !isFragment(packet)
  );
}

/** Notes a frame in the words from `at` on. */
export function noteZeroUdp(packet: Packet, words: Int32Array, at: number): void {
  words[at + SOURCE] = packet.source;
  words[at + DESTINATION] = packet.destination;
  words[at + LENGTH] = packet.length;
  words[at + IP_SOURCE] = packet.ipSource;
  words[at + IP_DESTINATION] = packet.ipDestination;
  words[at + PORTS] = (packet.sourcePort << 16) | packet.destinationPort;
  words[at + ID_TTL_TOS] = (packet.ipId << 16) | (packet.ttl << 8) | packet.tos;
  words[at + FRAGMENT] = packet.dontFragment ? DONT_FRAGMENT : 0;
}

/**
 * Makes the bytes of a frame that was noted.
 *
 * @param view the same memory as `bytes`
 * @param end where what is wanted of it ends: at least `ZERO_UDP_HEADERS` behind `offset`
 */
export function writeZeroUdp(
  words: Int32Array,
  at: number,
  macs: MacTable,
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
): void {
  const source = macs.address(words[at + SOURCE]);
  const destination = macs.address(words[at + DESTINATION]);
  const ipSource = words[at + IP_SOURCE];
  const ipDestination = words[at + IP_DESTINATION];
  const ports = words[at + PORTS];
  const idTtlTos = words[at + ID_TTL_TOS];
  const totalLength = words[at + LENGTH] - ETHERNET_HEADER_LENGTH;
  const udpLength = totalLength - IPV4_HEADER_LENGTH;
  const tos = idTtlTos & 0xff;
  const lengthAndId = (totalLength << 16) | (idTtlTos >>> 16);
  const fragmentTtlProtocol = words[at + FRAGMENT] | (idTtlTos & 0xff00) | IpProtocol.udp;

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
  const pseudo = pseudoHeaderSum(ipSource, ipDestination, IpProtocol.udp, udpLength);
  const checksum = ~foldSum(pseudo + halves(ports) + udpLength) & 0xffff;
  view.setUint16(offset + 40, checksum === 0 ? 0xffff : checksum);
  writeZeros(bytes, view, offset + ZERO_UDP_HEADERS, end);
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
  for (; at + 8 <= end; at += 8) view.setFloat64(at, 0);
  for (; at < end; at++) view.setUint8(at, 0);
}
