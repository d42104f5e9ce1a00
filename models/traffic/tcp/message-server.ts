import type { Errno } from '../../netns/control-error.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { TcpConnection, TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import { TcpListener } from '../../transport/tcp/tcp-listener.ts';
import { ENDLESS, MESSAGE_HEADER_LENGTH, MessagePayload, parseMessage } from './message.ts';
import { type Task, TcpProcess } from './tcp-process.ts';
import { TcpStatistics } from './tcp-statistics.ts';

/** Takes the messages of all connections to a port, and answers those that want it. */
export class MessageServer extends TcpProcess implements Task {
  ready = false;
  private readonly port: number;
  private readonly options: TcpOptions;
  private listener: TcpListener | null = null;

  constructor(namespace: NetworkNamespace, port: number, options: TcpOptions) {
    super(namespace);
    this.port = port;
    this.options = { ...options, owner: this.owner };
  }

  /** Begins to listen; EADDRINUSE when another does. */
  listen(): Errno | null {
    const listener = TcpListener.open(this.namespace, 0, this.port, undefined, this.options);
    if (typeof listener === 'string') return listener;
    this.listener = listener;
    listener.onChange = () => this.wake(this);
    return null;
  }

  run(): void {
    for (let next = this.listener!.accept(); next !== null; next = this.listener!.accept()) {
      this.wake(new ServedConnection(this, next));
    }
  }
}

/** One connection: reads a message, answers it, reads the next, until the peer closes. */
class ServedConnection implements Task {
  ready = false;
  private readonly connection: TcpConnection;
  private statistics: TcpStatistics | null = null;
  private readonly head = new Uint8Array(MESSAGE_HEADER_LENGTH);
  private number = 0;
  /** Bytes of the message that have not come yet. */
  private left = 0;
  private answer = new MessagePayload({ flow: 0, number: 0, length: 0, answer: 0 });
  private answerLength = 0;
  private answered = 0;

  constructor(server: MessageServer, connection: TcpConnection) {
    this.connection = connection;
    connection.onChange = () => server.wake(this);
  }

  run(): void {
    const { connection } = this;
    const goesOn = connection.takeError() === null && this.serve();
    if (!goesOn || connection.atEnd) connection.close();
  }

  /** Goes on as far as data and room allow; false when the connection is of no more use. */
  private serve(): boolean {
    for (;;) {
      if (this.answered < this.answerLength) {
        if (!this.sendAnswer()) return false;
        if (this.answered < this.answerLength) return true;
      }
      if (this.left === 0 && !this.readHead()) return true;
      if (!this.readRest()) return true;
    }
  }

  private readHead(): boolean {
    const { connection, head } = this;
    if (connection.receiveQueued < MESSAGE_HEADER_LENGTH) return false;
    connection.read(MESSAGE_HEADER_LENGTH, head);
    const { flow, number, length, answer } = parseMessage(head);
    if (this.statistics === null) this.recognise(flow);
    this.statistics?.read(MESSAGE_HEADER_LENGTH);
    this.left = Math.max(0, length - MESSAGE_HEADER_LENGTH);
    if (length === ENDLESS) this.left = Number.POSITIVE_INFINITY;
    this.number = number;
    this.answerLength = answer;
    this.answered = 0;
    if (answer > 0) this.answer = new MessagePayload({ flow, number, length: answer, answer: 0 });
    return true;
  }

  /** From now on this end of the connection counts in the flow as well. */
  private recognise(flow: number): void {
    const { connection } = this;
    const observer = connection.namespace.network.flows.get(flow);
    if (!(observer instanceof TcpStatistics)) return;
    this.statistics = observer;
    connection.flow = flow;
    connection.observer = observer;
  }

  /** Answers whether the message is whole. */
  private readRest(): boolean {
    const length = this.left > 0 ? this.connection.read(this.left) : 0;
    this.left -= length;
    if (length > 0) this.statistics?.read(length);
    if (this.left > 0) return false;
    this.statistics?.onMessageRead?.(this.number);
    return true;
  }

  private sendAnswer(): boolean {
    const taken = this.connection.send(this.answerLength - this.answered, this.answer, this.answered);
    if (typeof taken === 'string') return false;
    this.answered += taken;
    return true;
  }
}
