import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { markCongestion } from './congestion-mark.ts';
import { Discipline } from './discipline.ts';
import { Impairments } from './impairments.ts';
import type { NetemSpec } from './netem-spec.ts';
import { PacketQueue } from './packet-queue.ts';
import type { QdiscSpec } from './qdisc-spec.ts';
import { TimeQueue } from './time-queue.ts';
import type { TransmitQueue } from './transmit-queue.ts';
import { Watchdog } from './watchdog.ts';

export const DEFAULT_NETEM_LIMIT = 1000;

/**
 * Emulates a network (Linux net/sched/sch_netem.c): delays, loses, duplicates, corrupts and reorders packets. They wait
 * by the time at which they may leave; a child, if there is one, gets them then.
 */
export class Netem extends Discipline {
  spec: { kind: 'netem' } & NetemSpec;
  private impairments: Impairments;
  private readonly waiting = new TimeQueue();
  /** Those that go before their turn. */
  private readonly overtaking = new PacketQueue();
  private inner: Discipline | null = null;
  private readonly watchdog: Watchdog;
  private isDuplicating = false;

  constructor(queue: TransmitQueue, handle: number, spec: { kind: 'netem' } & NetemSpec) {
    super(queue, handle);
    this.spec = spec;
    this.impairments = this.impairmentsOf(spec);
    this.watchdog = new Watchdog(this.iface.namespace, () => queue.run());
  }

  protected get queuedPackets(): number {
    return this.waiting.length + this.overtaking.length + (this.inner?.backlogPackets ?? 0);
  }

  protected get queuedBytes(): number {
    return this.waiting.bytes + this.overtaking.bytes + (this.inner?.backlogBytes ?? 0);
  }

  override get classes(): number {
    return 1;
  }

  override child(): Discipline | null {
    return this.inner;
  }

  override graft(_number: number, child: Discipline | null): void {
    this.inner?.reset();
    this.inner = child;
  }

  /** Linux `netem_enqueue`. Answers true also for a packet that is lost: that is no fault of a queue. */
  enqueue(packet: Packet): boolean {
    const { impairments } = this;
    const network = this.iface.namespace.network;
    let count = 1;
    if (!this.isDuplicating && impairments.duplicates()) count++;
    if (impairments.loses()) {
      this.statistics.dropped++;
      if (this.spec.ecn !== true || !markCongestion(packet)) count--;
    }
    if (count === 0) {
      network.drop(packet, DropReason.linkLoss, this.iface);
      return true;
    }
    const twin = count > 1 ? network.duplicate(packet) : null;
    impairments.mayCorrupt(packet);
    if (this.backlogPackets >= (this.spec.limit ?? DEFAULT_NETEM_LIMIT)) {
      this.drop(packet, DropReason.queueFull);
      if (twin !== null) this.drop(twin, DropReason.queueFull);
      return false;
    }
    if (twin !== null) this.reinsert(twin);
    this.admit(packet);
    this.notePeak();
    return true;
  }

  /** Linux `netem_dequeue` */
  protected dequeueNext(): Packet | null {
    const packet = this.overtaking.shift() ?? this.dequeueDue();
    if (packet !== null) this.countSent(packet);
    return packet;
  }

  change(spec: QdiscSpec): void {
    // what is not said stays off, but for the distribution
    const netem = spec as { kind: 'netem' } & NetemSpec;
    this.spec = { ...netem, distribution: netem.distribution ?? this.spec.distribution };
    this.impairments = this.impairmentsOf(this.spec);
  }

  protected resetQueues(): void {
    this.watchdog.cancel();
    for (const queue of [this.overtaking, this.waiting]) {
      for (let packet = queue.shift(); packet !== null; packet = queue.shift()) {
        this.drop(packet, DropReason.interfaceDown);
      }
    }
    this.inner?.reset();
  }

  /** The second one goes through the whole tree, as if it had just come. */
  private reinsert(twin: Packet): void {
    this.isDuplicating = true;
    this.queue.root.enqueue(twin);
    this.isDuplicating = false;
  }

  private admit(packet: Packet): void {
    if (this.impairments.overtakes()) {
      this.overtaking.unshift(packet);
      this.statistics.requeues++;
      return;
    }
    const { now } = this.iface.namespace.network.simulation;
    let delay = this.impairments.delay();
    let from = now;
    if (this.spec.rate !== undefined) {
      // it is sent after the last one, and that time is part of its delay
      const last = this.waiting.lastTime;
      if (last !== Number.NEGATIVE_INFINITY) {
        delay = Math.max(0, delay - (last - now));
        from = last;
      }
      delay += this.sendingTime(packet.length, this.spec.rate);
    }
    this.waiting.add(packet, from + delay);
  }

  private dequeueDue(): Packet | null {
    const { now } = this.iface.namespace.network.simulation;
    while (this.waiting.firstTime <= now) {
      const packet = this.waiting.shift()!;
      if (this.inner === null) return packet;
      this.inner.enqueue(packet);
    }
    const packet = this.inner?.dequeue() ?? null;
    if (packet === null && this.waiting.length > 0) this.watchdog.set(this.waiting.firstTime);
    return packet;
  }

  /** Linux `packet_time_ns`. @param rate bytes per second */
  private sendingTime(length: number, rate: number): number {
    const { packetOverhead = 0, cellSize = 0, cellOverhead = 0 } = this.spec;
    let bytes = length + packetOverhead;
    if (cellSize > 0) bytes = Math.ceil(bytes / cellSize) * (cellSize + cellOverhead);
    return Math.floor((bytes * 1e9) / rate);
  }

  private impairmentsOf(spec: NetemSpec): Impairments {
    const { network } = this.iface.namespace;
    return new Impairments(network, `${this.iface.fullName} ${this.handle}`, spec);
  }
}
