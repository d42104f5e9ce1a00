import type { Packet } from '../packet.ts';
import { type TcpFields, TcpFlag } from '../wire/tcp.ts';
import { type Connection, Status } from './connection.ts';
import type { ConntrackConfig } from './conntrack-config.ts';
import type { TcpConntrackState } from './control-types.ts';

/** States of a tracked TCP connection, with the numbers of Linux `enum tcp_conntrack`. */
export const TCP_STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];
const SYN_SENT = 1;
const SYN_RECV = 2;
const ESTABLISHED = 3;
const FIN_WAIT = 4;
const TIME_WAIT = 7;
const CLOSE = 8;
/** Not a state: the segment is none of this connection, or says nothing of it. */
const INVALID = 10;
const IGNORE = 11;

/** What a segment is in the transition table. */
const SYN = 0;
const SYN_ACK = 1;
const FIN = 2;
const ACK = 3;
const RST = 4;
const NONE = 5;

/** One letter per state in the order of `TCP_STATES`, then i for invalid and g for ignored. */
const LETTERS = 'nsrefcltx2ig';
const row = (letters: string): readonly number[] => [...letters].map((letter) => LETTERS.indexOf(letter));

/**
 * The next state by direction, segment (SYN, SYN+ACK, FIN, ACK, RST, none) and state, as in Linux
 * `nf_conntrack_proto_tcp.c`: what a host between the two ends may conclude from what it sees.
 */
const transitions: readonly (readonly (readonly number[])[])[] = [
  [
    row('ssgggggss2'),
    row('iigggggggr'),
    row('iiffllltxi'),
    row('eieeccttxi'),
    row('ixxxxxxxxx'),
    row('iiiiiiiiii'),
  ],
  [
    row('i2iiiiisi2'),
    row('irgggggggr'),
    row('iiffllltxi'),
    row('igreccttxg'),
    row('ixxxxxxxxx'),
    row('iiiiiiiiii'),
  ],
];

/** A sender that acknowledges less than this far back is believed (Linux `MAXACKWINCONST`). */
const ACK_WINDOW_MIN = 66_000;
const SCALE_MAX = 14;

/** What was seen of one end of a connection. Sequence numbers are unsigned 32-bit. */
class Peer {
  /** Highest sequence number sent, plus one. */
  end = 0;
  /** Highest sequence number that the other end has room for. */
  maxEnd = 0;
  /** Largest window that it announced, bytes. */
  maxWindow = 0;
  /** Highest acknowledgement that it sent; -1 for none. */
  maxAck = -1;
  scale = 0;
  hasScale = false;
  sackPermitted = false;
  liberal = false;
  unacknowledged = false;
  /** It was the first to close. */
  closes = false;
}

/** What is remembered of a TCP connection (Linux `struct ip_ct_tcp`). */
export class TcpTracking {
  state = 0;
  readonly peers: readonly [Peer, Peer] = [new Peer(), new Peer()];
  retransmissions = 0;
  lastIndex = NONE;
  lastReply = false;
  lastSequence = 0;
  lastAck = 0;
  lastEnd = 0;
  lastWindow = 0;
  lastScale = -1;
  lastSack = false;
}

/** `fine`: it belongs to the connection; `again`: the entry was a closed one and is gone, look it up once more. */
export type TcpVerdict = 'fine' | 'invalid' | 'again' | 'kill';

/** Flags that make no sense together (Linux `tcp_valid_flags`). */
export function hasValidFlags(segment: TcpFields): boolean {
  const { syn, ack, fin, rst, urg } = TcpFlag;
  switch (segment.flags & (syn | ack | fin | rst | urg)) {
    case syn:
    case syn | urg:
    case syn | ack:
    case rst:
    case rst | ack:
    case fin | ack:
    case fin | ack | urg:
    case ack:
    case ack | urg:
      return true;
    default:
      return false;
  }
}

/** Begins to track by a connection's first segment (Linux `tcp_new`); null when none begins so. */
export function newTcpTracking(packet: Packet, config: ConntrackConfig): TcpTracking | null {
  const segment = packet.tcp!;
  const state = transitions[0][indexOf(segment)][0];
  if (state >= INVALID || (state !== SYN_SENT && !config.tcpLoose)) return null;
  const tracking = new TcpTracking();
  const [sender, receiver] = tracking.peers;
  sender.end = endOf(packet, segment);
  sender.maxWindow = Math.max(segment.window, 1);
  if (state === SYN_SENT) {
    sender.maxEnd = sender.end;
    readOptions(segment, sender);
  } else {
    // in the middle of a connection: nothing is known of window scaling
    sender.maxEnd = (sender.end + sender.maxWindow) >>> 0;
    for (const peer of [sender, receiver]) {
      peer.sackPermitted = true;
      peer.liberal = true;
    }
  }
  return tracking;
}

