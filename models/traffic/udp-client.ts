import type { Errno } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { timerExpiry } from '../netns/time/jiffies.ts';
import type { Packet } from '../packet.ts';
import { CountingPayload } from '../payload.ts';
import { type PathMtuDiscovery, UdpSocket } from '../transport/udp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

export interface UdpClientOptions {
  to: Ipv4Address;
  port: number;
  /** 0: any free one. */
  sourcePort?: number;
  /** One datagram of each length, bytes. */
  sizes: number[];
  connected?: boolean;
  /** Nanoseconds to wait for each answer. Default 1 s. */
  wait?: number;
  /** Nanoseconds between an answer and the next datagram. Default 0. */
  interval?: number;
  pathMtuDiscovery?: PathMtuDiscovery;
}

/** What became of one datagram. */
export type UdpAnswer =
  | { len: number; reply_len: number; reply_equal: boolean }
  | { len: number; error: Errno | 'timeout' };

/** Byte i of a datagram is i modulo 251. */
const PATTERN = new CountingPayload(251);

/** Sends datagrams one after the other and waits for an answer to each. */
export class UdpClient extends Program {
  readonly answers: UdpAnswer[] = [];
  private readonly options: Required<Omit<UdpClientOptions, 'pathMtuDiscovery'>>;
  private readonly socket: UdpSocket;
  private phase: 'begin' | 'waiting' | 'pausing' = 'begin';
  private arrived: UdpAnswer | null = null;
  private deadline = 0;

  constructor(namespace: NetworkNamespace, options: UdpClientOptions) {
    super(namespace);
    this.options = {
      sourcePort: 0,
      connected: false,
      wait: 1e9,
      interval: 0,
      ...options,
    };
    this.socket = new UdpSocket(namespace);
    if (options.pathMtuDiscovery !== undefined) this.socket.pathMtuDiscovery = options.pathMtuDiscovery;
    this.socket.onReceive = (packet) => this.onReceive(packet);
    this.socket.onError = (errno) => this.settle({ len: this.currentSize, error: errno });
  }

  override interrupt(): void {
    this.end();
  }

  protected override wake(): void {
    const { sizes, interval } = this.options;
    if (this.phase === 'begin' && !this.open()) return;
    if (this.phase === 'waiting') {
      if (this.arrived === null && this.simulation.now < this.deadline) {
        this.sleepUntil(this.deadline);
        return;
      }
      this.record(this.arrived ?? { len: this.currentSize, error: 'timeout' });
      if (this.answers.length < sizes.length && interval > 0) {
        this.phase = 'pausing';
        this.sleepUntil(this.simulation.now + interval);
        return;
      }
    }
    if (this.answers.length === sizes.length) this.end();
    else this.send();
  }

  private get currentSize(): number {
    return this.options.sizes[this.answers.length];
  }

  private open(): boolean {
    const { sourcePort, connected, to, port } = this.options;
    const errno = this.socket.bind(0, sourcePort) ?? (connected ? this.socket.connect(to, port) : null);
    if (errno === null) return true;
    this.record({ len: this.currentSize, error: errno });
    this.end();
    return false;
  }

  private send(): void {
    this.arrived = null;
    this.phase = 'waiting';
    this.deadline = timerExpiry(this.simulation.now, this.options.wait);
    this.sleepUntil(this.deadline);
    const { to, port } = this.options;
    const errno = this.socket.sendTo(to, port, this.currentSize, PATTERN);
    if (errno !== null) this.settle({ len: this.currentSize, error: errno });
  }

  private onReceive(packet: Packet): void {
    const bytes = new Uint8Array(packet.payloadLength);
    packet.payload.writeTo(bytes, 0, 0, bytes.length);
    const equal = bytes.length === this.currentSize && bytes.every((byte, i) => byte === i % 251);
    this.settle({ len: this.currentSize, reply_len: bytes.length, reply_equal: equal });
  }

  private settle(answer: UdpAnswer): void {
    if (this.phase !== 'waiting' || this.arrived !== null) return;
    this.arrived = answer;
    this.interrupted();
  }

  private record(answer: UdpAnswer): void {
    this.answers.push(answer);
    const fields = Object.entries(answer).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
    this.stdout += `{${fields.join(', ')}}\n`;
  }

  private end(): void {
    this.socket.close();
    this.finish(0);
  }
}
