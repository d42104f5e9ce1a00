import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { TcpConnection, TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { ENDLESS, MESSAGE_HEADER_LENGTH } from './message.ts';
import { type FailureReason, MessageConnection, type MessageListener } from './message-connection.ts';
import { TcpProcess } from './tcp-process.ts';
import type { TcpStatistics } from './tcp-statistics.ts';

/** What a bulk transfer sends, to where and how. */
export interface TcpFlowPattern {
  port: number;
  /** Over all connections; Infinity for as many as go. */
  bytes: number;
  /** Connections at the same time. */
  parallel: number;
  /** It is over then at the latest, nanoseconds. */
  stop: number;
  options: TcpOptions;
}

const STOP = 1;

/** A bulk transfer from one namespace to one address, over one connection or several at once. */
export class TcpFlow extends TcpProcess implements MessageListener {
  readonly statistics: TcpStatistics;
  /** Those that have not ended. */
  readonly streams: (MessageConnection | null)[] = [];
  /** Those that were opened: a kernel goes on with one after its stream has ended. */
  readonly connections: TcpConnection[] = [];
  private readonly to: Ipv4Address;
  private readonly pattern: TcpFlowPattern;
  private startedAt = 0;
  private messagesRead = 0;

  constructor(
    namespace: NetworkNamespace,
    statistics: TcpStatistics,
    to: Ipv4Address,
    pattern: TcpFlowPattern,
  ) {
    super(namespace);
    this.statistics = statistics;
    this.to = to;
    this.pattern = pattern;
    statistics.onMessageRead = () => this.noteMessageRead();
  }

  /** Connects, now, and sends. */
  begin(): void {
    const { port, parallel, bytes, stop, options } = this.pattern;
    this.startedAt = this.simulation.now;
    const flow = this.namespace.network.flows.add(this.statistics);
    for (let index = 0; index < parallel; index++) {
      const stream = new MessageConnection(this, this.statistics, flow, this);
      this.streams.push(stream);
      stream.connect(this.to, port, options);
      if (stream.connection !== null) this.connections.push(stream.connection);
      stream.send(index, shareOf(bytes, parallel, index), 0);
    }
    this.statistics.countUntil = stop;
    this.at(stop, STOP, 0);
  }

  /** Ends it for good: its pod is gone. */
  cancel(): void {
    for (const stream of this.streams) if (stream !== null) this.end(stream);
  }

  written(stream: MessageConnection): void {
    this.end(stream);
  }

  failed(stream: MessageConnection, reason: FailureReason): void {
    this.statistics.connectionFailed(reason);
    this.end(stream);
  }

  protected override timeReached(): void {
    this.cancel();
  }

  private end(stream: MessageConnection): void {
    stream.close();
    this.streams[this.streams.indexOf(stream)] = null;
  }

  /** The receiver has read all that one connection had to send. */
  private noteMessageRead(): void {
    if (++this.messagesRead < this.pattern.parallel) return;
    this.statistics.isComplete = true;
    this.statistics.completed(this.startedAt);
  }
}

/** Bytes of one of `parallel` connections; the first ones have what does not divide. */
function shareOf(bytes: number, parallel: number, index: number): number {
  if (bytes === Number.POSITIVE_INFINITY) return ENDLESS;
  const share = Math.floor(bytes / parallel) + (index < bytes % parallel ? 1 : 0);
  return Math.max(share, MESSAGE_HEADER_LENGTH);
}
