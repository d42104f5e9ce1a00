/** States of a connection (RFC 9293, 3.3.2), with the numbers of Linux. */
export const TcpState = {
  established: 1,
  synSent: 2,
  synReceived: 3,
  finWait1: 4,
  finWait2: 5,
  timeWait: 6,
  closed: 7,
  closeWait: 8,
  lastAck: 9,
  listen: 10,
  closing: 11,
} as const;
export type TcpState = (typeof TcpState)[keyof typeof TcpState];

const NAMES: Record<TcpState, string> = {
  [TcpState.established]: 'ESTABLISHED',
  [TcpState.synSent]: 'SYN_SENT',
  [TcpState.synReceived]: 'SYN_RECV',
  [TcpState.finWait1]: 'FIN_WAIT1',
  [TcpState.finWait2]: 'FIN_WAIT2',
  [TcpState.timeWait]: 'TIME_WAIT',
  [TcpState.closed]: 'CLOSE',
  [TcpState.closeWait]: 'CLOSE_WAIT',
  [TcpState.lastAck]: 'LAST_ACK',
  [TcpState.listen]: 'LISTEN',
  [TcpState.closing]: 'CLOSING',
};

/** The state as netstat prints it. */
export function tcpStateName(state: TcpState): string {
  return NAMES[state];
}
