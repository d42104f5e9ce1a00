import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { BytesPayload, CountingPayload, type Payload } from '../payload.ts';
import type { TcpConnection } from '../transport/tcp/tcp-connection.ts';
import { TcpListener } from '../transport/tcp/tcp-listener.ts';
import { formatIpv4 } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

export interface TcpServerOptions {
  port: number;
  /** Bytes to answer with. Default 0. */
  reply?: number;
  /** A text to answer with, instead. */
  text?: string;
  backlog?: number;
  /** Reads to the end and closes at once. */
  sink?: boolean;
  congestionControl?: string;
}

/** The request is over when nothing more has come for so long. */
const SILENCE = 50e6;
/** From the end of the peer's data to closing. */
const CLOSE_DELAY = 200e6;
const BACKLOG = 16;

/** Serves one connection after the other: reads a request, answers, reads to the end, closes; prints a line for each. */
export class TcpServer extends Program {
  private readonly options: TcpServerOptions;
  private readonly answer: Payload;
  private readonly answerLength: number;
  private listener: TcpListener | null = null;
  private connection: TcpConnection | null = null;
  private acceptedAt = 0;
  private received = 0;
  private answered = 0;
  /** When the request counts as over, or the connection is to be closed. */
  private deadline = Number.POSITIVE_INFINITY;
  private closing = false;

  constructor(namespace: NetworkNamespace, options: TcpServerOptions) {
    super(namespace);
    this.options = options;
    const { text, reply } = options;
    this.answer =
      text === undefined ? new CountingPayload(251) : new BytesPayload(new TextEncoder().encode(text));
    this.answerLength = text === undefined ? (reply ?? 0) : new TextEncoder().encode(text).length;
  }

  override interrupt(): void {
    this.connection?.close();
    this.listener?.close();
    this.finish(0);
  }

  protected override wake(): void {
    if (this.listener === null && !this.listen()) return;
    for (;;) {
      if (this.connection === null) this.connection = this.acceptNext();
      if (this.connection === null || !this.serve(this.connection)) return;
      this.connection = null;
    }
  }

  private listen(): boolean {
    const { port, backlog, congestionControl } = this.options;
    const listener = TcpListener.open(this.namespace, 0, port, backlog ?? BACKLOG, {
      congestionControl: congestionControl ?? '',
      owner: this.owner('server'),
    });
    if (typeof listener === 'string') {
      this.stderr += `${listener}\n`;
      this.finish(1);
      return false;
    }
    listener.onChange = () => this.interrupted();
    this.listener = listener;
    return true;
  }

  private acceptNext(): TcpConnection | null {
    const connection = this.listener!.accept();
    if (connection === null) return null;
    connection.onChange = () => this.interrupted();
    this.acceptedAt = this.simulation.now;
    this.received = 0;
    this.answered = 0;
    this.deadline = Number.POSITIVE_INFINITY;
    this.closing = false;
    return connection;
  }

  /** Goes on with a connection; answers whether it is done with it. */
  private serve(connection: TcpConnection): boolean {
    const { now } = this.simulation;
    if (this.closing) return this.closeWhenDue(connection);
    const length = connection.read(Number.POSITIVE_INFINITY);
    this.received += length;
    if (length > 0 && this.answered === 0 && this.answerLength > 0) this.deadline = now + SILENCE;
    if (now >= this.deadline || this.answered > 0) this.sendAnswer(connection);
    if (connection.takeError() !== null) {
      this.report(connection);
      return true;
    }
    if (connection.atEnd) {
      this.closing = true;
      this.deadline = this.options.sink === true ? now : now + CLOSE_DELAY;
      return this.closeWhenDue(connection);
    }
    if (this.deadline > now && this.deadline !== Number.POSITIVE_INFINITY) this.sleepUntil(this.deadline);
    return false;
  }

  private sendAnswer(connection: TcpConnection): void {
    this.deadline = Number.POSITIVE_INFINITY;
    const left = this.answerLength - this.answered;
    if (left <= 0) return;
    const taken = connection.send(left, this.answer, this.answered);
    if (typeof taken === 'number') this.answered += taken;
  }

  private closeWhenDue(connection: TcpConnection): boolean {
    if (this.simulation.now < this.deadline) {
      this.sleepUntil(this.deadline);
      return false;
    }
    this.report(connection);
    return true;
  }

  private report(connection: TcpConnection): void {
    connection.close();
    const peer = `${formatIpv4(connection.remoteAddress)}:${connection.remotePort}`;
    const seconds = Math.round((this.simulation.now - this.acceptedAt) / 1000) / 1e6;
    this.stdout += `{"peer": "${peer}", "received": ${this.received}, "seconds": ${seconds}}\n`;
  }
}
