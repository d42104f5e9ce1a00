import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { Discipline } from './discipline.ts';
import { PacketQueue } from './packet-queue.ts';
import type { FifoSpec, QdiscSpec } from './qdisc-spec.ts';
import type { TransmitQueue } from './transmit-queue.ts';

/** First in, first out, up to a limit in packets or bytes (Linux net/sched/sch_fifo.c). */
export class Fifo extends Discipline {
  spec: FifoSpec;
  private readonly packets = new PacketQueue();

  constructor(queue: TransmitQueue, handle: number, spec: FifoSpec) {
    super(queue, handle);
    this.spec = spec;
  }

  protected get queuedPackets(): number {
    return this.packets.length;
  }

  protected get queuedBytes(): number {
    return this.packets.bytes;
  }

  override get mayBePassedBy(): boolean {
    return this.spec.limit >= (this.spec.kind === 'bfifo' ? this.iface.mtu : 1);
  }

  enqueue(packet: Packet): boolean {
    const { kind, limit } = this.spec;
    const { packets } = this;
    const fits = kind === 'bfifo' ? packets.bytes + packet.length <= limit : packets.length < limit;
    if (!fits && kind === 'pfifo_head_drop' && limit > 0) {
      this.drop(packets.shift()!, DropReason.queueFull);
    } else if (!fits) {
      this.drop(packet, DropReason.queueFull);
      return false;
    }
    packets.push(packet);
    this.notePeak();
    return true;
  }

  /** It stays in its place. */
  override peek(): Packet | null {
    return this.packets.peek();
  }

  protected dequeueNext(): Packet | null {
    const packet = this.packets.shift();
    if (packet !== null) this.countSent(packet);
    return packet;
  }

  change(spec: QdiscSpec): void {
    this.spec = spec as FifoSpec;
  }

  protected resetQueues(): void {
    for (let packet = this.packets.shift(); packet !== null; packet = this.packets.shift()) {
      this.drop(packet, DropReason.interfaceDown);
    }
  }
}
