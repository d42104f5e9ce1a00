import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { enterQuickAckMode, noteDataReceived } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import { peerHasFinished } from './close.ts';
import { checkMark } from './ecn.ts';
import type { ReceiveState } from './receive-state.ts';
import { growWindow, measureSegment } from './receive-window.ts';
import { measureByTimestamp, measureByWindow } from './receiver-round-trip.ts';
import { after, before, distance } from './sequence.ts';
import type { ReceivedData } from './stream-data.ts';
import type { TcpConnection } from './tcp-connection.ts';

const QUICK_ACKS_MAX = 16;

/** Text and FIN of the segment in hand (RFC 9293, 3.10.7.4 steps 7 and 8; Linux `tcp_data_queue`). */
export function dataArrived(connection: TcpConnection): void {
  const { receive, ack } = connection;
  measureByTimestamp(connection);
  if (arrived.sequence === receive.next) {
    if (receive.remaining === 0 && arrived.length > 0) {
      refuseForRoom(connection);
      return;
    }
    takeInOrder(connection);
    return;
  }
  if (!after(arrived.end, receive.next)) {
    reportDuplicate(connection, arrived.sequence, arrived.end);
    ack.pending |= AckPending.scheduled | AckPending.now;
    return;
  }
  if (!before(arrived.sequence, (receive.next + receive.remaining) | 0)) {
    refuseForRoom(connection);
    return;
  }
  if (before(arrived.sequence, receive.next)) {
    // partly known: the beginning is reported as a duplicate
    reportDuplicate(connection, arrived.sequence, receive.next);
    if (receive.remaining === 0) {
      refuseForRoom(connection);
      return;
    }
    takeInOrder(connection);
    return;
  }
  takeAhead(connection);
}

/** Beyond the window: nothing is taken, the peer hears where it ends. */
function refuseForRoom(connection: TcpConnection): void {
  enterQuickAckMode(connection, QUICK_ACKS_MAX);
  connection.ack.pending |= AckPending.scheduled;
}

function reportDuplicate(connection: TcpConnection, left: number, right: number): void {
  enterQuickAckMode(connection, QUICK_ACKS_MAX);
  if (connection.sack) connection.receive.duplicate = [left, right];
}

/** What was expected next; with it what had come ahead of it may follow. */
function takeInOrder(connection: TcpConnection): void {
  const { receive } = connection;
  const hasFin = (arrived.flags & TcpFlag.fin) !== 0;
  const known = distance(arrived.sequence, receive.next);
  const fresh = arrived.length - known;
  if (fresh > 0) {
    const end = (receive.next + fresh) | 0;
    enqueue(receive, newData(receive.next, end, known));
    receive.next = end;
    connection.counters.bytesReceived += fresh;
    const pushed = (arrived.flags & (TcpFlag.psh | TcpFlag.fin)) !== 0;
    measureSegment(connection, arrived.length, arrived.truesize, pushed);
    measureByWindow(connection);
    noteDataReceived(connection);
    growWindow(connection, arrived.length, arrived.truesize);
  }
  const peerFinished = hasFin || drainAhead(connection);
  if (peerFinished) peerHasFinished(connection);
  if (receive.sackBlocks.length > 0) dropReported(receive);
  if (!connection.orphaned && (fresh > 0 || peerFinished)) connection.notify();
}

function newData(sequence: number, end: number, skip: number): ReceivedData {
  return {
    sequence,
    end,
    payload: arrived.payload,
    offset: arrived.payloadOffset + skip,
    truesize: arrived.truesize,
    fin: false,
    next: null,
  };
}

function enqueue(receive: ReceiveState, data: ReceivedData): void {
  receive.queued += distance(data.sequence, data.end);
  receive.memory += data.truesize;
  if (receive.last === null) receive.first = data;
  else receive.last.next = data;
  receive.last = data;
}

