import type { TcpOptions } from '../../transport/tcp/tcp-connection.ts';

/** Go's standard library probes idle connections as often (seconds). */
const KEEPALIVE_PERIOD = 15;

/** What Go sets on every TCP socket. @param owner process id and name */
export function socketOptions(owner: string): TcpOptions {
  return {
    noDelay: true,
    keepAlive: true,
    keepAliveTime: KEEPALIVE_PERIOD,
    keepAliveInterval: KEEPALIVE_PERIOD,
    owner,
  };
}
