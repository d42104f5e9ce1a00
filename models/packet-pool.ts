import { Traced } from './netns/path-memo/path-memo.ts';
import { type CopyGroup, leaveSender, Packet, PacketType } from './packet.ts';
import { ZERO_PAYLOAD } from './payload.ts';

/**
 * Packets are taken from and given back to this pool, so that a packet-hop makes no garbage. It counts what
 * conservation needs: every packet taken is delivered, dropped, or still somewhere on its way.
 */
export class PacketPool {
  /** Packets sent by sockets and by the stack itself (ARP, ICMP). */
  created = 0;
  /** Further copies made by flooding, and by duplication on the way. */
  copied = 0;
  delivered = 0;
  dropped = 0;

  private readonly free: Packet[] = [];

  /** Packets on their way. */
  get inFlight(): number {
    return this.created + this.copied - this.delivered - this.dropped;
  }

  /** A packet with all its fields at rest; the caller fills in what it sends. */
  create(): Packet {
    this.created++;
    return this.take();
  }

  /** Another packet with the same content, of the same copy group. */
  copy(original: Packet): Packet {
    if (original.inner === null) return this.copyPart(original);
    const copy = this.takeUsed();
    copyFields(original, copy);
    copy.inner = this.copyChain(original.inner);
    return copy;
  }

  /** A frame and those that follow it. */
  private copyChain(first: Packet): Packet {
    const copy = this.copy(first);
    for (let last = copy, next = first.following; next !== null; next = next.following) {
      last.following = this.copy(next);
      last = last.following;
    }
    return copy;
  }

  /** As `copy`, without what the packet carries: to become a fragment of it. */
  copyPart(original: Packet): Packet {
    this.copied++;
    const copy = this.takeUsed();
    copyFields(original, copy);
    copy.copies = joinCopyGroup(original);
    return copy;
  }

  /**
   * The same packet once more: each of the two has a fate of its own, and its flow keeps the account of both. What is
   * one of several copies, or carries other packets, is copied.
   */
  duplicate(original: Packet): Packet {
    if (original.inner !== null) {
      const outer = this.takeUsed();
      copyFields(original, outer);
      const { inner, cargo } = original;
      outer.inner = cargo === null ? this.duplicate(inner) : this.copyChain(inner);
      return outer;
    }
    if (original.copies !== null) return this.copyPart(original);
    this.copied++;
    original.twin = true;
    const twin = this.takeUsed();
    copyFields(original, twin);
    return twin;
  }

  /** A packet to carry `inner`, whose account it shares. */
  wrap(inner: Packet): Packet {
    const outer = this.take();
    outer.inner = inner;
    outer.sender = inner.sender;
    inner.sender = null;
    return outer;
  }

  /** Takes the frame, and with it those that follow, out of the packet around it, which is of no more use. */
  unwrap(outer: Packet): Packet {
    const inner = outer.inner!;
    outer.inner = null;
    inner.sender = outer.sender;
    outer.sender = null;
    this.release(outer);
    return inner;
  }

  /** Gives a packet back; its fate (`delivered`, `dropped`) must have been counted. */
  release(packet: Packet): void {
    if (!packet.live) throw new Error('assertion failed: packet released twice');
    if (packet.sender !== null) leaveSender(packet);
    packet.live = false;
    this.free.push(packet);
  }

  private take(): Packet {
    const packet = this.takeUsed();
    resetContent(packet);
    return packet;
  }

  /** A packet whose content is still that of another: to be written over. */
  private takeUsed(): Packet {
    const packet = this.free.pop() ?? new Packet();
    resetState(packet);
    packet.live = true;
    return packet;
  }
}

function joinCopyGroup(packet: Packet): CopyGroup {
  if (packet.copies === null) packet.copies = { outstanding: 1, delivered: false, reason: -1 };
  packet.copies.outstanding++;
  return packet.copies;
}

/** What `copyFields` copies. */
function resetContent(packet: Packet): void {
  packet.ttl = 0;
  packet.tos = 0;
  packet.ipId = 0;
  packet.dontFragment = false;
  packet.moreFragments = false;
  packet.fragmentOffset = 0;
  packet.options = null;
  packet.optionState = null;
  packet.tcp = null;
  packet.cargo = null;
  packet.payload = ZERO_PAYLOAD;
  packet.payloadLength = 0;
  packet.noUdpChecksum = false;
  packet.corruption = null;
  packet.twin = false;
  packet.vlanTag = 0;
  packet.ingress = null;
  packet.packetType = PacketType.host;
  packet.mark = 0;
  packet.confirmsNeighbours = false;
  packet.hopsNow = 0;
  packet.flow = 0;
  packet.flowSequence = 0;
  packet.traced = 0;
}

/** What belongs to the one packet alone. */
function resetState(packet: Packet): void {
  packet.burst = 0;
  packet.inner = null;
  packet.following = null;
  packet.tunnelInfo = null;
  packet.route = null;
  packet.nexthop = null;
  packet.redirect = false;
  packet.netfilter = null;
  packet.copies = null;
  packet.lastSegment = 0;
  packet.pathSerial = 0;
  packet.nextSegment = 0;
  packet.capture = null;
}

function copyFields(from: Packet, to: Packet): void {
  to.source = from.source;
  to.destination = from.destination;
  to.etherType = from.etherType;
  to.length = from.length;
  to.vlanTag = from.vlanTag;
  to.ipSource = from.ipSource;
  to.ipDestination = from.ipDestination;
  to.protocol = from.protocol;
  to.ttl = from.ttl;
  to.tos = from.tos;
  to.ipId = from.ipId;
  to.dontFragment = from.dontFragment;
  to.moreFragments = from.moreFragments;
  to.fragmentOffset = from.fragmentOffset;
  to.options = from.options;
  to.optionState = from.optionState;
  to.sourcePort = from.sourcePort;
  to.destinationPort = from.destinationPort;
  to.icmpType = from.icmpType;
  to.icmpCode = from.icmpCode;
  to.icmpWord = from.icmpWord;
  to.arpOperation = from.arpOperation;
  to.arpSender = from.arpSender;
  to.arpTarget = from.arpTarget;
  to.tcp = from.tcp;
  to.payload = from.payload;
  to.payloadLength = from.payloadLength;
  to.cargo = from.cargo;
  to.vni = from.vni;
  to.tunnelInfo = from.tunnelInfo;
  to.noUdpChecksum = from.noUdpChecksum;
  to.corruption = from.corruption;
  to.twin = from.twin;
  to.ingress = from.ingress;
  to.packetType = from.packetType;
  to.mark = from.mark;
  if (from.netfilter !== null) to.netfilter = from.netfilter.clone();
  to.arrivalOrder = from.arrivalOrder;
  to.hopsNow = from.hopsNow;
  to.confirmsNeighbours = from.confirmsNeighbours;
  to.flow = from.flow;
  to.flowSequence = from.flowSequence;
  to.sentAt = from.sentAt;
  // a copy is explained like its original, but no path is recorded by it
  to.traced = from.traced & Traced.explained;
}
