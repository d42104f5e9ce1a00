import type { Cargo } from './cargo.ts';
import type { FilterState } from './netfilter/filter-state.ts';
import type { Interface } from './netns/interface/interface.ts';
import type { IpOptions } from './netns/ipv4/ip-options.ts';
import type { Nexthop, Route } from './netns/routing/route.ts';
import type { TunnelInfo } from './netns/vxlan/tunnel-info.ts';
import { type Payload, ZERO_PAYLOAD } from './payload.ts';
import { ARP_PACKET_LENGTH } from './wire/arp.ts';
import { ETHERNET_HEADER_LENGTH, VLAN_TAG_LENGTH } from './wire/ethernet.ts';
import { ICMP_HEADER_LENGTH } from './wire/icmp.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from './wire/ipv4.ts';
import type { Ipv4Address } from './wire/ipv4-address.ts';
import { TCP_HEADER_LENGTH, type TcpFields } from './wire/tcp.ts';
import { UDP_HEADER_LENGTH } from './wire/udp.ts';

/** How a received frame is addressed (Linux `skb->pkt_type`). */
export const PacketType = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** What several copies of one flooded packet share, so that the packet is counted lost once, or not at all. */
export interface CopyGroup {
  /** Copies that have met no fate yet. */
  outstanding: number;
  delivered: boolean;
  /** The most telling reason so far for which a copy was dropped, -1 for none. */
  reason: number;
}

/** A socket that keeps account of the packets that it has in the queues of its own host (Linux `skb->sk`). */
export interface PacketSender {
  /** The packet is in those queues no more: another host has it, or it is lost. */
  packetLeft(packet: Packet): void;
  /** It takes the wire, which it will have left at `time`. */
  packetLeaves(packet: Packet, time: number): void;
}

/**
 * A frame as the models see it: header fields in a pooled record, bytes only when someone looks
 * (`wire/frame-bytes.ts`). Integers all through, so that a hop allocates nothing. MAC addresses are ids of
 * the network's `MacTable`, IPv4 addresses signed 32-bit integers.
 */
export class Packet {
  // --- Ethernet II
  source = 0;
  destination = 0;
  etherType = 0;
  /** Bytes of the frame from the destination MAC on, an 802.1Q tag included, without preamble and FCS. */
  length = 0;
  /** The 802.1Q tag: its control information (priority, DEI, VLAN) with `VLAN_TAG_PRESENT`; 0 for none. */
  vlanTag = 0;

  // --- IPv4 (RFC 791); for ARP the two addresses are the sender's and the target's protocol address
  ipSource: Ipv4Address = 0;
  ipDestination: Ipv4Address = 0;
  protocol = 0;
  ttl = 0;
  tos = 0;
  ipId = 0;
  dontFragment = false;
  moreFragments = false;
  /** In bytes, a multiple of 8. With `moreFragments` or this set, the payload is a piece of the raw IP payload. */
  fragmentOffset = 0;
  /** IPv4 options, padded to a multiple of four bytes. */
  options: Uint8Array | null = null;

  /** What the host where it is now has found in `options`; null where no host has looked at them. */
  optionState: IpOptions | null = null;

  // --- UDP and TCP ports
  sourcePort = 0;
  destinationPort = 0;

  // --- ICMP (RFC 792): type, code and the second word of the header (identifier and sequence number, MTU, gateway)
  icmpType = 0;
  icmpCode = 0;
  icmpWord = 0;

  // --- ARP (RFC 826)
  arpOperation = 0;
  arpSender = 0;
  arpTarget = 0;

  /** TCP segment fields other than the ports; null for any other packet. */
  tcp: TcpFields | null = null;

  payload: Payload = ZERO_PAYLOAD;
  payloadLength = 0;

  /**
   * The frame that this datagram carries through a tunnel, in place of `payload`; the first one of several. The packet
   * around it has no account of its own: it comes and goes uncounted, and its fate is that of the frames inside. Of a datagram that was cut,
   * the last fragment holds it.
   */
  inner: Packet | null = null;
  /** The frame behind it in the same datagram, of one that is `inner`. */
  following: Packet | null = null;
  /** How the datagram carries `inner` and those that follow it; null for VXLAN. */
  cargo: Cargo | null = null;
  /** VXLAN network identifier in front of `inner`. */
  vni = 0;
  /** By which tunnel the frame came, or is to go; null where no tunnel is controlled from outside of itself. */
  tunnelInfo: TunnelInfo | null = null;
  /** Sent without a UDP checksum: the field is 0 (RFC 768). */
  noUdpChecksum = false;
  /**
   * Bits that were turned over on the way, counted from the IP header on (or what else follows Ethernet); null for
   * none. The fields are still those that were sent: bytes made of them, and checksums checked, take note of it.
   */
  corruption: readonly number[] | null = null;

