import { type Errno, errnoText } from '../../netns/control-error.ts';
import { BytesPayload, type Payload } from '../../payload.ts';
import { WAKE_LATENCY } from '../../traffic/program.ts';
import { JoinedPayload } from '../../transport/tcp/stream-data.ts';
import type { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import { formatIpv4 } from '../../wire/ipv4-address.ts';
import type { Alarm, Alarms } from '../alarms.ts';

/** Error texts of Go's system calls are strerror's in lower case. */
export function goErrorText(errno: Errno): string {
  return errnoText(errno).toLowerCase();
}

/** What has been received, as bytes. */
export function bytesOf(received: JoinedPayload): Uint8Array {
  const bytes = new Uint8Array(received.length);
  received.writeTo(bytes, 0, 0, bytes.length);
  return bytes;
}

/** A connected TCP socket as Go's `net.TCPConn` is to its users: whole writes, reads of so many bytes, errors in words. */
export class ByteStream {
  /** Called a moment after something has changed: bytes, room, the end. */
  onWake: (() => void) | null = null;
  private readonly tcp: TcpConnection;
  private readonly alarms: Alarms;
  private alarm: Alarm | null = null;
  /** Writes that wait for room, the first of them taken as far as `sent`. */
  private readonly unsent: { readonly payload: Payload; readonly length: number }[] = [];
  private sent = 0;
  /** What has come of the bytes that were asked for. */
  private coming = new JoinedPayload();
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

  write(bytes: Uint8Array): string | null {
    return this.writePayload(new BytesPayload(bytes), bytes.length);
  }

  /** Writes all of it, now or as there is room. @returns an error text, or null */
  writePayload(payload: Payload, length: number): string | null {
    this.unsent.push({ payload, length });
    return this.flush();
  }

  /** Exactly so many bytes; null when they have not all come yet: ask for as many again. */
  take(length: number): JoinedPayload | null {
    const { coming } = this;
    // piece by piece: the receive buffer may be smaller
    this.tcp.read(length - coming.length, coming);
    if (coming.length < length) return null;
    this.coming = new JoinedPayload();
    return coming;
  }

  /** What has come of the bytes that were asked for. */
  get incomplete(): Uint8Array {
    return bytesOf(this.coming);
  }

  /** Why no more bytes will come, as reading would say; null when more may. */
  get readError(): string | null {
    this.error ??= this.tcp.takeError();
    if (this.error !== null) return `${this.describe('read')}: read: ${goErrorText(this.error)}`;
    if (!this.tcp.receiveShutDown) return null;
    return this.coming.length === 0 ? 'EOF' : 'unexpected EOF';
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
      const { payload, length } = this.unsent[0];
      const left = length - this.sent;
      const taken = this.tcp.send(left, payload, this.sent);
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
