import type { Payload } from '../../payload.ts';

/** Marks of a transmission on the sender's scoreboard (Linux TCPCB_*). */
export const Mark = { sacked: 1, retransmitted: 2, lost: 4, everRetransmitted: 8 } as const;

/** Memory beside the data that a transmission is charged with. */
export const TRANSMISSION_OVERHEAD = 832;

/**
 * A stretch of the send queue: what one burst carries (Linux: an skb of the write or the retransmit queue). It goes
 * out as one segment or, when it is longer than the MSS, as several (segmentation offload).
 */
export class Transmission {
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
  /** Bytes delivered to the peer when it was sent, for delivery-rate samples. */
  delivered = 0;
  data: Payload;
  dataOffset: number;
  next: Transmission | null = null;
  previous: Transmission | null = null;

  constructor(sequence: number, end: number, data: Payload, dataOffset: number) {
    this.sequence = sequence;
    this.end = end;
    this.data = data;
    this.dataOffset = dataOffset;
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
