import { DropReason } from '../drop-reason.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';
import type { QdiscSpec } from './qdisc-spec.ts';
import type { TransmitQueue } from './transmit-queue.ts';

/** What every queueing discipline counts (`tc -s qdisc`). */
export class QdiscStatistics {
  sentBytes = 0;
  sentPackets = 0;
  dropped = 0;
  /** Times a packet had to wait for its turn, or was marked. */
  overlimits = 0;
  /** Times a packet was put back at the head of a queue. */
  requeues = 0;
  /** Most packets that waited at once. */
  peakPackets = 0;
}

/**
 * What decides when, in which order, and whether packets leave an interface (Linux `struct Qdisc`). The root of an
 * interface's tree gets every packet that the interface is to send; what may leave is asked for by `TransmitQueue`,
 * or by the discipline above.
 */
export abstract class Discipline {
  readonly queue: TransmitQueue;
  readonly iface: Interface;
  /** Major number. */
  readonly handle: number;
  readonly statistics = new QdiscStatistics();
  /** The discipline that this one is a child of, and its class there; null for the root. */
  parent: Discipline | null = null;
  parentClass = 0;
  /** Taken out of the queue to be looked at, and still to leave (Linux `qdisc_peek_dequeued`). */
  private peeked: Packet | null = null;

  constructor(queue: TransmitQueue, handle: number) {
    this.queue = queue;
    this.iface = queue.iface;
    this.handle = handle;
  }

  /** As it is shown. */
  abstract readonly spec: QdiscSpec;
  /** What is in its queues and further down, but for a packet that was looked at. */
  protected abstract readonly queuedPackets: number;
  protected abstract readonly queuedBytes: number;

  /**
   * Takes a packet in, or drops it.
   * @returns false when it was dropped, which a discipline above may count
   */
  abstract enqueue(packet: Packet): boolean;

  /** The next packet that may leave now; null when there is none. */
  protected abstract dequeueNext(): Packet | null;

  /** Other parameters for the same kind; what waits stays. @throws ControlError EINVAL */
  abstract change(spec: QdiscSpec): void;

  /** Drops what is in its queues and further down, and forgets what it has measured. */
  protected abstract resetQueues(): void;

  get backlogPackets(): number {
    return this.queuedPackets + (this.peeked === null ? 0 : 1);
  }

  get backlogBytes(): number {
    return this.queuedBytes + (this.peeked === null ? 0 : this.peeked.length);
  }

  /** The next packet that may leave now; null when there is none. */
  dequeue(): Packet | null {
    const { peeked } = this;
    this.peeked = null;
    return peeked ?? this.dequeueNext();
  }

  /** The packet that `dequeue` is going to give. */
  peek(): Packet | null {
    this.peeked ??= this.dequeueNext();
    return this.peeked;
  }

  /** Drops what waits: the interface goes down, or another discipline takes over. */
  reset(): void {
    if (this.peeked !== null) this.drop(this.peeked, DropReason.interfaceDown);
    this.peeked = null;
    this.resetQueues();
  }

  /** An empty one may be passed by (Linux TCQ_F_CAN_BYPASS). */
  get mayBePassedBy(): boolean {
    return false;
  }

  /** Numbers of its classes, from 1. */
  get classes(): number {
    return 0;
  }

  /** The discipline of a class; null where it has none of its own. */
  child(_number: number): Discipline | null {
    return null;
  }

  /** Puts a discipline into a class, or takes the one there out. */
  graft(_number: number, _child: Discipline | null): void {
    throw new Error('assertion failed: a discipline without classes');
  }

  /** A packet leaves it. */
  countSent(packet: Packet): void {
    this.statistics.sentBytes += packet.length;
    this.statistics.sentPackets++;
  }

  /** Drops a packet: all above count it too (Linux `qdisc_tree_reduce_backlog`). */
  protected drop(packet: Packet, reason: DropReason): void {
    let discipline: Discipline | null = this;
    while (discipline !== null) {
      discipline.statistics.dropped++;
      discipline = discipline.parent;
    }
    this.iface.namespace.network.drop(packet, reason, this.iface);
  }

  protected notePeak(): void {
    const { statistics, backlogPackets } = this;
    if (backlogPackets > statistics.peakPackets) statistics.peakPackets = backlogPackets;
  }
}