/** A segment of a tracked connection (Linux `nf_conntrack_tcp_packet`). Sets the entry's state and time-out. */
export function trackTcp(
  connection: Connection,
  packet: Packet,
  reply: boolean,
  config: ConntrackConfig,
  now: number,
): TcpVerdict {
  const tracking = connection.tcp!;
  const segment = packet.tcp!;
  const index = indexOf(segment);
  let old = tracking.state;
  let next = transitions[reply ? 1 : 0][index][old];
  if (next === INVALID) return 'invalid';
  if (next === SYN_SENT && old >= TIME_WAIT) {
    if (isReopened(tracking, reply)) return 'again';
    next = IGNORE;
  }
  if (next === IGNORE) {
    if (!answersIgnoredSyn(tracking, index, reply, segment)) {
      noteIgnored(tracking, packet, index, reply);
      return 'fine';
    }
    resynchronize(tracking, reply);
    old = SYN_SENT;
    next = SYN_RECV;
    tracking.state = old;
  }
  if (next === CLOSE && index === RST && isBadReset(tracking, segment, reply, config)) return 'invalid';
  const refusesIgnored = next === CLOSE && index === RST && answersIgnored(connection, segment);
  if (!refusesIgnored && !isInWindow(tracking, packet, reply, index, config)) return 'invalid';
  tracking.lastIndex = index;
  tracking.lastReply = reply;
  tracking.state = next;
  if (old !== next && next === FIN_WAIT) tracking.peers[reply ? 1 : 0].closes = true;
  return settle(connection, index, old, config, now);
}

/** The connection is closed by decree (Linux `nf_ct_tcp_set_closing`). */
export function setClosing(connection: Connection): void {
  if (connection.tcp !== null) connection.tcp.state = CLOSE;
}

function settle(
  connection: Connection,
  index: number,
  old: number,
  config: ConntrackConfig,
  now: number,
): TcpVerdict {
  const tracking = connection.tcp!;
  const next = tracking.state;
  let timeout = timeoutOf(tracking, config);
  if ((connection.status & Status.seenReply) === 0) {
    // refused: nothing more will come of it
    if (index === RST && connection.confirmed) return 'kill';
    if (next === ESTABLISHED) timeout = Math.min(timeout, config.tcpTimeoutUnacknowledged);
  } else if ((old === SYN_RECV || old === ESTABLISHED) && next === ESTABLISHED) {
    connection.status |= Status.assured;
  }
  connection.expires = now + timeout;
  return 'fine';
}

function timeoutOf(tracking: TcpTracking, config: ConntrackConfig): number {
  const timeout = stateTimeout(tracking.state, config);
  if (tracking.retransmissions >= config.tcpMaxRetrans && timeout > config.tcpTimeoutMaxRetrans) {
    return config.tcpTimeoutMaxRetrans;
  }
  const [original, reply] = tracking.peers;
  if ((original.unacknowledged || reply.unacknowledged) && timeout > config.tcpTimeoutUnacknowledged) {
    return config.tcpTimeoutUnacknowledged;
  }
  if (tracking.lastWindow === 0 && timeout > config.tcpTimeoutMaxRetrans) {
    return config.tcpTimeoutMaxRetrans;
  }
  return timeout;
}

function stateTimeout(state: number, config: ConntrackConfig): number {
  switch (TCP_STATES[state]) {
    case 'SYN_RECV':
      return config.tcpTimeoutSynRecv;
    case 'ESTABLISHED':
      return config.tcpTimeoutEstablished;
    case 'FIN_WAIT':
      return config.tcpTimeoutFinWait;
    case 'CLOSE_WAIT':
      return config.tcpTimeoutCloseWait;
    case 'LAST_ACK':
      return config.tcpTimeoutLastAck;
    case 'TIME_WAIT':
      return config.tcpTimeoutTimeWait;
    case 'CLOSE':
      return config.tcpTimeoutClose;
    default:
      return config.tcpTimeoutSynSent;
  }
}

function indexOf(segment: TcpFields): number {
  const { flags } = segment;
  if ((flags & TcpFlag.rst) !== 0) return RST;
  if ((flags & TcpFlag.syn) !== 0) return (flags & TcpFlag.ack) !== 0 ? SYN_ACK : SYN;
  if ((flags & TcpFlag.fin) !== 0) return FIN;
  return (flags & TcpFlag.ack) !== 0 ? ACK : NONE;
}

/** Sequence number behind a segment. */
function endOf(packet: Packet, segment: TcpFields): number {
  const control =
    ((segment.flags & TcpFlag.syn) !== 0 ? 1 : 0) + ((segment.flags & TcpFlag.fin) !== 0 ? 1 : 0);
  return (segment.sequence + packet.payloadLength + control) >>> 0;
}

