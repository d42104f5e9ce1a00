import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { TcpOptions } from './tcp-connection.ts';

/** What SO_SNDBUF and SO_RCVBUF may ask for at most: `net.core.wmem_max` and `rmem_max` as Linux sets them. */
const REQUEST_MAX = 212_992;
/** Linux SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF on a 64-bit machine. */
const SEND_MIN = 4608;
const RECEIVE_MIN = 2304;

/** Bytes of a send buffer for which an application asks: twice as many, for what they cost beside (socket(7)). */
export function fixedSendBuffer(wanted: number): number {
  return Math.max(2 * Math.min(wanted, REQUEST_MAX), SEND_MIN);
}

/** Bytes of the receive buffer of a new connection: what the application asks for, or the default that grows. */
export function receiveBufferOf(namespace: NetworkNamespace, options: TcpOptions): number {
  const wanted = options.receiveBuffer ?? 0;
  if (wanted === 0) return namespace.sysctls.tcpRmem[1];
  return Math.max(2 * Math.min(wanted, REQUEST_MAX), RECEIVE_MIN);
}
