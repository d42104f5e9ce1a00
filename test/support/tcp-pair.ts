import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { CountingPayload } from '../../models/payload.ts';
import { TcpConnection, type TcpOptions } from '../../models/transport/tcp/tcp-connection.ts';
import { TcpListener } from '../../models/transport/tcp/tcp-listener.ts';
import { ip } from './networks.ts';

/** Byte i of every stream is i modulo 251. */
export const PATTERN = new CountingPayload(251);

/** A listener that is there; fails where the kernel would refuse it. */
export function listen(
  namespace: NetworkNamespace,
  port: number,
  backlog?: number,
  options?: TcpOptions,
): TcpListener {
  const listener = TcpListener.open(namespace, 0, port, backlog, options);
  if (typeof listener === 'string') throw new Error(`listen: ${listener}`);
  return listener;
}

/** A connection under way. */
export function open(
  namespace: NetworkNamespace,
  to: string,
  port: number,
  options?: TcpOptions,
  localPort = 0,
): TcpConnection {
  const connection = TcpConnection.open(namespace, { port: localPort }, ip(to), port, options);
  if (typeof connection === 'string') throw new Error(`connect: ${connection}`);
  return connection;
}

/** Writes `total` bytes of the pattern as room comes, then shuts down or closes. */
export function sendAll(
  connection: TcpConnection,
  total: number,
  end: 'shutDown' | 'close' | 'keep' = 'shutDown',
): void {
  let sent = 0;
  let done = false;
  const step = () => {
    if (done || !connection.connected) return;
    while (sent < total) {
      const taken = connection.send(total - sent, PATTERN, sent);
      if (typeof taken === 'string' || taken === 0) break;
      sent += taken;
    }
    if (sent < total) return;
    done = true;
    if (end === 'shutDown') connection.shutDown();
    if (end === 'close') connection.close();
  };
  connection.onChange = step;
  step();
}

/** Checks that what is read is the pattern from its beginning, without a gap. */
export class Reader {
  received = 0;
  ended = false;
  intact = true;
  private readonly buffer = new Uint8Array(65_536);

  constructor(readonly connection: TcpConnection) {
    connection.onChange = () => this.drain();
    this.drain();
  }

  drain(): void {
    for (;;) {
      const length = this.connection.read(this.buffer.length, this.buffer);
      if (length === 0) break;
      for (let i = 0; i < length; i++) {
        if (this.buffer[i] !== (this.received + i) % 251) this.intact = false;
      }
      this.received += length;
    }
    if (this.connection.atEnd) this.ended = true;
  }
}
