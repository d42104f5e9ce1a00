import type { Packet, PacketSender } from '../../packet.ts';
import type { Payload } from '../../payload.ts';
import type { SmallQueue } from './small-queue.ts';

/** Marks of a transmission on the sender's scoreboard (Linux TCPCB_*). */
export const Mark = { sacked: 1, retransmitted: 2, lost: 4, everRetransmitted: 8 } as const;

/** Memory beside the data that a transmission is charged with. */
export const TRANSMISSION_OVERHEAD = 832;

/**
 * A stretch of the send queue: what one burst carries (Linux: an skb of the write or the retransmit queue). It goes
 * out as one segment or, when it is longer than the MSS, as several (segmentation offload).
 */
export class Transmission implements PacketSender {
  sequence: number;
  /** Behind its last byte, FIN counted. */
  end: number;
  /** FIN and PSH. */
  flags = 0;
  /** Segments that it goes out as. */
  segments = 1;
  /** MSS that it was cut for last (gso_size), 0 when it is one segment. */
  segmentSize = 0;
  marks = 0;
  /** Microseconds, when it was sent last; -1 before. */
  sentAt = -1;
  /** For samples of the delivery rate; see `RateSample`. `deliveredAt` is -1 once it has been used. */
  firstSentAt = 0;
  deliveredAt = -1;
  delivered = 0;
  appLimited = false;
  /** Packets of it that are still queued in this host, and where they count. */
  inHost = 0;
  smallQueue: SmallQueue | null = null;
  data: Payload;
  dataOffset: number;
  next: Transmission | null = null;
  previous: Transmission | null = null;
  /** Neighbours in the order of sending; `inSentOrder` when it has a place there. */
  sentNext: Transmission | null = null;
  sentPrevious: Transmission | null = null;
  inSentOrder = false;

  constructor(sequence: number, end: number, data: Payload, dataOffset: number) {
    this.sequence = sequence;
    this.end = end;
    this.data = data;
    this.dataOffset = dataOffset;
  }

  packetLeft(packet: Packet): void {
    this.inHost--;
    this.smallQueue!.packetLeft(packet);
  }

  packetLeaves(packet: Packet, time: number): void {
    this.smallQueue!.packetLeaves(this, packet, time);
  }
}

/** A queue of transmissions in the order of their sequence numbers. */
export class TransmissionQueue {
  first: Transmission | null = null;
  last: Transmission | null = null;

  push(item: Transmission): void {
    item.previous = this.last;
    item.next = null;
    if (this.last === null) this.first = item;
    else this.last.next = item;
    this.last = item;
  }

  insertAfter(place: Transmission, item: Transmission): void {
    item.previous = place;
    item.next = place.next;
    if (place.next === null) this.last = item;
    else place.next.previous = item;
    place.next = item;
  }

  remove(item: Transmission): void {
    if (item.previous === null) this.first = item.next;
    else item.previous.next = item.next;
    if (item.next === null) this.last = item.previous;
    else item.next.previous = item.previous;
    item.next = null;
    item.previous = null;
  }

  clear(): void {
    this.first = null;
    this.last = null;
  }
}

/** Transmissions whose fate is open, in the order in which they were sent last (Linux `tsorted_sent_queue`). */
export class SentOrder {
  first: Transmission | null = null;
  private last: Transmission | null = null;

  /** It has been sent, maybe again: it is the last now. */
  push(item: Transmission): void {
    this.remove(item);
    item.inSentOrder = true;
    item.sentPrevious = this.last;
    if (this.last === null) this.first = item;
    else this.last.sentNext = item;
    this.last = item;
  }

  /** What was cut off a transmission was sent with it. */
  insertAfter(place: Transmission, item: Transmission): void {
    if (!place.inSentOrder) return;
    item.inSentOrder = true;
    item.sentPrevious = place;
    item.sentNext = place.sentNext;
    if (place.sentNext === null) this.last = item;
    else place.sentNext.sentPrevious = item;
    place.sentNext = item;
  }

  remove(item: Transmission): void {
    if (!item.inSentOrder) return;
    item.inSentOrder = false;
    if (item.sentPrevious === null) this.first = item.sentNext;
    else item.sentPrevious.sentNext = item.sentNext;
    if (item.sentNext === null) this.last = item.sentPrevious;
    else item.sentNext.sentPrevious = item.sentPrevious;
    item.sentNext = null;
    item.sentPrevious = null;
  }

  clear(): void {
    this.first = null;
    this.last = null;
  }
}
