import type { Errno } from '../netns/control-error.ts';
import { timerExpiry } from '../netns/jiffies.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { TcpConnection } from '../transport/tcp-connection.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

export interface TcpClientOptions {
  to: Ipv4Address;
  port: number;
  /** 0: any free one. */
  sourcePort?: number;
  /** Nanoseconds after which it gives up; 0 for never. */
  timeout?: number;
}

/** What became of the attempt. */
export interface TcpClientResult {
  error: Errno | 'timeout';
  /** Seconds, to three places. */
  after_s: number;
}

/** Tries to connect and tells how that failed. */
export class TcpClient extends Program {
  result: TcpClientResult | null = null;
  private readonly options: Required<TcpClientOptions>;
  private connection: TcpConnection | null = null;
  private startedAt = -1;
  private deadline = Number.POSITIVE_INFINITY;
  private failed: Errno | null = null;

  constructor(namespace: NetworkNamespace, options: TcpClientOptions) {
    super(namespace);
    this.options = { sourcePort: 0, timeout: 0, ...options };
  }

  override interrupt(): void {
    this.end('timeout');
  }

  protected override wake(): void {
    if (this.startedAt < 0) {
      this.open();
      return;
    }
    if (this.failed !== null) this.end(this.failed);
    else if (this.simulation.now >= this.deadline) this.end('timeout');
    else if (this.deadline !== Number.POSITIVE_INFINITY) this.sleepUntil(this.deadline);
  }

  private open(): void {
    const { sourcePort, to, port, timeout } = this.options;
    this.startedAt = this.simulation.now;
    if (timeout > 0) {
      this.deadline = timerExpiry(this.startedAt, timeout);
      this.sleepUntil(this.deadline);
    }
    const connection = TcpConnection.open(this.namespace, sourcePort, to, port);
    if (typeof connection === 'string') {
      this.end(connection);
      return;
    }
    this.connection = connection;
    connection.onError = (errno) => {
      this.failed = errno;
      this.interrupted();
    };
  }

  private end(error: Errno | 'timeout'): void {
    this.connection?.close();
    const seconds = (this.simulation.now - this.startedAt) / 1e9;
    this.result = { error, after_s: Math.round(seconds * 1000) / 1000 };
    const after = Number.isInteger(this.result.after_s) ? `${this.result.after_s}.0` : this.result.after_s;
    this.stdout += `{"error": "${error}", "after_s": ${after}}\n`;
    this.finish(1);
  }
}
