import type { RandomStream } from '../../engine/random.ts';
import { DropReason } from '../drop-reason.ts';
import { ControlError } from '../netns/control-error.ts';
import type { Packet } from '../packet.ts';
import { markCongestion } from './congestion-mark.ts';
import { Fifo } from './fifo.ts';
import { OneChildDiscipline } from './one-child.ts';
import type { QdiscSpec } from './qdisc-spec.ts';
import { RedMisfit, type RedParameters, type RedSpec, redParameters } from './red-spec.ts';
import type { TransmitQueue } from './transmit-queue.ts';

/** `tc -s qdisc` of red. */
export class RedStatistics {
  marked = 0;
  /** Dropped before the queue was full. */
  early = 0;
  /** Dropped because the queue was full. */
  full = 0;
}

const Action = { pass: 0, byChance: 1, always: 2 } as const;
type Action = (typeof Action)[keyof typeof Action];

/**
 * Random early detection (Floyd and Jacobson 1993; Linux net/sched/sch_red.c, include/net/red.h): the longer the queue
 * has been on average, the more packets are marked, or dropped where they cannot be.
 */
export class Red extends OneChildDiscipline {
  spec: { kind: 'red' } & RedSpec;
  readonly red = new RedStatistics();
  private readonly draws: RandomStream;
  private parameters: RedParameters;
  /** Bytes, times 2^Wlog (`qavg`). */
  private average = 0;
  /** Packets since the last mark, -1 below the threshold (`qcount`). */
  private sinceMark = -1;
  /** How far to the next mark, drawn at the last one (`qR`). */
  private distance = 0;
  /** Since when nothing has waited, nanoseconds; -1 while something does. */
  private idleSince = -1;

  /** @throws ControlError EINVAL */
  constructor(queue: TransmitQueue, handle: number, spec: { kind: 'red' } & RedSpec) {
    super(queue, handle, spec.limit);
    this.spec = spec;
    this.parameters = checkedParameters(spec);
    this.draws = this.iface.namespace.network.random.stream('red', `${this.iface.fullName} ${handle}`);
    this.idleSince = this.now;
  }

  enqueue(packet: Packet): boolean {
    this.average = this.nextAverage();
    this.idleSince = -1;
    const action = this.decide();
    if (action !== Action.pass && !this.admit(packet, action)) {
      this.red.early++;
      this.drop(packet, DropReason.queueCongested);
      return false;
    }
    if (!this.inner.enqueue(packet)) {
      this.red.full++;
      return false;
    }
    this.notePeak();
    return true;
  }

  protected dequeueNext(): Packet | null {
    const packet = this.inner.dequeue();
    if (packet !== null) this.countSent(packet);
    else if (this.idleSince < 0) this.idleSince = this.now;
    return packet;
  }

  change(spec: QdiscSpec): void {
    const red = spec as { kind: 'red' } & RedSpec;
    this.parameters = checkedParameters(red);
    this.spec = red;
    if (this.inner instanceof Fifo) this.inner.change({ ...this.inner.spec, limit: red.limit });
    this.average = 0;
    this.sinceMark = -1;
    this.idleSince = this.backlogPackets === 0 ? this.now : -1;
  }

  protected resetQueues(): void {
    this.inner.reset();
    this.average = 0;
    this.sinceMark = -1;
    this.idleSince = -1;
  }

  private get now(): number {
    return this.iface.namespace.network.simulation.now;
  }

  /** Whether a packet that is to be marked may come in all the same. */
  private admit(packet: Packet, action: Action): boolean {
    this.statistics.overlimits++;
    const { ecn, harddrop, nodrop } = this.spec;
    if (!ecn || (harddrop && action === Action.always)) return false;
    if (markCongestion(packet)) {
      this.red.marked++;
      return true;
    }
    return nodrop;
  }

  /** Linux `red_calc_qavg` */
  private nextAverage(): number {
    const { average } = this;
    const { wlog } = this.parameters;
    if (this.idleSince >= 0) return this.averageAfterIdling();
    return average + this.inner.backlogBytes - Math.floor(average / 2 ** wlog);
  }

  /** It falls as if empty packets had come all the time (Linux `red_calc_qavg_from_idle_time`). */
  private averageAfterIdling(): number {
    const { average } = this;
    const { cellLog, decay } = this.parameters;
    const idle = Math.min(Math.floor((this.now - this.idleSince) / 1000), 255 * 2 ** cellLog);
    const shift = decay[Math.floor(idle / 2 ** cellLog) & 255];
    if (shift > 0) return Math.floor(average / 2 ** shift);
    const fallen = Math.floor((average * idle) / 2 ** cellLog);
    return average - Math.min(fallen, Math.ceil(average / 2));
  }

  /** Linux `red_action` */
  private decide(): Action {
    const { min, max } = this.spec;
    const scale = 2 ** this.parameters.wlog;
    if (this.average < min * scale) {
      this.sinceMark = -1;
      return Action.pass;
    }
    if (this.average >= max * scale) {
      this.sinceMark = -1;
      return Action.always;
    }
    this.sinceMark++;
    if (this.sinceMark === 0) {
      this.distance = this.drawDistance();
      return Action.pass;
    }
    const above = Math.floor((this.average - min * scale) / scale);
    if (above * this.sinceMark < this.distance) return Action.pass;
    this.sinceMark = 0;
    this.distance = this.drawDistance();
    return Action.byChance;
  }

  /** Uniform up to (max - min) / probability. */
  private drawDistance(): number {
    const { probability, min, max } = this.spec;
    const perByte = Math.max(1, Math.floor(Math.min(probability * 2 ** 32, 2 ** 32 - 1) / (max - min)));
    return Math.floor((this.draws.int32() >>> 0) / perByte);
  }
}

function checkedParameters(spec: RedSpec): RedParameters {
  const parameters = redParameters(spec);
  if (parameters instanceof RedMisfit) throw new ControlError('EINVAL', parameters.message);
  return parameters;
}
