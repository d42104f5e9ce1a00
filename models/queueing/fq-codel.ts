import { DropReason } from '../drop-reason.ts';
import { ControlError } from '../netns/control-error.ts';
import { truesize } from '../netns/interface/truesize.ts';
import { flowHash } from '../netns/routing/flow-hash.ts';
import type { Packet } from '../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { Codel, type CodelParameters, CodelStatistics, codelNanoseconds, codelTime } from './codel.ts';
import { Discipline } from './discipline.ts';
import { FqCodelFlow } from './fq-codel-flow.ts';
import type { FqCodelSpec, QdiscSpec } from './qdisc-spec.ts';
import type { TransmitQueue } from './transmit-queue.ts';

const MAX_FLOWS = 65536;
const LEAST_QUANTUM = 256;
const DEFAULTS = {
  limit: 10240,
  flows: 1024,
  target: 5_000_000,
  interval: 100_000_000,
  ecn: true,
  memoryLimit: 32 * 1024 * 1024,
  dropBatch: 64,
};

/** `tc -s qdisc` of fq_codel, beside what CoDel counts. */
export class FqCodelStatistics extends CodelStatistics {
  dropOverLimit = 0;
  dropOverMemory = 0;
  newFlows = 0;
  memory = 0;
}

/**
 * Fair queueing with controlled delay (RFC 8290; Linux net/sched/sch_fq_codel.c): flows, told apart by a hash, take
 * turns of a quantum of bytes, those that have just begun first, and a CoDel watches over the delay of each.
 */
export class FqCodel extends Discipline {
  readonly codel = new FqCodelStatistics();
  private settings: Required<Omit<FqCodelSpec, 'ceThreshold'>> & { ceThreshold?: number };
  private parameters: CodelParameters;
  /** By the hash of the flow; made when a packet first comes to one. */
  private readonly flows: (FqCodelFlow | undefined)[] = [];
  private fresh: FqCodelFlow[] = [];
  private old: FqCodelFlow[] = [];
  private packets = 0;
  private bytes = 0;

  /** @throws ControlError EINVAL */
  constructor(queue: TransmitQueue, handle: number, spec: FqCodelSpec) {
    super(queue, handle);
    this.settings = { ...DEFAULTS, kind: 'fq_codel', quantum: this.longestFrame };
    checkFlows(spec.flows);
    this.settings = this.merged(spec);
    this.parameters = this.codelParameters();
  }

  /** With the times as the kernel keeps them. */
  get spec(): FqCodelSpec {
    const { target, interval, ceThreshold } = this.parameters;
    return {
      ...this.settings,
      target: codelNanoseconds(target),
      interval: codelNanoseconds(interval),
      ...(ceThreshold !== Number.POSITIVE_INFINITY && { ceThreshold: codelNanoseconds(ceThreshold) }),
    };
  }

  get freshFlows(): number {
    return this.fresh.length;
  }

  get oldFlows(): number {
    return this.old.length;
  }

  override get mayBePassedBy(): boolean {
    return this.settings.limit >= 1;
  }

  protected get queuedPackets(): number {
    return this.packets;
  }

  protected get queuedBytes(): number {
    return this.bytes;
  }

  enqueue(packet: Packet): boolean {
    const flow = this.flowOf(packet);
    flow.add(packet, codelTime(this.iface.namespace.network.simulation.now));
    this.packets++;
    this.bytes += packet.length;
    this.codel.memory += truesize(packet);
    if (!flow.listed) {
      flow.listed = true;
      flow.deficit = this.settings.quantum;
      this.fresh.push(flow);
      this.codel.newFlows++;
    }
    this.notePeak();
    const overMemory = this.codel.memory > this.settings.memoryLimit;
    if (this.packets <= this.settings.limit && !overMemory) return true;
    const { flow: fattest, dropped } = this.dropFromFattest();
    this.codel.dropOverLimit += dropped;
    if (overMemory) this.codel.dropOverMemory += dropped;
    return fattest !== flow;
  }

