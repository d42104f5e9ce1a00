import type { Errno } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { timerExpiry } from '../netns/time/jiffies.ts';
import { CountingPayload } from '../payload.ts';
import { TcpConnection } from '../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

export interface TcpClientOptions {
  to: Ipv4Address;
  port: number;
  /** 0: any free one. */
  sourcePort?: number;
  /** Bytes to send once connected. Default 0. */
  send?: number;
  /** Bytes to wait for. Default 0. */
  expect?: number;
  /** Nanoseconds between connecting and sending, and between the answer and closing. Default 0.2 s. */
  step?: number;
  /** Nanoseconds after which it gives up connecting or waiting; 0 for never. */
  timeout?: number;
  congestionControl?: string;
}

/** What became of it; times in seconds. */
export type TcpClientResult =
  | { connect_s: number; received: number; text?: string }
  | { error: Errno | 'timeout'; after_s: number };

/** Byte i that it sends is i modulo 251. */
const PATTERN = new CountingPayload(251);
const STEP = 200e6;

/** Connects, waits, sends, waits for an answer of so many bytes, waits, closes; prints how it went. */
export class TcpClient extends Program {
  result: TcpClientResult | null = null;
  private readonly options: Required<TcpClientOptions>;
  private connection: TcpConnection | null = null;
  private phase: 'begin' | 'connecting' | 'connected' | 'waiting' | 'answered' = 'begin';
  private startedAt = 0;
  private connectTime = 0;
  private sent = 0;
  private readonly received: number[] = [];
  /** Of the phase: when it gives up, or when it goes on. */
  private deadline = Number.POSITIVE_INFINITY;

  constructor(namespace: NetworkNamespace, options: TcpClientOptions) {
    super(namespace);
    this.options = {
      sourcePort: 0,
      send: 0,
      expect: 0,
      step: STEP,
      timeout: 0,
      congestionControl: '',
      ...options,
    };
  }

  override interrupt(): void {
    this.fail('timeout');
  }

  protected override wake(): void {
    switch (this.phase) {
      case 'begin':
        this.open();
        break;
      case 'connecting':
        this.whileConnecting();
        break;
      case 'connected':
        if (this.isOver()) this.beginSending();
        else this.keepWaiting();
        break;
      case 'waiting':
        this.whileWaiting();
        break;
      case 'answered':
        if (this.isOver()) this.end();
        else this.keepWaiting();
    }
  }

  private open(): void {
    const { sourcePort, to, port, timeout, congestionControl } = this.options;
    this.startedAt = this.simulation.now;
    const connection = TcpConnection.open(this.namespace, { port: sourcePort }, to, port, {
      congestionControl,
      owner: this.owner('client'),
    });
    if (typeof connection === 'string') {
      this.fail(connection);
      return;
    }
    this.connection = connection;
    connection.onChange = () => this.interrupted();
    this.phase = 'connecting';
    this.giveUpAfter(timeout);
  }

  private whileConnecting(): void {
    const connection = this.connection!;
    const error = connection.takeError();
    if (error !== null) this.fail(error);
    else if (connection.connected) {
      this.connectTime = this.simulation.now - this.startedAt;
      this.phase = 'connected';
      this.sleepFor(this.options.step);
    } else if (this.isOver()) this.fail('timeout');
    else this.keepWaiting();
  }

  private beginSending(): void {
    this.phase = 'waiting';
    this.giveUpAfter(this.options.timeout);
    this.whileWaiting();
  }

  private whileWaiting(): void {
    const connection = this.connection!;
    const { send, expect } = this.options;
    if (this.sent < send) {
      const taken = connection.send(send - this.sent, PATTERN, this.sent);
      if (typeof taken === 'string') {
        this.fail(taken);
        return;
      }
      this.sent += taken;
    }
    this.readAnswer(connection);
    const done = this.sent === send && (this.received.length >= expect || connection.atEnd);
    const error = done ? null : connection.takeError();
    if (error !== null) this.fail(error);
    else if (done) {
      this.phase = 'answered';
      this.sleepFor(this.options.step);
    } else if (this.isOver()) this.fail('timeout');
    else this.keepWaiting();
  }

  private readAnswer(connection: TcpConnection): void {
    const missing = this.options.expect - this.received.length;
    if (missing <= 0) return;
    const bytes = new Uint8Array(Math.min(missing, connection.receiveQueued));
    const length = connection.read(bytes.length, bytes);
    for (let i = 0; i < length; i++) this.received.push(bytes[i]);
  }

  private sleepFor(time: number): void {
    this.deadline = this.simulation.now + time;
    this.sleepUntil(this.deadline);
  }

  private giveUpAfter(timeout: number): void {
    this.deadline = timeout > 0 ? timerExpiry(this.simulation.now, timeout) : Number.POSITIVE_INFINITY;
    this.keepWaiting();
  }

  private isOver(): boolean {
    return this.simulation.now >= this.deadline;
  }

  private keepWaiting(): void {
    if (this.deadline !== Number.POSITIVE_INFINITY) this.sleepUntil(this.deadline);
  }

  private end(): void {
    this.connection?.close();
    const text = textOf(this.received);
    const connect = Math.round(this.connectTime / 1000) / 1e6;
    const received = this.received.length;
    this.result = { connect_s: connect, received, ...(text === undefined ? {} : { text }) };
    const tail = text === undefined ? '' : `, "text": ${JSON.stringify(text)}`;
    this.stdout += `{"connect_s": ${decimal(connect)}, "received": ${received}${tail}}\n`;
    this.finish(0);
  }

  private fail(error: Errno | 'timeout'): void {
    this.connection?.close();
    const after = Math.round((this.simulation.now - this.startedAt) / 1e6) / 1000;
    this.result = { error, after_s: after };
    this.stdout += `{"error": "${error}", "after_s": ${decimal(after)}}\n`;
    this.finish(1);
  }
}

/** The answer as text, if it is one. */
function textOf(bytes: readonly number[]): string | undefined {
  const printable = bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return printable ? String.fromCharCode(...bytes) : undefined;
}

/** With at least one place. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
