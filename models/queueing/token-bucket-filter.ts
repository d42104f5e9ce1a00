import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { Fifo } from './fifo.ts';
import { OneChildDiscipline } from './one-child.ts';
import type { QdiscSpec, TbfSpec } from './qdisc-spec.ts';
import { RateTable } from './rate-table.ts';
import type { TransmitQueue } from './transmit-queue.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Token bucket filter (Linux net/sched/sch_tbf.c). Tokens are nanoseconds of sending at the rate; at most a burst of
 * them is saved up. Packets wait in the child: a queue bounded in bytes, unless another one is put there.
 */
export class TokenBucketFilter extends OneChildDiscipline {
  spec: TbfSpec;
  private readonly watchdog: Watchdog;
  private cost: RateTable;
  /** Nanoseconds of sending that a burst takes. */
  private buffer: number;
  private tokens: number;
  /** When the tokens were last counted (`t_c`). */
  private counted: number;
  /** Bytes of a burst that its first packet has paid for, and that are still to follow. */
  private paid = 0;

  constructor(queue: TransmitQueue, handle: number, spec: TbfSpec) {
    super(queue, handle, spec.limit);
    this.spec = spec;
    this.cost = new RateTable(spec.rate);
    this.buffer = this.cost.time(spec.burst);
    this.tokens = this.buffer;
    this.counted = this.iface.namespace.network.simulation.now;
    this.watchdog = new Watchdog(this.iface.namespace, () => queue.run());
  }

  /** Nanoseconds of the burst at the rate. */
  get burstTime(): number {
    return this.buffer;
  }

  enqueue(packet: Packet): boolean {
    if (packet.length > this.spec.burst) {
      this.drop(packet, DropReason.queueFull);
      return false;
    }
    if (!this.inner.enqueue(packet)) return false;
    this.notePeak();
    return true;
  }

  /** Gives what there are tokens for, or sleeps until there are enough (Linux `tbf_dequeue`). */
  protected dequeueNext(): Packet | null {
    const packet = this.inner.peek();
    if (packet === null) return null;
    const { now } = this.iface.namespace.network.simulation;
    const saved = Math.min(Math.min(now - this.counted, this.buffer) + this.tokens, this.buffer);
    const left = saved - this.cost.time(this.bytesToPay(packet));
    if (left < 0) {
      this.statistics.overlimits++;
      this.watchdog.set(now - left);
      return null;
    }
    this.inner.dequeue();
    this.notePaid(packet);
    this.counted = now;
    this.tokens = left;
    this.countSent(packet);
    return packet;
  }

  /** A burst of this host leaves as one packet if there are ever tokens for that (Linux `tbf_segment`). */
  private bytesToPay(packet: Packet): number {
    if (!this.isOfBurst(packet)) return packet.length;
    if (packet.burst > 0) return packet.burst;
    return this.paid >= packet.length ? 0 : packet.length;
  }

  private notePaid(packet: Packet): void {
    if (!this.isOfBurst(packet)) this.paid = 0;
    else if (packet.burst > 0) this.paid = packet.burst - packet.length;
    else this.paid = Math.max(0, this.paid - packet.length);
  }

  private isOfBurst({ burst, ingress }: Packet): boolean {
    return burst !== 0 && ingress === null && Math.abs(burst) <= this.spec.burst;
  }

  change(spec: QdiscSpec): void {
    this.spec = spec as TbfSpec;
    this.cost = new RateTable(this.spec.rate);
    this.buffer = this.cost.time(this.spec.burst);
    this.tokens = this.buffer;
    // Linux fifo_set_limit
    if (this.inner instanceof Fifo) this.inner.change({ ...this.inner.spec, limit: this.spec.limit });
  }

  protected resetQueues(): void {
    this.watchdog.cancel();
    this.inner.reset();
    this.tokens = this.buffer;
    this.counted = this.iface.namespace.network.simulation.now;
  }
}
