import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { AckPending } from './ack-state.ts';
import { enterQuickAckMode } from './acknowledge.ts';
import { arrived } from './arrived-segment.ts';
import type { CongestionControl } from './congestion-control.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** The two bits of the TOS field (RFC 3168, 5). */
export const Ecn = { notCapable: 0, capable1: 1, capable0: 2, congested: 3 } as const;
/** A sender that has been told to slow down has little out: its next segments are acknowledged at once. */
const QUICK_ACKS = 2;

/** `tcp_ecn`: what is asked for and what is granted. */
export const EcnMode = { off: 0, request: 1, accept: 2 } as const;

/** Explicit congestion notification of a connection (RFC 3168, 6.1; Linux `ecn_flags`). */
export class EcnState {
  /** Both ends have agreed on it. */
  on = false;
  /** The peer is to be told of a mark until it says that it has slowed down. */
  echo = false;
  /** The peer is to be told that the window has been reduced. */
  reductionPending = false;
  /** A segment came that could have been marked: one that could not is sent again. */
  seen = false;
  /** Segments delivered that the peer has reported as marked. */
  deliveredMarked = 0;
}

/** Whether a SYN asks for it. */
export function requestsEcn({ namespace, congestionControl }: TcpConnection): boolean {
  return namespace.sysctls.tcpEcn === EcnMode.request || congestionControl.needsEcn === true;
}

/** The peer's answer to a SYN that asked for it; both have asked in a simultaneous open. */
export function ecnAnswered(connection: TcpConnection): void {
  const bits = arrived.flags & (TcpFlag.ece | TcpFlag.cwr);
  const wanted = (arrived.flags & TcpFlag.ack) !== 0 ? TcpFlag.ece : TcpFlag.ece | TcpFlag.cwr;
  connection.ecn.on = requestsEcn(connection) && bits === wanted;
}

/** Whether the SYN in hand asks for it and is granted it (Linux `tcp_ecn_create_request`). */
export function grantsEcn(namespace: NetworkNamespace, control: CongestionControl): boolean {
  const asked = TcpFlag.ece | TcpFlag.cwr;
  if ((arrived.flags & asked) !== asked) return false;
  if (control.needsEcn === true) return true;
  return namespace.sysctls.tcpEcn !== EcnMode.off && arrived.ecn === Ecn.notCapable;
}

/** The window is being reduced: the peer will hear of it (Linux `tcp_ecn_queue_cwr`). */
export function queueReductionNotice({ ecn }: TcpConnection): void {
  if (ecn.on) ecn.reductionPending = true;
}

/**
 * Bits of the TOS field that a segment leaves with. Acknowledgements and what is sent again cannot be marked (RFC 3168,
 * 6.1.4, 6.1.5), but for a control that lives by marks.
 */
export function ecnOfSegment(connection: TcpConnection, isNewData: boolean): number {
  if (!connection.ecn.on) return Ecn.notCapable;
  return isNewData || connection.congestionControl.needsEcn === true ? Ecn.capable0 : Ecn.notCapable;
}

/** The bits of a segment that concern it; `isFirst` of new data (Linux `tcp_ecn_send`). */
export function ecnFlags({ ecn }: TcpConnection, isFirst: boolean): number {
  if (!ecn.on) return 0;
  let flags = ecn.echo ? TcpFlag.ece : 0;
  if (isFirst && ecn.reductionPending) {
    ecn.reductionPending = false;
    flags |= TcpFlag.cwr;
  }
  return flags;
}

/** The segment in hand has data: was it marked? (Linux `tcp_data_ecn_check`) */
export function checkMark(connection: TcpConnection): void {
  const { ecn, congestionControl } = connection;
  if (!ecn.on) return;
  switch (arrived.ecn) {
    case Ecn.notCapable:
      // very likely sent again: the sender waits for an answer
      if (ecn.seen) enterQuickAckMode(connection, QUICK_ACKS);
      break;
    case Ecn.congested:
      congestionControl.markReceived?.(connection, true);
      if (!ecn.echo) {
        enterQuickAckMode(connection, QUICK_ACKS);
        ecn.echo = true;
      }
      ecn.seen = true;
      break;
    default:
      congestionControl.markReceived?.(connection, false);
      ecn.seen = true;
  }
}

/** The segment in hand says that its sender has slowed down (Linux `tcp_ecn_accept_cwr`). */
export function acceptReductionNotice({ ecn, ack }: TcpConnection): void {
  if ((arrived.flags & TcpFlag.cwr) === 0) return;
  ecn.echo = false;
  if (arrived.sequence !== arrived.end) ack.pending |= AckPending.now;
}