/** A new SYN for a connection that both ends have closed, or one aborted (RFC 1122, 4.2.2.13). */
function isReopened(tracking: TcpTracking, reply: boolean): boolean {
  const closed = tracking.peers[0].closes || tracking.peers[1].closes;
  return closed || (tracking.lastReply === reply && tracking.lastIndex === RST);
}

/** A SYN that was let through although it fitted no more is acknowledged: the two ends know better. */
function answersIgnoredSyn(
  tracking: TcpTracking,
  index: number,
  reply: boolean,
  segment: TcpFields,
): boolean {
  return (
    index === SYN_ACK &&
    tracking.lastIndex === SYN &&
    tracking.lastReply !== reply &&
    segment.acknowledgement >>> 0 === tracking.lastEnd
  );
}

function resynchronize(tracking: TcpTracking, reply: boolean): void {
  const asked = tracking.peers[tracking.lastReply ? 1 : 0];
  asked.end = tracking.lastEnd;
  asked.maxEnd = tracking.lastEnd;
  asked.maxWindow = Math.max(tracking.lastWindow, 1);
  asked.scale = Math.max(tracking.lastScale, 0);
  asked.hasScale = tracking.lastScale >= 0;
  asked.sackPermitted = tracking.lastSack;
  Object.assign(tracking.peers[reply ? 1 : 0], new Peer());
}

function noteIgnored(tracking: TcpTracking, packet: Packet, index: number, reply: boolean): void {
  const segment = packet.tcp!;
  tracking.lastIndex = index;
  tracking.lastReply = reply;
  tracking.lastSequence = segment.sequence >>> 0;
  tracking.lastEnd = endOf(packet, segment);
  tracking.lastWindow = segment.window;
  if (index !== SYN || reply) return;
  const seen = new Peer();
  readOptions(segment, seen);
  tracking.lastScale = seen.hasScale ? seen.scale : -1;
  tracking.lastSack = seen.sackPermitted;
}

/** A reset from before what its sender has acknowledged (RFC 5961, 3.2, as far as a third party can tell). */
function isBadReset(
  tracking: TcpTracking,
  segment: TcpFields,
  reply: boolean,
  config: ConntrackConfig,
): boolean {
  const { maxAck } = tracking.peers[reply ? 0 : 1];
  return maxAck >= 0 && !config.tcpIgnoreInvalidRst && isBefore(segment.sequence, maxAck);
}

function answersIgnored(connection: Connection, segment: TcpFields): boolean {
  const { lastIndex, lastEnd } = connection.tcp!;
  const seenReply = (connection.status & Status.seenReply) !== 0;
  const assured = (connection.status & Status.assured) !== 0;
  const ignored = (seenReply && lastIndex === SYN) || (!assured && lastIndex === ACK);
  return ignored && segment.acknowledgement >>> 0 === lastEnd;
}

/** Whether a comes before b in sequence space (RFC 9293, 3.4). */
function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/**
 * Whether a segment fits what both ends have sent and allowed (van Rooij, "Real Stateful TCP Packet Filtering in IP
 * Filter"; Linux `tcp_in_window`), and if so takes note of it.
 */
function isInWindow(
  tracking: TcpTracking,
  packet: Packet,
  reply: boolean,
  index: number,
  config: ConntrackConfig,
): boolean {
  const segment = packet.tcp!;
  const sender = tracking.peers[reply ? 1 : 0];
  const receiver = tracking.peers[reply ? 0 : 1];
  let sequence = segment.sequence >>> 0;
  let end = endOf(packet, segment);
  let ack = segment.acknowledgement >>> 0;
  let sack = receiver.sackPermitted ? highestSack(segment, ack) : ack;
  if (meetSender(tracking, segment, reply, end, sack)) return true;
  const hasAck = (segment.flags & TcpFlag.ack) !== 0;
  const isReset = index === RST;
  if (!hasAck || (isReset && ack === 0)) {
    ack = receiver.end;
    sack = ack;
  }
  if (sequence === end && (!isReset || (sequence === 0 && tracking.state === SYN_SENT))) {
    // without data only the acknowledgement counts
    sequence = sender.end;
    end = sender.end;
  }
  const lowestEnd = (sender.end - receiver.maxWindow - 1) >>> 0;
  const ackWindow = Math.max(sender.maxWindow, ACK_WINDOW_MIN);
  const fits =
    isBefore(sequence, sender.maxEnd + 1) &&
    (receiver.maxWindow === 0 || isBefore(lowestEnd, end)) &&
    isBefore(sack, receiver.end + 1) &&
    isBefore(receiver.end - ackWindow - 1, sack);
  if (!fits) return sender.liberal || config.tcpBeLiberal;
  note(sender, receiver, segment, { end, ack, sack, hasAck });
  if (index === ACK) noteRetransmission(tracking, reply, { sequence, end, ack, window: segment.window });
  return true;
}

