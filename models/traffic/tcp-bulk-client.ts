import type { Errno } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { CountingPayload } from '../payload.ts';
import { TcpConnection } from '../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

export interface TcpBulkClientOptions {
  to: Ipv4Address;
  port: number;
  /** 0: any free one. */
  sourcePort?: number;
  /** Bytes to send. */
  send: number;
  /** Nanoseconds after which it gives up; 0 for never. */
  timeout?: number;
  /** Default: the namespace's. */
  congestionControl?: string;
}

/** What became of it; times in seconds. */
export type TcpBulkResult =
  | { connect_s: number; sent: number; seconds: number; goodput_bps: number }
  | { error: Errno | 'timeout'; after_s: number };

/** Byte i that it sends is i modulo 251. */
const PATTERN = new CountingPayload(251);
const SECOND = 1e9;

/** Connects, sends as much and as fast as TCP lets it, closes its side, waits for the peer to do so; prints how it went. */
export class TcpBulkClient extends Program {
  result: TcpBulkResult | null = null;
  connection: TcpConnection | null = null;
  private readonly options: TcpBulkClientOptions;
  private startedAt = 0;
  private connectedAt = -1;
  private sent = 0;
  private shutDown = false;

  constructor(namespace: NetworkNamespace, options: TcpBulkClientOptions) {
    super(namespace);
    this.options = options;
  }

  override interrupt(): void {
    this.fail('timeout');
  }

  protected override wake(): void {
    const connection = this.connection ?? this.open();
    if (connection === null) return;
    const error = connection.takeError();
    const { timeout = 0 } = this.options;
    if (error !== null) this.fail(error);
    else if (timeout > 0 && this.simulation.now >= this.startedAt + timeout) this.fail('timeout');
    else {
      if (connection.connected) this.goOn(connection);
      if (timeout > 0 && !this.done) this.sleepUntil(this.startedAt + timeout);
    }
  }

  private open(): TcpConnection | null {
    const { to, port, sourcePort = 0, congestionControl = '' } = this.options;
    this.startedAt = this.simulation.now;
    const owner = this.owner('bulk');
    const connection = TcpConnection.open(this.namespace, { port: sourcePort }, to, port, {
      congestionControl,
      owner,
    });
    if (typeof connection === 'string') {
      this.fail(connection);
      return null;
    }
    connection.onChange = () => this.interrupted();
    this.connection = connection;
    return connection;
  }

  private goOn(connection: TcpConnection): void {
    const { send } = this.options;
    if (this.connectedAt < 0) this.connectedAt = this.simulation.now;
    if (this.sent < send) {
      const taken = connection.send(send - this.sent, PATTERN, this.sent);
      if (typeof taken === 'string') {
        this.fail(taken);
        return;
      }
      this.sent += taken;
    }
    if (this.sent < send) return;
    if (!this.shutDown) connection.shutDown();
    this.shutDown = true;
    connection.read(Number.POSITIVE_INFINITY);
    if (connection.atEnd) this.end(connection);
  }

  private end(connection: TcpConnection): void {
    connection.close();
    const connect = round((this.connectedAt - this.startedAt) / SECOND);
    const seconds = round((this.simulation.now - this.connectedAt) / SECOND);
    const goodput = Math.round((this.sent * 8) / seconds);
    this.result = { connect_s: connect, sent: this.sent, seconds, goodput_bps: goodput };
    this.stdout += `{"connect_s": ${connect}, "sent": ${this.sent}, "seconds": ${seconds}, "goodput_bps": ${goodput}}\n`;
    this.finish(0);
  }

  private fail(error: Errno | 'timeout'): void {
    this.connection?.close();
    const after = Math.round((this.simulation.now - this.startedAt) / 1e6) / 1000;
    this.result = { error, after_s: after };
    this.stdout += `{"error": "${error}", "after_s": ${after}}\n`;
    this.finish(1);
  }
}

/** To microseconds. */
function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
