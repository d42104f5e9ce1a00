import type { Packet } from '../../packet.ts';
import { KernelTimer } from './kernel-timer.ts';
import { continueSending } from './retransmit.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { TcpSegment } from './tcp-segment.ts';
import { TRANSMISSION_OVERHEAD, type Transmission } from './transmission.ts';

/** Linux `tcp_limit_output_bytes`. */
const LIMIT_MAX = 4_194_304;
/** A millisecond of sending may be queued (sk_pacing_shift). */
const PER_SECOND = 1024;
const RING_START = 16;
const NO_TIMES = new Float64Array(0);
const NO_CHARGES = new Int32Array(0);

/**
 * TCP small queues: what a connection has in the queues of its own host, which is kept small (Linux `sk_wmem_alloc`,
 * `tcp_small_queue_check`). A packet counts until it has left the host's last interface, another host has it (IP input
 * across a veth pair) or it is lost.
 */
export class SmallQueue {
  private queued = 0;
  private readonly connection: TcpConnection;
  /** The connection wanted to send more: it is to go on when something has left. */
  private throttled = false;
  private readonly timer: KernelTimer;

  // packets that take the wire: when each has left, in order, and what it counts
  private times = NO_TIMES;
  private charges = NO_CHARGES;
  private items: (Transmission | null)[] = [];
  private head = 0;
  private count = 0;

  constructor(connection: TcpConnection) {
    this.connection = connection;
    this.timer = new KernelTimer(connection.namespace, () => this.goOn());
  }

  /** Bytes of memory queued now. */
  get bytes(): number {
    this.noteLeft();
    return this.queued;
  }

  /** A packet of `item` sets out. */
  packetSent(item: Transmission, packet: Packet): void {
    item.smallQueue = this;
    item.inHost++;
    packet.sender = item;
    this.queued += chargeOf(packet);
  }

  /** A packet has left the host, one way or another. */
  packetLeft(packet: Packet): void {
    this.queued -= chargeOf(packet);
    if (this.throttled) this.timer.setExact(this.connection.namespace.network.simulation.now);
  }

  /** A packet has been given the wire, which it will have left at `time`. */
  packetLeaves(item: Transmission, packet: Packet, time: number): void {
    packet.sender = null;
    if (this.count === this.times.length) this.grow();
    const place = (this.head + this.count) & (this.times.length - 1);
    this.times[place] = time;
    this.charges[place] = chargeOf(packet);
    this.items[place] = item;
    this.count++;
  }

  /**
   * Whether `item` has to wait until more has left.
   * @param factor doublings of the limit that it may use
   */
  holdsBack(item: Transmission, factor: number): boolean {
    const { connection } = this;
    const size = TRANSMISSION_OVERHEAD + ((item.end - item.sequence) | 0);
    const aMillisecond = connection.pacingRate / PER_SECOND;
    let limit = Math.max(2 * size, aMillisecond);
    if (!connection.isPaced) limit = Math.min(limit, LIMIT_MAX);
    if (this.bytes <= limit * 2 ** factor) return false;
    const { first, last } = connection.unacknowledged;
    if (first === last) return false;
    this.throttled = true;
    if (this.count > 0) this.timer.setExact(this.times[this.head]);
    return true;
  }

  /** Whether packets of `item` are still queued in this host: then it need not be sent again. */
  holds(item: Transmission): boolean {
    this.noteLeft();
    return item.inHost > 0;
  }

  destroy(): void {
    this.timer.destroy();
  }

  /** Something has left (Linux `tcp_tsq_handler`). */
  private goOn(): void {
    this.throttled = false;
    continueSending(this.connection);
  }

  private noteLeft(): void {
    const { now } = this.connection.namespace.network.simulation;
    while (this.count > 0 && this.times[this.head] <= now) {
      this.queued -= this.charges[this.head];
      this.items[this.head]!.inHost--;
      this.items[this.head] = null;
      this.head = (this.head + 1) & (this.times.length - 1);
      this.count--;
    }
  }

  private grow(): void {
    const { times, charges, items } = this;
    const size = times.length;
    const wanted = Math.max(RING_START, size * 2);
    this.times = new Float64Array(wanted);
    this.charges = new Int32Array(wanted);
    this.items = new Array(wanted).fill(null);
    for (let i = 0; i < size; i++) {
      const place = (this.head + i) & (size - 1);
      this.times[i] = times[place];
      this.charges[i] = charges[place];
      this.items[i] = items[place];
    }
    this.head = 0;
  }
}

/** What a packet is charged with: its memory (skb->truesize). */
function chargeOf(packet: Packet): number {
  // a tunnel's packet stands for what it carries
  while (packet.inner !== null) packet = packet.inner;
  return packet.tcp instanceof TcpSegment ? packet.tcp.truesize : packet.length;
}
