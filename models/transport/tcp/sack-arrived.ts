import { outcome } from './ack-outcome.ts';
import { arrived } from './arrived-segment.ts';
import { CongestionState } from './congestion-control.ts';
import { noteReordering } from './loss-detection.ts';
import { markSacked } from './scoreboard.ts';
import { after, before, distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { Mark } from './transmission.ts';

/** The SACK option of the segment in hand (RFC 2018, 2883; Linux `tcp_sacktag_write_queue`). */
export function readSackBlocks(connection: TcpConnection, previous: number): void {
  const duplicate = isDuplicateReport();
  if (duplicate) noteDuplicate(connection, arrived.sackLeft[0], arrived.sackRight[0], previous);
  for (let i = duplicate ? 1 : 0; i < arrived.sackCount; i++) {
    const left = arrived.sackLeft[i];
    const right = arrived.sackRight[i];
    if (!before(left, right) || after(right, connection.sendNext)) continue;
    if (!after(left, connection.sendUnacknowledged)) continue;
    markSacked(connection, left, right);
  }
  if (connection.congestionState !== CongestionState.loss || connection.undoMarker !== null) {
    noteReordering(connection, outcome.lowestHole);
  }
}

/** RFC 2883, 4: the first block lies below what is acknowledged, or within the second. */
function isDuplicateReport(): boolean {
  const { sackLeft, sackRight, sackCount, acknowledgement } = arrived;
  if (before(sackLeft[0], acknowledgement)) return true;
  return sackCount > 1 && !after(sackRight[0], sackRight[1]) && !before(sackLeft[0], sackLeft[1]);
}

/** Something has arrived twice (Linux `tcp_check_dsack`, `tcp_dsack_seen`). */
function noteDuplicate(connection: TcpConnection, left: number, right: number, previous: number): void {
  const length = distance(left, right);
  if (length <= 0 || length > connection.maxSendWindow) return;
  const segments = Math.max(1, Math.ceil(length / connection.mss));
  if (segments === 1 && connection.probe.end === right && connection.probe.isOut) {
    outcome.probeDuplicated = true;
  }
  connection.duplicatesReported += segments;
  // the network duplicates as well
  if (connection.duplicatesReported > connection.totalRetransmissions) return;
  const { rack } = connection;
  if (rack.reorderingSeen && !outcome.probeDuplicated) rack.duplicateSeen = true;
  outcome.duplicateReported = true;
  connection.delivered += segments;
  const { undoMarker } = connection;
  if (undoMarker === null || connection.undoRetransmissions <= 0 || !after(right, undoMarker)) return;
  const needless = after(right, previous) ? retransmittedWithin(connection, left, right) : segments;
  connection.undoRetransmissions = Math.max(0, connection.undoRetransmissions - needless);
}

/** Segments of a reported stretch that were sent again and are still on the scoreboard. */
function retransmittedWithin(connection: TcpConnection, left: number, right: number): number {
  let segments = 0;
  for (let item = connection.unacknowledged.first; item !== null; item = item.next) {
    if (!before(item.sequence, right)) break;
    if (before(item.sequence, left) || after(item.end, right)) continue;
    if ((item.marks & Mark.everRetransmitted) !== 0) segments += item.segments;
  }
  return segments;
}
