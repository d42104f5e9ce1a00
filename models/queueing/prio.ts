import { ControlError } from '../netns/control-error.ts';
import type { Packet } from '../packet.ts';
import { Discipline } from './discipline.ts';
import { Fifo } from './fifo.ts';
import { priorityOf } from './priority.ts';
import type { PrioSpec, QdiscSpec } from './qdisc-spec.ts';
import type { TransmitQueue } from './transmit-queue.ts';

const MAX_BANDS = 16;
/** Linux `txqueuelen`, which the queues of bands have as their limit. */
export const BAND_LIMIT = 1000;

/**
 * Strict priority (Linux net/sched/sch_prio.c): a band sends only while all before it are empty. Each band is a class
 * with a queue of 1000 packets, or with another discipline in its place.
 */
export class Prio extends Discipline {
  spec: PrioSpec;
  private readonly own: Fifo[] = [];
  private bands: Discipline[] = [];

  /** @throws ControlError EINVAL */
  constructor(queue: TransmitQueue, handle: number, spec: PrioSpec) {
    super(queue, handle);
    checkBands(spec);
    this.spec = spec;
    this.makeBands();
  }

  protected get queuedPackets(): number {
    let packets = 0;
    for (const band of this.bands) packets += band.backlogPackets;
    return packets;
  }

  protected get queuedBytes(): number {
    let bytes = 0;
    for (const band of this.bands) bytes += band.backlogBytes;
    return bytes;
  }

  override get classes(): number {
    return this.spec.bands;
  }

  override child(number: number): Discipline | null {
    const band = this.bands[number - 1];
    return band === this.own[number - 1] ? null : band;
  }

  override graft(number: number, child: Discipline | null): void {
    this.bands[number - 1].reset();
    this.bands[number - 1] = child ?? this.own[number - 1];
  }

  enqueue(packet: Packet): boolean {
    const band = this.bands[this.spec.priomap[priorityOf(packet, this.iface)]];
    if (!band.enqueue(packet)) return false;
    this.notePeak();
    return true;
  }

  protected dequeueNext(): Packet | null {
    for (const band of this.bands) {
      const packet = band.dequeue();
      if (packet === null) continue;
      this.countSent(packet);
      return packet;
    }
    return null;
  }

  /** Bands that are no more lose what waits in them. */
  change(spec: QdiscSpec): void {
    checkBands(spec as PrioSpec);
    this.spec = spec as PrioSpec;
    for (const band of this.bands.splice(this.spec.bands)) band.reset();
    this.makeBands();
  }

  protected resetQueues(): void {
    for (const band of this.bands) band.reset();
  }

  private makeBands(): void {
    for (let band = this.bands.length; band < this.spec.bands; band++) {
      if (band === this.own.length) {
        const fifo = new Fifo(this.queue, 0, { kind: 'pfifo', limit: BAND_LIMIT });
        fifo.parent = this;
        this.own.push(fifo);
      }
      this.bands.push(this.own[band]);
    }
  }
}

/**
 * What a physical interface has when nothing else is said (Linux `pfifo_fast_ops`): three bands of a kind, without
 * classes.
 */
export class PfifoFast extends Discipline {
  readonly spec = { kind: 'pfifo_fast' } as const;
  private readonly bands: Prio;

  constructor(queue: TransmitQueue, handle: number, priomap: readonly number[]) {
    super(queue, handle);
    this.bands = new Prio(queue, 0, { kind: 'prio', bands: 3, priomap });
    this.bands.parent = this;
  }

  protected get queuedPackets(): number {
    return this.bands.backlogPackets;
  }

  protected get queuedBytes(): number {
    return this.bands.backlogBytes;
  }

  override get mayBePassedBy(): boolean {
    return true;
  }

  enqueue(packet: Packet): boolean {
    if (!this.bands.enqueue(packet)) return false;
    this.notePeak();
    return true;
  }

  protected dequeueNext(): Packet | null {
    const packet = this.bands.dequeue();
    if (packet !== null) this.countSent(packet);
    return packet;
  }

  change(): void {}

  protected resetQueues(): void {
    this.bands.reset();
  }
}

function checkBands({ bands, priomap }: PrioSpec): void {
  const fits = priomap.length === 16 && priomap.every((band) => band >= 0 && band < bands);
  if (bands < 2 || bands > MAX_BANDS || !fits) throw new ControlError('EINVAL', 'Invalid argument');
}
