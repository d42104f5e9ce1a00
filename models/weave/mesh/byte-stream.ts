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
  /** Bytes that were asked for, come as far as `filled`. */
  private buffer: Uint8Array | null = null;
  private filled = 0;
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

  /** Exactly so many bytes; null when they have not all come yet: ask for as many again. */
  take(length: number): Uint8Array | null {
    this.buffer ??= new Uint8Array(length);
    // piece by piece: the receive buffer may be smaller
    this.filled += this.tcp.read(length - this.filled, this.buffer.subarray(this.filled));
    if (this.filled < length) return null;
    const { buffer } = this;
    this.buffer = null;
    this.filled = 0;
    return buffer;
  }

  /** What has come of the bytes that were asked for. */
  get incomplete(): Uint8Array {
    return this.buffer?.subarray(0, this.filled) ?? new Uint8Array();
  }

  /** Why no more bytes will come, as reading would say; null when more may. */
  get readError(): string | null {
    this.error ??= this.tcp.takeError();
    if (this.error !== null) return `${this.describe('read')}: read: ${goErrorText(this.error)}`;
    if (!this.tcp.receiveShutDown) return null;
    return this.filled === 0 ? 'EOF' : 'unexpected EOF';
  }

  get timeoutError(): string {
    return `${this.describe('read')}: i/o timeout`;
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
