import type { Errno } from '../../netns/control-error.ts';
import type { IcmpQuote } from '../../netns/ipv4/icmp-input.ts';
import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import { pathMtuReduced } from './path-mtu-discovery.ts';
import { after, before } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';

/** An ICMP error about a segment of a connection (RFC 5461; Linux `tcp_v4_err`). */
export function connectionIcmpError(connection: TcpConnection, quote: IcmpQuote): void {
  const { state } = connection;
  if (state === TcpState.closed) return;
  const sequence = quote.secondWord | 0;
  // one that is not about anything on its way is made up (RFC 5927)
  if (state !== TcpState.synSent) {
    if (before(sequence, connection.sendUnacknowledged) || after(sequence, connection.sendNext)) return;
  }
  if (isFragmentationNeeded(quote)) {
    // inside a call it waits for what came in meanwhile (TCP_MTU_REDUCED_DEFERRED)
    if (connection.owned) connection.mtuReduced = true;
    else pathMtuReduced(connection);
    return;
  }
  const errno = errnoOf(quote);
  if (errno === null) return;
  // while nothing has been heard from the peer it is final; later it may pass (RFC 1122, 4.2.3.9)
  if (state === TcpState.synSent) connection.fail(errno);
  else connection.softError = errno;
}

function isFragmentationNeeded(quote: IcmpQuote): boolean {
  return quote.type === IcmpType.destinationUnreachable && quote.code === UnreachableCode.fragmentationNeeded;
}

/** Linux `icmp_err_convert`; null for what is no error. */
export function errnoOf(quote: IcmpQuote): Errno | null {
  if (quote.type === IcmpType.timeExceeded) return 'EHOSTUNREACH';
  if (quote.type !== IcmpType.destinationUnreachable) return null;
  switch (quote.code) {
    case UnreachableCode.net:
      return 'ENETUNREACH';
    case UnreachableCode.protocol:
      return 'ENOPROTOOPT';
    case UnreachableCode.port:
      return 'ECONNREFUSED';
    case UnreachableCode.fragmentationNeeded:
      return null;
    default:
      return 'EHOSTUNREACH';
  }
}
