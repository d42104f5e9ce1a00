import { type Errno, errnoText } from '../../netns/control-error.ts';
import { BytesPayload } from '../../payload.ts';
import { WAKE_LATENCY } from '../../traffic/program.ts';
import type { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import { formatIpv4 } from '../../wire/ipv4-address.ts';
import type { Alarm, Alarms } from '../alarms.ts';

/** Error texts of Go's system calls are strerror's in lower case. */
export function goErrorText(errno: Errno): string {
  return errnoText(errno).toLowerCase();
}

/** A connected TCP socket as Go's `net.TCPConn` is to its users: whole writes, reads of so many bytes, errors in words. */
export class ByteStream {
  /** Called a moment after something has changed: bytes, room, the end. */
  onWake: (() => void) | null = null;
  private readonly tcp: TcpConnection;
  private readonly alarms: Alarms;
  private alarm: Alarm | null = null;
  /** Writes that wait for room, the first of them taken as far as `sent`. */
  private readonly unsent: Uint8Array[] = [];
  private sent = 0;
  private error: Errno | null = null;

  constructor(tcp: TcpConnection, alarms: Alarms) {
    this.tcp = tcp;
    this.alarms = alarms;
    tcp.onChange = () => this.wakeSoon();
  }

  /** A writer would have to wait. */
  get congested(): boolean {
    return this.unsent.length > 0;
  }

  /** Writes all of it, now or as there is room. @returns an error text, or null */
  write(bytes: Uint8Array): string | null {
    this.unsent.push(bytes);
    return this.flush();
  }

  /** Exactly so many bytes; null when they have not come yet. */
  take(length: number): Uint8Array | null {
    if (this.tcp.receiveQueued < length) return null;
    const bytes = new Uint8Array(length);
    this.tcp.read(length, bytes);
    return bytes;
  }

  /** Why no more bytes will come than those that are there, as reading would say; null when more may. */
  get readError(): string | null {
    this.error ??= this.tcp.takeError();
    if (this.error !== null) return `${this.describe('read')}: read: ${goErrorText(this.error)}`;
    if (!this.tcp.receiveShutDown) return null;
    return this.tcp.receiveQueued === 0 ? 'EOF' : 'unexpected EOF';
  }

  get timeoutError(): string {
    return `${this.describe('read')}: i/o timeout`;
  }

  get bytesWaiting(): number {
    return this.tcp.receiveQueued;
  }

  /** close(2) with SO_LINGER 0. */
  reset(): void {
    this.alarm?.cancel();
    this.onWake = null;
    this.tcp.abort();
  }

  private flush(): string | null {
    while (this.unsent.length > 0) {
      const bytes = this.unsent[0];
      const left = bytes.length - this.sent;
      const taken = this.tcp.send(left, new BytesPayload(bytes), this.sent);
      if (typeof taken === 'string') return this.failWriting(taken);
      this.sent += taken;
      if (taken < left) return null;
      this.unsent.shift();
      this.sent = 0;
    }
    return null;
  }

  private failWriting(errno: Errno): string {
    this.unsent.length = 0;
    this.error ??= errno;
    return `${this.describe('write')}: write: ${goErrorText(errno)}`;
  }

  private wakeSoon(): void {
    this.alarm ??= this.alarms.after(WAKE_LATENCY, () => {
      this.alarm = null;
      this.flush();
      this.onWake?.();
    });
  }

  private describe(operation: string): string {
    const { localAddress, localPort, remoteAddress, remotePort } = this.tcp;
    const [from, to] = [formatIpv4(localAddress), formatIpv4(remoteAddress)];
    return `${operation} tcp ${from}:${localPort}->${to}:${remotePort}`;
  }
}
