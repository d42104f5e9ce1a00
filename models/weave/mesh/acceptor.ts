import { ControlError } from '../../netns/control-error.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { WAKE_LATENCY } from '../../traffic/program.ts';
import type { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import { TcpListener } from '../../transport/tcp/tcp-listener.ts';
import type { Alarm, Alarms } from '../alarms.ts';
import { socketOptions } from './socket-options.ts';

/** So many connections are accepted at once, later one per interval (mesh `acceptMaxTokens`, `acceptTokenDelay`). */
const BURST = 20;
const INTERVAL = 50e6;

/** Takes connections from a listening socket, not too many at a time. */
export class Acceptor {
  private readonly listener: TcpListener;
  private readonly alarms: Alarms;
  private readonly accepted: (connection: TcpConnection) => void;
  private alarm: Alarm | null = null;
  /** When the earliest token that is left came to be (mesh `tokenBucket`). */
  private token: number;

  /** @throws ControlError when the port is taken */
  constructor(
    namespace: NetworkNamespace,
    port: number,
    owner: string,
    alarms: Alarms,
    accepted: (connection: TcpConnection) => void,
  ) {
    const listener = TcpListener.open(namespace, 0, port, undefined, socketOptions(owner));
    if (typeof listener === 'string') throw new ControlError(listener);
    this.listener = listener;
    this.alarms = alarms;
    this.accepted = accepted;
    this.token = this.oldestToken();
    listener.onChange = () => this.lookAfter(WAKE_LATENCY);
  }

  close(): void {
    this.listener.close();
  }

  private lookAfter(delay: number): void {
    this.alarm ??= this.alarms.after(delay, () => {
      this.alarm = null;
      this.accept();
    });
  }

  private accept(): void {
    const { now } = this.alarms;
    for (;;) {
      const wait = this.token - now;
      if (wait > 0) {
        if (this.listener.waitingCount > 0) this.lookAfter(wait);
        return;
      }
      const connection = this.listener.accept();
      if (connection === null) return;
      this.token = Math.max(this.token, this.oldestToken()) + INTERVAL;
      this.accepted(connection);
    }
  }

  /** Of a full bucket. */
  private oldestToken(): number {
    return Math.floor((this.alarms.now - BURST * INTERVAL) / INTERVAL) * INTERVAL;
  }
}
