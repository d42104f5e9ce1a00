import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { MESSAGE_HEADER_LENGTH } from './message.ts';
import { type FailureReason, MessageConnection, type MessageListener } from './message-connection.ts';
import { TcpProcess } from './tcp-process.ts';
import type { TcpStatistics } from './tcp-statistics.ts';

/** What is asked of all senders at once, and how often. */
export interface IncastPattern {
  port: number;
  options: TcpOptions;
  /** Bytes that each sender has to send in a round. */
  block: number;
  rounds: number;
  /** Nanoseconds from the end of a round to the next. */
  pause: number;
  /** No round begins from then on. */
  stop: number;
}

/** One of the senders, as the receiver sees it. */
interface Sender {
  address: Ipv4Address;
  statistics: TcpStatistics;
  flow: number;
  connection: MessageConnection | null;
  /** Its block of the round has not come yet. */
  owes: boolean;
}

const ROUND = 1;
const STOP = 2;

/**
 * Many to one (Phanishayee et al., FAST 2008): the receiver asks all its senders for a block at the same instant, and
 * asks again when it has all of them. The connections stay from round to round.
 */
export class IncastFlow extends TcpProcess implements MessageListener {
  private readonly pattern: IncastPattern;
  private readonly senders: Sender[] = [];
  private round = 0;
  private roundBegan = 0;
  private owing = 0;
  private over = false;

  constructor(namespace: NetworkNamespace, pattern: IncastPattern) {
    super(namespace);
    this.pattern = pattern;
    this.at(this.simulation.now, ROUND, 0);
    this.at(pattern.stop, STOP, 0);
  }

  /** Lets a sender take part, from the next round on. */
  join(address: Ipv4Address, statistics: TcpStatistics): void {
    statistics.countUntil = this.pattern.stop;
    const flow = this.namespace.network.flows.add(statistics);
    this.senders.push({ address, statistics, flow, connection: null, owes: false });
  }

  /** Takes a sender out: its pod is gone, or the receiver's. */
  leave(statistics: TcpStatistics): void {
    const place = this.senders.findIndex((sender) => sender.statistics === statistics);
    if (place < 0) return;
    const [sender] = this.senders.splice(place, 1);
    sender.connection?.close();
    if (sender.owes) this.settle(sender);
  }

  answered(connection: MessageConnection): void {
    const sender = this.senderOf(connection);
    sender.statistics.flow.answered(this.roundBegan, this.pattern.block, this.simulation);
    this.settle(sender);
  }

  failed(connection: MessageConnection, reason: FailureReason): void {
    const sender = this.senderOf(connection);
    sender.connection = null;
    if (!sender.owes) return;
    sender.statistics.connectionFailed(reason);
    sender.statistics.flow.failed(this.roundBegan, reason);
    this.settle(sender);
  }

  protected override timeReached(kind: number): void {
    if (kind === ROUND) this.beginRound();
    else this.finish();
  }

  private beginRound(): void {
    const { block, port, options } = this.pattern;
    if (this.over || this.senders.length === 0) return;
    this.round++;
    this.roundBegan = this.simulation.now;
    this.owing = this.senders.length;
    for (const sender of this.senders) {
      sender.owes = true;
      sender.statistics.flow.sent(this.simulation, block);
      if (sender.connection === null) {
        sender.connection = new MessageConnection(this, sender.statistics, sender.flow, this);
        sender.connection.connect(sender.address, port, options);
      }
      sender.connection.send(this.round, MESSAGE_HEADER_LENGTH, block);
    }
  }

  /** A block has come, or never will. The round is over with the last, and that is whose round it counts as. */
  private settle(sender: Sender): void {
    sender.owes = false;
    if (--this.owing > 0) return;
    sender.statistics.completed(this.roundBegan);
    const { rounds, pause, stop } = this.pattern;
    const next = this.simulation.now + pause;
    if (this.round < rounds && next < stop) this.at(next, ROUND, 0);
    else this.finish();
  }

  private finish(): void {
    this.over = true;
    for (const sender of this.senders) {
      if (sender.owes) continue;
      sender.connection?.close();
      sender.connection = null;
    }
  }

  private senderOf(connection: MessageConnection): Sender {
    return this.senders.find((sender) => sender.connection === connection)!;
  }
}