/** Moves what has become in order; answers whether a FIN was at its end. */
function drainAhead(connection: TcpConnection): boolean {
  const { receive } = connection;
  let finished = false;
  for (let data = receive.outOfOrder; data !== null; data = receive.outOfOrder) {
    if (after(data.sequence, receive.next)) break;
    receive.outOfOrder = data.next;
    receive.memory -= data.truesize;
    if (data.fin) finished = true;
    if (!after(data.end, receive.next)) continue;
    data.offset += distance(data.sequence, receive.next);
    data.sequence = receive.next;
    data.next = null;
    receive.next = data.end;
    connection.counters.bytesReceived += distance(data.sequence, data.end);
    enqueue(receive, data);
  }
  // all gaps are filled: the peer is to know at once (RFC 9293, 3.8.6.3)
  if (receive.outOfOrder === null && receive.sackBlocks.length > 0) {
    connection.ack.pending |= AckPending.scheduled | AckPending.now;
  }
  return finished;
}

/** Ahead of what is expected: it waits, and the peer hears of it (Linux `tcp_data_queue_ofo`). */
function takeAhead(connection: TcpConnection): void {
  const { receive, ack } = connection;
  ack.pending |= AckPending.scheduled;
  checkMark(connection);
  const fin = (arrived.flags & TcpFlag.fin) !== 0;
  const dataEnd = (arrived.sequence + arrived.length) | 0;
  const data = newData(arrived.sequence, dataEnd, 0);
  data.fin = fin;
  if (insertAhead(connection, data)) {
    receive.memory += data.truesize;
    // a peer without SACK takes a window update for no duplicate
    if (connection.sack) growWindow(connection, arrived.length, arrived.truesize);
  }
  if (connection.sack && arrived.length > 0) reportAhead(receive, arrived.sequence, dataEnd);
}

/** Puts it between the others, what they have already left out; answers whether anything was new. */
function insertAhead(connection: TcpConnection, data: ReceivedData): boolean {
  const { receive } = connection;
  let previous: ReceivedData | null = null;
  let next = receive.outOfOrder;
  while (next !== null && !after(next.sequence, data.sequence)) {
    previous = next;
    next = next.next;
  }
  if (previous !== null && after(previous.end, data.sequence)) {
    const end = before(data.end, previous.end) ? data.end : previous.end;
    reportDuplicate(connection, data.sequence, end);
    if (!after(data.end, previous.end) && !data.fin) return false;
    const overlap = distance(data.sequence, previous.end);
    if (overlap > distance(data.sequence, data.end)) return false;
    data.offset += overlap;
    data.sequence = previous.end;
  }
  while (next !== null && !after(next.end, data.end)) {
    // wholly covered by the new one
    reportDuplicate(connection, next.sequence, next.end);
    if (next.fin) data.fin = true;
    receive.memory -= next.truesize;
    next = next.next;
  }
  if (next !== null && before(next.sequence, data.end)) {
    reportDuplicate(connection, next.sequence, data.end);
    data.end = next.sequence;
  }
  data.next = next;
  if (previous === null) receive.outOfOrder = data;
  else previous.next = data;
  return true;
}

/** RFC 2018, 4: the block with the segment just received comes first, joined with its neighbours. */
function reportAhead(receive: ReceiveState, left: number, right: number): void {
  const rest: number[] = [];
  const blocks = receive.sackBlocks;
  for (let i = 0; i < blocks.length; i += 2) {
    if (after(left, blocks[i + 1]) || after(blocks[i], right)) rest.push(blocks[i], blocks[i + 1]);
    else {
      if (before(blocks[i], left)) left = blocks[i];
      if (after(blocks[i + 1], right)) right = blocks[i + 1];
    }
  }
  receive.sackBlocks = [left, right, ...rest.slice(0, 6)];
}

/** Blocks that have been acknowledged need no report. */
function dropReported(receive: ReceiveState): void {
  const left: number[] = [];
  const blocks = receive.sackBlocks;
  for (let i = 0; i < blocks.length; i += 2) {
    if (after(blocks[i], receive.next)) left.push(blocks[i], blocks[i + 1]);
  }
  receive.sackBlocks = receive.outOfOrder === null ? [] : left;
}
