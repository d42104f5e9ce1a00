import type { Errno } from '../../netns/control-error.ts';
import { TcpConnection, type TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { MessagePayload } from './message.ts';
import type { Task, TcpProcess } from './tcp-process.ts';
import type { TcpStatistics } from './tcp-statistics.ts';

/** Why nothing came of a connection or of a message: an error of the socket, or the peer has closed. */
export type FailureReason = Errno | 'closed';

/** What the owner of a connection is told. */
export interface MessageListener {
  /** Everything of the message has been written to the socket. */
  written?(connection: MessageConnection): void;
  /** The answer has been read to its end. */
  answered?(connection: MessageConnection): void;
  /** It is no more: told once, and not after `close`. */
  failed(connection: MessageConnection, reason: FailureReason): void;
}

/** The end of a connection that sends messages, one after the other, each once the one before is answered. */
export class MessageConnection implements Task {
  ready = false;
  readonly statistics: TcpStatistics;
  /** The number of its flow in the network. */
  readonly flow: number;
  /** Null before `connect` and after the end. */
  connection: TcpConnection | null = null;
  private readonly process: TcpProcess;
  private readonly listener: MessageListener;
  private payload: MessagePayload | null = null;
  private length = 0;
  private written = 0;
  /** Bytes of the answer that have not come yet. */
  private answerLeft = 0;
  /** What `connect` failed with at once. */
  private refused: Errno | null = null;
  private counted = false;

  constructor(process: TcpProcess, statistics: TcpStatistics, flow: number, listener: MessageListener) {
    this.process = process;
    this.statistics = statistics;
    this.flow = flow;
    this.listener = listener;
  }

  /** Begins the handshake. What fails at once is told like what fails later, in an event of its own. */
  connect(to: Ipv4Address, port: number, options: TcpOptions, localPort = 0): void {
    const opened = TcpConnection.open(this.process.namespace, { port: localPort }, to, port, {
      ...options,
      flow: this.flow,
      observer: this.statistics,
      owner: this.process.owner,
    });
    if (typeof opened === 'string') {
      this.refused = opened;
      this.process.wake(this);
      return;
    }
    this.connection = opened;
    opened.onChange = () => this.process.wake(this);
  }

  get isConnected(): boolean {
    return this.connection?.connected ?? false;
  }

  /**
   * Sends a message of `length` bytes that wants an answer of `answer` bytes; it waits for the handshake.
   * @param number of the message in its flow
   */
  send(number: number, length: number, answer: number): void {
    this.payload = new MessagePayload({ flow: this.flow, number, length, answer });
    this.length = length;
    this.written = 0;
    this.answerLeft = answer;
    this.process.wake(this);
  }

  /** Closes it; nothing is told any more. */
  close(): void {
    this.connection?.close();
    this.connection = null;
    this.refused = null;
  }

  run(): void {
    const { connection, refused } = this;
    if (refused !== null) this.fail(refused);
    if (connection === null) return;
    const error = connection.takeError();
    if (error !== null) this.fail(error);
    else if (connection.connected) this.proceed(connection);
    else if (connection.atEnd) this.fail('closed');
  }

  private proceed(connection: TcpConnection): void {
    if (!this.counted) this.statistics.connected();
    this.counted = true;
    if (this.payload !== null && !this.write(connection, this.payload)) return;
    if (this.answerLeft > 0) {
      const length = connection.read(this.answerLeft);
      this.answerLeft -= length;
      if (length > 0) this.statistics.read(length);
      if (this.answerLeft === 0) this.listener.answered?.(this);
    }
    if (this.connection === connection && connection.atEnd) this.fail('closed');
  }

  /** Answers whether the connection is still there. */
  private write(connection: TcpConnection, payload: MessagePayload): boolean {
    const taken = connection.send(this.length - this.written, payload, this.written);
    if (typeof taken === 'string') {
      this.fail(taken);
      return false;
    }
    this.written += taken;
    if (this.written === this.length) {
      this.payload = null;
      this.listener.written?.(this);
    }
    return this.connection === connection;
  }

  private fail(reason: FailureReason): void {
    this.close();
    this.listener.failed(this, reason);
  }
}
