import { TcpFlag } from '../../wire/tcp.ts';
import { outcome } from './ack-outcome.ts';
import { rateSample } from './rate-sample.ts';
import { after, before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { Mark, TRANSMISSION_OVERHEAD, Transmission } from './transmission.ts';

/** The sender's scoreboard: which of the transmissions that are out were received, lost, sent again (RFC 6675). */

/** Bytes of data of a transmission, FIN not counted. */
export function dataLength(item: Transmission): number {
  return distance(item.sequence, item.end) - ((item.flags & TcpFlag.fin) !== 0 ? 1 : 0);
}

/** Says how many segments it takes at this MSS (Linux `tcp_set_skb_tso_segs`). */
export function setSegments(item: Transmission, mss: number): void {
  const length = dataLength(item);
  if (length <= mss) {
    item.segments = 1;
    item.segmentSize = 0;
  } else {
    item.segments = Math.ceil(length / mss);
    item.segmentSize = mss;
  }
}

/** Cuts off all but the first `length` bytes; answers the rest, which is not in any queue (Linux `tcp_fragment`). */
export function splitOff(item: Transmission, length: number, mss: number): Transmission {
  const cut = (item.sequence + length) | 0;
  const rest = new Transmission(cut, item.end, item.data, item.dataOffset + length);
  rest.flags = item.flags;
  rest.marks = item.marks;
  rest.sentAt = item.sentAt;
  rest.firstSentAt = item.firstSentAt;
  rest.deliveredAt = item.deliveredAt;
  rest.delivered = item.delivered;
  rest.appLimited = item.appLimited;
  item.flags &= ~(TcpFlag.fin | TcpFlag.psh);
  item.end = cut;
  setSegments(item, mss);
  setSegments(rest, mss);
  return rest;
}

/** The same for one that is out; the counters follow. */
export function splitUnacknowledged(
  connection: TcpConnection,
  item: Transmission,
  length: number,
  mss: number,
): void {
  const before = item.segments;
  const rest = splitOff(item, length, mss);
  connection.sendMemory += TRANSMISSION_OVERHEAD;
  connection.unacknowledged.insertAfter(item, rest);
  connection.sentOrder.insertAfter(item, rest);
  adjustCounters(connection, item.marks, item.segments + rest.segments - before);
}

/** A transmission that is out now takes as many segments as the MSS says. */
export function recount(connection: TcpConnection, item: Transmission, mss: number): void {
  const before = item.segments;
  setSegments(item, mss);
  adjustCounters(connection, item.marks, item.segments - before);
}

function adjustCounters(connection: TcpConnection, marks: number, change: number): void {
  if (change === 0) return;
  connection.packetsOut += change;
  if ((marks & Mark.sacked) !== 0) connection.sackedOut += change;
  if ((marks & Mark.retransmitted) !== 0) connection.retransmittedOut += change;
  if ((marks & Mark.lost) !== 0) connection.lostOut += change;
}

/** Takes an acknowledged transmission off the scoreboard. */
export function forget(connection: TcpConnection, item: Transmission): void {
  connection.unacknowledged.remove(item);
  connection.sentOrder.remove(item);
  if (connection.sackCursor === item) connection.sackCursor = null;
  if (connection.retransmitHint === item) connection.retransmitHint = null;
}

/** Linux `tcp_mark_skb_lost`: a retransmission of it that is out is lost as well. */
export function markLost(connection: TcpConnection, item: Transmission): void {
  if ((item.marks & Mark.sacked) !== 0) return;
  const { retransmitHint: hint } = connection;
  const allSent = connection.retransmittedOut >= connection.lostOut;
  if (hint === null ? allSent : before(item.sequence, hint.sequence)) connection.retransmitHint = item;
  if ((item.marks & Mark.lost) === 0) {
    item.marks |= Mark.lost;
    connection.lostOut += item.segments;
    connection.lost += item.segments;
  } else if ((item.marks & Mark.retransmitted) !== 0) {
    item.marks &= ~Mark.retransmitted;
    connection.retransmittedOut -= item.segments;
    connection.lost += item.segments;
  }
}

/** Nothing that is out counts as lost any more. */
export function unmarkLost(connection: TcpConnection): void {
  for (let item = connection.unacknowledged.first; item !== null; item = item.next) item.marks &= ~Mark.lost;
  connection.lostOut = 0;
  connection.retransmitHint = null;
}

/** Behind the last byte that has arrived, as far as is known (Linux `tcp_highest_sack_seq`). */
export function highestArrived({ sackedOut, highestSacked, sendUnacknowledged }: TcpConnection): number {
  return sackedOut === 0 ? sendUnacknowledged : highestSacked;
}

/** Marks what a SACK block covers (Linux `tcp_sacktag_walk`). */
export function markSacked(connection: TcpConnection, left: number, right: number): void {
  for (let item = firstEndingBehind(connection, left); item !== null; item = item.next) {
    if (!before(item.sequence, right)) break;
    connection.sackCursor = item;
    if (!after(item.end, left) || (item.marks & Mark.sacked) !== 0) continue;
    if (before(item.sequence, left)) {
      // the part before the block stays; the rest comes next
      splitAtSegment(connection, item, distance(item.sequence, left), true);
      continue;
    }
    if (after(item.end, right)) {
      if (!splitAtSegment(connection, item, distance(item.sequence, right), false)) continue;
    }
    noteSacked(connection, item);
  }
}

/** The first transmission that ends behind `sequence`, looked for from where the last block ended. */
function firstEndingBehind(connection: TcpConnection, sequence: number): Transmission | null {
  let item = connection.sackCursor ?? connection.unacknowledged.first;
  while (item !== null && item.previous !== null && after(item.previous.end, sequence)) item = item.previous;
  while (item !== null && !after(item.end, sequence)) item = item.next;
  return item;
}

/**
 * Splits so that a block covers whole segments (Linux `tcp_match_skb_to_sack`).
 * @returns whether the first part has any length left
 */
function splitAtSegment(
  connection: TcpConnection,
  item: Transmission,
  length: number,
  roundUp: boolean,
): boolean {
  const size = item.segmentSize || connection.mss;
  if (length > size) {
    const whole = length - (length % size);
    length = roundUp && whole < length ? whole + size : whole;
  } else if (roundUp) length = Math.min(size, dataLength(item));
  else if (length < size && item.segments > 1) return false;
  if (length <= 0 || length >= dataLength(item)) return length > 0;
  splitUnacknowledged(connection, item, length, size);
  return true;
}

/** Linux `tcp_sacktag_one`, for what was not known to have arrived. */
function noteSacked(connection: TcpConnection, item: Transmission): void {
  const { marks } = item;
  rateSample.noteDelivered(connection, item, (marks & Mark.everRetransmitted) !== 0);
  item.deliveredAt = -1;
  noteDelivered(connection, item);
  if ((marks & Mark.retransmitted) !== 0) connection.retransmittedOut -= item.segments;
  if ((marks & Mark.lost) !== 0) connection.lostOut -= item.segments;
  if ((marks & Mark.everRetransmitted) === 0) {
    const fillsHole = before(item.sequence, highestArrived(connection));
    if (fillsHole && before(item.sequence, outcome.lowestHole)) outcome.lowestHole = item.sequence;
    if (!after(item.end, connection.highSequence)) outcome.originalArrived = true;
    if (outcome.firstSackedSentAt < 0) outcome.firstSackedSentAt = item.sentAt;
    outcome.lastSackedSentAt = item.sentAt;
  }
  if (connection.sackedOut === 0 || after(item.end, connection.highestSacked)) {
    connection.highestSacked = item.end;
  }
  item.marks = (marks & ~(Mark.lost | Mark.retransmitted)) | Mark.sacked;
  connection.sentOrder.remove(item);
  connection.sackedOut += item.segments;
  connection.delivered += item.segments;
  outcome.sacked = true;
}

/** Something has arrived: RACK learns how long ago it was sent (RFC 8985, 6.2 steps 1 and 2; Linux `tcp_rack_advance`). */
export function noteDelivered(connection: TcpConnection, item: Transmission): void {
  const { rack, rtt } = connection;
  const roundTrip = connection.now - item.sentAt;
  // an acknowledgement of the original, not of the retransmission
  if (roundTrip < rtt.minimum && (item.marks & Mark.everRetransmitted) !== 0) return;
  rack.advanced = true;
  rack.roundTripTime = roundTrip;
  if (sentAfter(item.sentAt, item.end, rack.sentAt, rack.end)) {
    rack.sentAt = item.sentAt;
    rack.end = item.end;
  }
}

/** RFC 8985, 6.2: of two sent at the same time the one further on is the later. */
export function sentAfter(time: number, end: number, otherTime: number, otherEnd: number): boolean {
  return time > otherTime || (time === otherTime && after(end, otherEnd));
}
