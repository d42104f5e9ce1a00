import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../../payload.ts';
import type { TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import { UdpSocket } from '../../transport/udp.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { type FailureReason, MessageConnection, type MessageListener } from './message-connection.ts';
import { TcpProcess } from './tcp-process.ts';
import type { TcpStatistics } from './tcp-statistics.ts';

/** One line of a trace. */
export interface Transfer {
  /** Nanoseconds from the beginning of the trace. */
  time: number;
  bytes: number;
  /** One datagram; else a connection of its own. */
  udp: boolean;
  /** 0 for a free one. */
  sourcePort: number;
  port: number;
}

interface Running {
  since: number;
  bytes: number;
  connection: MessageConnection;
}

const TRANSFER = 1;

/** Sends from one namespace to one address what a trace says. */
export class TraceFlow extends TcpProcess implements MessageListener {
  private readonly statistics: TcpStatistics;
  private readonly to: Ipv4Address;
  private readonly trace: readonly Transfer[];
  private readonly start: number;
  private readonly stop: number;
  private readonly options: TcpOptions;
  private readonly flow: number;
  private next = 0;
  /** Those whose last byte has not been read, by the number of the transfer. */
  private readonly running = new Map<number, Running>();
  private readonly sockets = new Map<number, UdpSocket>();
  private over = false;

  /**
   * @param trace in the order of time
   * @param times start: simulated time at which the trace begins, nanoseconds
   *   stop: nothing is sent from then on
   */
  constructor(
    namespace: NetworkNamespace,
    statistics: TcpStatistics,
    to: Ipv4Address,
    trace: readonly Transfer[],
    times: { start: number; stop: number },
    options: TcpOptions,
  ) {
    super(namespace);
    this.statistics = statistics;
    this.to = to;
    this.trace = trace;
    this.start = times.start;
    this.stop = times.stop;
    this.options = options;
    this.flow = namespace.network.flows.add(statistics);
    statistics.onMessageRead = (number) => this.complete(number);
  }

  begin(): void {
    // what was due before its pod was there has not been sent
    while (this.next < this.trace.length && this.dueOfNext < this.simulation.now) this.next++;
    this.awaitNext();
  }

  cancel(): void {
    this.over = true;
    for (const { connection } of this.running.values()) connection.close();
    for (const socket of this.sockets.values()) socket.close();
  }

  written(connection: MessageConnection): void {
    connection.close();
  }

  failed(connection: MessageConnection, reason: FailureReason): void {
    this.statistics.connectionFailed(reason);
    for (const [number, running] of this.running) {
      if (running.connection !== connection) continue;
      this.running.delete(number);
      this.statistics.flow.failed(running.since, reason);
    }
  }

  protected override timeReached(): void {
    if (this.over) return;
    const transfer = this.trace[this.next];
    this.statistics.flow.sent(this.simulation, transfer.bytes);
    if (transfer.udp) this.sendDatagram(transfer, this.next);
    else this.connect(transfer, this.next);
    this.next++;
    this.awaitNext();
  }

  private get dueOfNext(): number {
    return this.start + this.trace[this.next].time;
  }

  private awaitNext(): void {
    if (this.next < this.trace.length && this.dueOfNext < this.stop) this.at(this.dueOfNext, TRANSFER, 0);
  }

  private sendDatagram({ bytes, sourcePort, port }: Transfer, number: number): void {
    let socket = this.sockets.get(sourcePort);
    if (socket === undefined) {
      socket = new UdpSocket(this.namespace);
      if (sourcePort !== 0) socket.bind(0, sourcePort);
      this.sockets.set(sourcePort, socket);
    }
    const errno = socket.sendTo(this.to, port, bytes, ZERO_PAYLOAD, this.flow, number + 1);
    // what netfilter has dropped is counted as lost already
    if (errno !== null && errno !== 'EPERM') this.statistics.flow.refusedAt(this.simulation);
  }

  private connect({ bytes, sourcePort, port }: Transfer, number: number): void {
    const connection = new MessageConnection(this, this.statistics, this.flow, this);
    this.running.set(number, { since: this.simulation.now, bytes, connection });
    connection.connect(this.to, port, this.options, sourcePort);
    connection.send(number, bytes, 0);
  }

  /** The receiver has read all of a transfer. */
  private complete(number: number): void {
    const running = this.running.get(number);
    if (running === undefined) return;
    this.running.delete(number);
    this.statistics.flow.answered(running.since, running.bytes, this.simulation);
  }
}