/** A sender's first segment, or a renewed SYN, says what it allows; true when nothing more can be checked. */
function meetSender(
  tracking: TcpTracking,
  segment: TcpFields,
  reply: boolean,
  end: number,
  sack: number,
): boolean {
  const sender = tracking.peers[reply ? 1 : 0];
  const receiver = tracking.peers[reply ? 0 : 1];
  const isSyn = (segment.flags & TcpFlag.syn) !== 0;
  if (sender.maxWindow === 0) {
    sender.end = end;
    if (!isSyn) {
      sender.maxWindow = Math.max(segment.window << sender.scale, 1);
      sender.maxEnd = (end + sender.maxWindow) >>> 0;
      if (receiver.maxWindow === 0) {
        receiver.end = sack;
        receiver.maxEnd = sack;
      }
      return false;
    }
    initialize(sender, receiver, segment, end);
    // simultaneous open
    return (segment.flags & TcpFlag.ack) === 0;
  }
  const opening = tracking.state === (reply ? SYN_RECV : SYN_SENT);
  if (opening && isBefore(sender.end, end)) initialize(sender, receiver, segment, end);
  return false;
}

function initialize(sender: Peer, receiver: Peer, segment: TcpFields, end: number): void {
  sender.end = end;
  sender.maxEnd = end;
  sender.maxWindow = Math.max(segment.window, 1);
  readOptions(segment, sender);
  // both have to offer window scaling for either to use it (RFC 7323, 2.2)
  if (!(sender.hasScale && receiver.hasScale) && receiver.maxWindow !== 0) {
    sender.scale = 0;
    receiver.scale = 0;
  }
}

function note(
  sender: Peer,
  receiver: Peer,
  segment: TcpFields,
  seen: { end: number; ack: number; sack: number; hasAck: boolean },
): void {
  const { end, ack, sack, hasAck } = seen;
  const isSyn = (segment.flags & TcpFlag.syn) !== 0;
  const window = isSyn ? segment.window : segment.window << sender.scale;
  sender.maxWindow = Math.max(sender.maxWindow, window + ((sack - ack) >>> 0));
  if (isBefore(sender.end, end)) {
    sender.end = end;
    sender.unacknowledged = true;
  }
  if (hasAck && (sender.maxAck < 0 || isBefore(sender.maxAck, ack))) sender.maxAck = ack;
  if (receiver.maxWindow !== 0 && isBefore(sender.maxEnd, end)) {
    receiver.maxWindow += (end - sender.maxEnd) >>> 0;
  }
  if (isBefore(receiver.maxEnd - 1, sack + window)) {
    receiver.maxEnd = (sack + window + (window === 0 ? 1 : 0)) >>> 0;
  }
  if (ack === receiver.end) receiver.unacknowledged = false;
}

function noteRetransmission(
  tracking: TcpTracking,
  reply: boolean,
  seen: { sequence: number; end: number; ack: number; window: number },
): void {
  const { sequence, end, ack, window } = seen;
  const same =
    tracking.lastReply === reply &&
    tracking.lastSequence === sequence &&
    tracking.lastAck === ack &&
    tracking.lastEnd === end &&
    tracking.lastWindow === window;
  tracking.retransmissions = same ? tracking.retransmissions + 1 : 0;
  tracking.lastSequence = sequence;
  tracking.lastAck = ack;
  tracking.lastEnd = end;
  tracking.lastWindow = window;
}

/** Window scale and SACK permitted, as a SYN offers them. */
function readOptions(segment: TcpFields, peer: Peer): void {
  const { options } = segment;
  peer.scale = 0;
  peer.hasScale = false;
  peer.sackPermitted = false;
  for (let at = 0; at < options.length; ) {
    const kind = options[at];
    if (kind === 0) return;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = options[at + 1];
    if (length < 2 || at + length > options.length) return;
    if (kind === 3 && length === 3) {
      peer.scale = Math.min(options[at + 2], SCALE_MAX);
      peer.hasScale = true;
    } else if (kind === 4 && length === 2) {
      peer.sackPermitted = true;
    }
    at += length;
  }
}

/** The highest right edge of the blocks of a SACK option (RFC 2018), or the acknowledgement. */
function highestSack(segment: TcpFields, ack: number): number {
  const { options } = segment;
  let highest = ack;
  for (let at = 0; at < options.length; ) {
    const kind = options[at];
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = options[at + 1];
    if (length < 2 || at + length > options.length) break;
    if (kind === 5) {
      const view = new DataView(options.buffer, options.byteOffset + at, length);
      for (let edge = 6; edge + 4 <= length; edge += 8) {
        const right = view.getUint32(edge);
        if (isBefore(highest, right)) highest = right;
      }
    }
    at += length;
  }
  return highest;
}