  protected dequeueNext(): Packet | null {
    const now = codelTime(this.iface.namespace.network.simulation.now);
    for (;;) {
      const list = this.fresh.length > 0 ? this.fresh : this.old;
      if (list.length === 0) return null;
      const flow = list[0];
      if (flow.deficit <= 0) {
        flow.deficit += this.settings.quantum;
        list.shift();
        this.old.push(flow);
        continue;
      }
      const packet = flow.codel.dequeue(flow, now, this.parameters, this.codel);
      if (packet === null) {
        this.emptied(flow, list);
        continue;
      }
      this.countSent(packet);
      flow.deficit -= packet.length;
      return packet;
    }
  }

  /** @throws ControlError EINVAL */
  change(spec: QdiscSpec): void {
    const change = spec as FqCodelSpec;
    if (change.flows !== undefined) throw new ControlError('EINVAL', 'Invalid argument');
    this.settings = this.merged(change);
    this.parameters = this.codelParameters();
    while (this.packets > this.settings.limit || this.codel.memory > this.settings.memoryLimit) {
      this.drop(this.dequeueNext()!, DropReason.queueFull);
    }
  }

  protected resetQueues(): void {
    for (const flow of this.flows) {
      if (flow === undefined) continue;
      for (let packet = flow.takeHead(); packet !== null; packet = flow.takeHead()) {
        this.drop(packet, DropReason.interfaceDown);
      }
      flow.listed = false;
      flow.codel = new Codel();
    }
    this.fresh = [];
    this.old = [];
  }

  /** A packet has left the queue of its flow. */
  taken(packet: Packet): void {
    this.packets--;
    this.bytes -= packet.length;
    this.codel.memory -= truesize(packet);
  }

  /** CoDel gives a packet up. */
  dropLate(packet: Packet): void {
    this.drop(packet, DropReason.queueCongested);
  }

  private get longestFrame(): number {
    return this.iface.mtu + ETHERNET_HEADER_LENGTH;
  }

  private flowOf(packet: Packet): FqCodelFlow {
    // what is in a tunnel of the kernel keeps its hash outside
    const inner = packet.cargo === null ? (packet.inner ?? packet) : packet;
    const place = Math.floor((flowHash(inner) * this.settings.flows) / 2 ** 32);
    let flow = this.flows[place];
    if (flow === undefined) {
      flow = new FqCodelFlow(this);
      this.flows[place] = flow;
    }
    return flow;
  }

  /** It has nothing to send: one that is new waits a turn among the old ones, lest it starves them by coming anew. */
  private emptied(flow: FqCodelFlow, list: FqCodelFlow[]): void {
    list.shift();
    if (list === this.fresh && this.old.length > 0) this.old.push(flow);
    else flow.listed = false;
  }

  /** Drops half of the longest queue from its head, or a batch (Linux `fq_codel_drop`). */
  private dropFromFattest(): { flow: FqCodelFlow; dropped: number } {
    let fattest: FqCodelFlow | undefined;
    this.flows.forEach((flow) => {
      if (flow !== undefined && flow.bytes > (fattest?.bytes ?? 0)) fattest = flow;
    });
    const flow = fattest!;
    const enough = Math.floor(flow.bytes / 2);
    let dropped = 0;
    let bytes = 0;
    do {
      const packet = flow.takeHead()!;
      bytes += packet.length;
      dropped++;
      this.drop(packet, DropReason.queueFull);
    } while (dropped < this.settings.dropBatch && bytes < enough);
    flow.codel.count += dropped;
    return { flow, dropped };
  }

  private merged(change: FqCodelSpec): FqCodel['settings'] {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const settings: FqCodel['settings'] = { ...this.settings, ...Object.fromEntries(given) };
    settings.quantum = Math.max(LEAST_QUANTUM, settings.quantum);
    settings.dropBatch = Math.max(1, settings.dropBatch);
    return settings;
  }

  private codelParameters(): CodelParameters {
    const { target, interval, ecn, ceThreshold } = this.settings;
    return {
      target: codelTime(target),
      interval: codelTime(interval),
      ecn,
      ceThreshold: ceThreshold === undefined ? Number.POSITIVE_INFINITY : codelTime(ceThreshold),
      mtu: this.longestFrame,
    };
  }
}

function checkFlows(flows: number | undefined): void {
  if (flows !== undefined && (flows < 1 || flows > MAX_FLOWS)) {
    throw new ControlError('EINVAL', 'Invalid argument');
  }
}