  // --- not on the wire
  /** The interface that it came in by; null for one that starts here. */
  ingress: Interface | null = null;
  packetType: PacketType = PacketType.host;
  /** Set by netfilter or by the socket (`skb->mark`); rules look at it. It does not leave the namespace. */
  mark = 0;
  /** The route that was chosen for it in the namespace where it is now (Linux: skb dst). */
  route: Route | null = null;
  nexthop: Nexthop | null = null;
  /** The address whose MAC the frame is sent to: the gateway, or the destination itself. */
  nexthopAddress: Ipv4Address = 0;
  /**
   * Its sender knows that the next hops hear it: their entries are confirmed on the way (Linux
   * `skb->dst_pending_confirm`, which stays with a packet through veth pairs).
   */
  confirmsNeighbours = false;
  /** Set on the way in when the packet leaves by the interface it came in on and the sender should be told. */
  redirect = false;
  /**
   * Place among everything seen at this instant, given when the frame is put where it waits to be received: that
   * is when Linux stamps it (`netdev_tstamp_prequeue`), so what is sent meanwhile is captured behind it.
   */
  arrivalOrder = 0;
  /** What netfilter knows of it in the namespace where it is now; null when no hook has looked at it. */
  netfilter: FilterState | null = null;
  /** Links crossed so far without time passing; a bound on it ends switching loops. */
  hopsNow = 0;
  /** The traffic flow that it belongs to, 0 for none, and its number there. */
  flow = 0;
  flowSequence = 0;
  /** In a typed array, because V8 allocates anew for every number past 2^31 in a field. */
  private readonly times = new Float64Array(1);
  copies: CopyGroup | null = null;
  /**
   * Bytes of all frames of the burst that it is the first of, to a queue of the host that made it one packet (Linux: an
   * skb that is yet to be segmented); the same below zero for those that follow, 0 for a packet by itself.
   */
  burst = 0;
  /** Who counts it as long as it waits in the host that sent it. */
  sender: PacketSender | null = null;
  /** There is another one of it in its flow, made by duplication on the way: `FlowObserver.duplicated`. */
  twin = false;
  /**
   * The segment of the path memo that it took last, the serial of that one's outcome, and the segment to take next;
   * 0 when it is not of a known flow.
   */
  lastSegment = 0;
  pathSerial = 0;
  nextSegment = 0;
  /** Who follows it: `Traced` of the path memo. */
  traced = 0;
  /** The capture that saw it come in last, and the number that it gave the frame: a drop can be noted there. */
  capture: DropNotes | null = null;
  captureSerial = 0;
  /** True while it is out of the pool: an assertion against double release. */
  live = false;

  /** When its sender sent it, nanoseconds. */
  get sentAt(): number {
    return this.times[0];
  }

  set sentAt(time: number) {
    this.times[0] = time;
  }
}

/** The packet has left the host that sent it: its sender no longer counts it. */
export function leaveSender(packet: Packet): void {
  const { sender } = packet;
  packet.sender = null;
  sender?.packetLeft(packet);
}

/** A capture, which holds frames back and can give them a comment as long as it does. */
export interface DropNotes {
  /** @param serial the number that the capture gave the frame */
  note(serial: number, comment: string): void;
}

export const ARP_FRAME_LENGTH = ETHERNET_HEADER_LENGTH + ARP_PACKET_LENGTH;

/** Bytes of the IPv4 header. */
export function ipHeaderLength(packet: Packet): number {
  return packet.options === null ? IPV4_HEADER_LENGTH : IPV4_HEADER_LENGTH + packet.options.length;
}

/** IPv4 total length: header and everything behind it. */
export function ipTotalLength(packet: Packet): number {
  return packet.length - ETHERNET_HEADER_LENGTH - tagLength(packet);
}

/** In `Packet.vlanTag`: there is a tag. */
export const VLAN_TAG_PRESENT = 0x10000;

/** Bytes of the 802.1Q tag. */
export function tagLength(packet: Packet): number {
  return packet.vlanTag === 0 ? 0 : VLAN_TAG_LENGTH;
}

/** VLAN identifier of the tag, 0 when there is none. */
export function vlanId(packet: Packet): number {
  return packet.vlanTag & 0xfff;
}

/** Puts a tag on a frame, or another one in its place. @param control priority, DEI and VLAN identifier */
export function setVlanTag(packet: Packet, control: number): void {
  if (packet.vlanTag === 0) packet.length += VLAN_TAG_LENGTH;
  packet.vlanTag = VLAN_TAG_PRESENT | control;
}

/** Takes the tag off a frame that has one. */
export function clearVlanTag(packet: Packet): void {
  packet.length -= tagLength(packet);
  packet.vlanTag = 0;
}

export function isFragment(packet: Packet): boolean {
  return packet.moreFragments || packet.fragmentOffset !== 0;
}

/** Bytes of the header behind the IP header, as long as the packet is not a fragment. */
export function transportHeaderLength(packet: Packet): number {
  if (isFragment(packet)) return 0;
  switch (packet.protocol) {
    case IpProtocol.icmp:
      return ICMP_HEADER_LENGTH;
    case IpProtocol.udp:
      return UDP_HEADER_LENGTH;
    case IpProtocol.tcp:
      return TCP_HEADER_LENGTH + (packet.tcp === null ? 0 : packet.tcp.options.length);
    default:
      return 0;
  }
}

/** Sets `length` from the headers and the payload; call it whenever one of them changed. */
export function updateIpLength(packet: Packet): void {
  packet.length =
    ETHERNET_HEADER_LENGTH + ipHeaderLength(packet) + transportHeaderLength(packet) + packet.payloadLength;
}
