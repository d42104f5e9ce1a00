import type { EventHandle } from '../../engine/event-queue.ts';
import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import type { Interface } from './interface.ts';
import { Timer } from './namespace-timer.ts';
import { newQdiscStatistics, type QdiscSpec, type QueueingDiscipline } from './qdisc.ts';

type TbfSpec = Extract<QdiscSpec, { kind: 'tbf' }>;

/**
 * Token bucket filter (Linux net/sched/sch_tbf.c). Tokens are nanoseconds of sending at the rate; at most a burst of
 * them is saved up. Packets wait in a queue bounded in bytes.
 */
export class TokenBucketFilter implements QueueingDiscipline {
  spec: TbfSpec;
  readonly statistics = newQdiscStatistics();
  private readonly iface: Interface;
  private readonly transmit: (iface: Interface, packet: Packet) => void;
  private readonly queue: Packet[] = [];
  private readonly timerTarget: number;
  private timer: EventHandle = 0;
  private timerSet = false;
  private cost: RateTable;
  /** Nanoseconds of sending that a burst takes. */
  private buffer: number;
  private tokens: number;
  /** When the tokens were last counted (`t_c`). */
  private counted: number;

  constructor(iface: Interface, spec: TbfSpec, transmit: (iface: Interface, packet: Packet) => void) {
    const { network } = iface.namespace;
    this.iface = iface;
    this.transmit = transmit;
    this.spec = spec;
    this.cost = new RateTable(spec.rate);
    this.buffer = this.cost.time(spec.burst);
    this.tokens = this.buffer;
    this.counted = network.simulation.now;
    this.timerTarget = network.timerTargets.add(this);
  }

  /** Nanoseconds of the burst at the rate. */
  get burstTime(): number {
    return this.buffer;
  }

  enqueue(packet: Packet): void {
    const { statistics, spec } = this;
    const full = statistics.backlogBytes + packet.length > spec.limit;
    if (packet.length > spec.burst || full) {
      statistics.dropped++;
      this.iface.namespace.network.drop(packet, DropReason.queueFull, this.iface);
      return;
    }
    this.queue.push(packet);
    statistics.backlogBytes += packet.length;
    statistics.backlogPackets++;
    if (!this.timerSet || this.queue.length === 1) this.run();
    else statistics.overlimits++;
  }

  change(spec: QdiscSpec): void {
    this.spec = spec as TbfSpec;
    this.cost = new RateTable(this.spec.rate);
    this.buffer = this.cost.time(this.spec.burst);
    this.tokens = this.buffer;
    this.run();
  }

  reset(): void {
    const { network } = this.iface.namespace;
    if (this.timerSet) network.simulation.cancel(this.timer);
    this.timerSet = false;
    for (const packet of this.queue.splice(0)) network.drop(packet, DropReason.queueFull, this.iface);
    this.statistics.backlogBytes = 0;
    this.statistics.backlogPackets = 0;
    this.tokens = this.buffer;
    this.counted = network.simulation.now;
  }

  onTimer(): void {
    this.timerSet = false;
    this.run();
  }

  /** Sends what there are tokens for, then sleeps until there are enough for the next (Linux `tbf_dequeue`). */
  private run(): void {
    const { simulation } = this.iface.namespace.network;
    while (this.queue.length > 0) {
      const packet = this.queue[0];
      const { now } = simulation;
      const saved = Math.min(Math.min(now - this.counted, this.buffer) + this.tokens, this.buffer);
      const left = saved - this.cost.time(packet.length);
      if (left < 0) {
        this.statistics.overlimits++;
        this.wait(now - left);
        return;
      }
      this.queue.shift();
      this.counted = now;
      this.tokens = left;
      this.statistics.backlogBytes -= packet.length;
      this.statistics.backlogPackets--;
      this.statistics.sentBytes += packet.length;
      this.statistics.sentPackets++;
      this.transmit(this.iface, packet);
    }
  }

  private wait(until: number): void {
    const { namespace } = this.iface;
    const { simulation } = namespace.network;
    if (this.timerSet) simulation.cancel(this.timer);
    // a high-resolution timer (qdisc_watchdog), so not a matter of jiffies
    this.timer = simulation.schedule(namespace, until, Timer.target, this.timerTarget);
    this.timerSet = true;
  }
}

/** Time that bytes take at a rate, as the kernel computes it (`psched_ratecfg_precompute`, `psched_l2t_ns`). */
class RateTable {
  private readonly multiplier: number;
  private readonly divisor: number;

  /** @param rate bytes per second */
  constructor(rate: number) {
    let factor = 1_000_000_000n;
    let shift = 0;
    let multiplier = factor / BigInt(rate);
    while ((multiplier & (1n << 31n)) === 0n && (factor & (1n << 63n)) === 0n) {
      factor <<= 1n;
      shift++;
      multiplier = factor / BigInt(rate);
    }
    this.multiplier = Number(multiplier);
    this.divisor = 2 ** shift;
  }

  time(bytes: number): number {
    return Math.floor((bytes * this.multiplier) / this.divisor);
  }
}
