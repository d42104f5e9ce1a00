import { LatencyHistogram, recordValue } from '../../engine/statistics/latency-histogram.ts';
import { NumberStore } from '../../engine/statistics/number-store.ts';
import { DROP_REASON_COUNT, type DropReason, dropReasonName } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { beginFigures, countReceived, countSent, FlowFigure } from './flow-figures.ts';
import type { Clock, FlowObserver } from './flow-observer.ts';
import { ELSEWHERE } from './flow-table.ts';

/** Packets that are one and the same. */
interface Twins {
  underway: number;
  received: boolean;
}

/**
 * What is measured of one traffic flow: what was sent, what arrived and how late, what was lost and why. Packets
 * sent before `measureFrom` (the warm-up) are not counted.
 */
export class FlowStatistics implements FlowObserver {
  private readonly store: NumberStore;
  private readonly place: number;
  private losses: Float64Array | null = null;
  /** Packets of which there are several, by their sequence number. */
  private twins: Map<number, Twins> | null = null;
  private failures: Map<string, number> | null = null;

  /**
   * @param measureFrom simulated time in nanoseconds
   * @param store where its numbers are to live; the flows of a network share one
   */
  constructor(measureFrom = 0, store: NumberStore = new NumberStore()) {
    this.store = store;
    this.place = beginFigures(store, measureFrom);
  }

  /** Where its figures are in a store; `ELSEWHERE` when they are in another. */
  placeIn(store: NumberStore): number {
    return store === this.store ? this.place : ELSEWHERE;
  }

  private get measureFrom(): number {
    return this.store.values[this.place + FlowFigure.measureFrom];
  }

  get latency(): LatencyHistogram {
    return new LatencyHistogram(this.store, this.place + FlowFigure.latency);
  }

  get sentPackets(): number {
    return this.store.values[this.place + FlowFigure.sentPackets];
  }

  get sentBytes(): number {
    return this.store.values[this.place + FlowFigure.sentBytes];
  }

  get receivedPackets(): number {
    return this.store.values[this.place + FlowFigure.receivedPackets];
  }

  get receivedBytes(): number {
    return this.store.values[this.place + FlowFigure.receivedBytes];
  }

  /** Packets that the sender's own stack refused to send: no route, too long. */
  get refused(): number {
    return this.store.values[this.place + FlowFigure.refused];
  }

  /** Datagrams that overtook an earlier one. */
  get reordered(): number {
    return this.store.values[this.place + FlowFigure.reordered];
  }

  /** Packets that arrived once more, having been duplicated on the way. */
  get duplicates(): number {
    return this.store.values[this.place + FlowFigure.duplicates];
  }

  /** Smoothed difference of successive transit times, nanoseconds (RFC 3550, 6.4.1). */
  get jitter(): number {
    return this.store.values[this.place + FlowFigure.jitter];
  }

  /** Whether there were two packets to compare. */
  get hasJitter(): boolean {
    return this.receivedPackets > 1 && this.store.values[this.place + FlowFigure.lastTransit] >= 0;
  }

  /** When the first and the last packet arrived, nanoseconds; -1 while none has. */
  get firstReceived(): number {
    return this.store.values[this.place + FlowFigure.firstReceived];
  }

  get lastReceived(): number {
    return this.store.values[this.place + FlowFigure.lastReceived];
  }

  /** @param bytes of payload */
  sent(clock: Clock, bytes: number): void {
    countSent(this.store, this.place, clock, bytes);
  }

  /** What was counted as sent could not be. */
  refusedAt(clock: Clock): void {
    if (clock.now >= this.measureFrom) this.store.values[this.place + FlowFigure.refused]++;
  }

  received(packet: Packet, clock: Clock): void {
    if (packet.twin && packet.sentAt >= this.measureFrom && !this.isFirstOfTwins(packet)) {
      this.store.values[this.place + FlowFigure.duplicates]++;
      return;
    }
    countReceived(this.store, this.place, packet, clock);
  }

  duplicated({ flowSequence, sentAt }: Packet): void {
    if (sentAt < this.measureFrom) return;
    this.twins ??= new Map();
    const twins = this.twins.get(flowSequence);
    if (twins === undefined) this.twins.set(flowSequence, { underway: 2, received: false });
    else twins.underway++;
  }

  /** An answer of so many bytes to what was sent at `sentAt` is whole: the round trip counts, as a request's. */
  answered(sentAt: number, bytes: number, clock: Clock): void {
    if (sentAt < this.measureFrom) return;
    const { now } = clock;
    recordValue(this.store, this.place + FlowFigure.latency, now - sentAt);
    const { values } = this.store;
    values[this.place + FlowFigure.receivedPackets]++;
    values[this.place + FlowFigure.receivedBytes] += bytes;
    if (values[this.place + FlowFigure.firstReceived] < 0)
      values[this.place + FlowFigure.firstReceived] = now;
    values[this.place + FlowFigure.lastReceived] = now;
  }

  /** What was sent at `sentAt` has come to nothing, for a reason that is not a packet's. */
  failed(sentAt: number, reason: string): void {
    if (sentAt < this.measureFrom) return;
    this.failures ??= new Map();
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  lost(packet: Packet, reason: DropReason): void {
    if (packet.sentAt < this.measureFrom) return;
    if (packet.twin && !this.isLastOfTwins(packet)) return;
    this.losses ??= new Float64Array(DROP_REASON_COUNT);
    this.losses[reason]++;
  }

  private isFirstOfTwins({ flowSequence }: Packet): boolean {
    const twins = this.twins!.get(flowSequence)!;
    const isFirst = !twins.received;
    twins.received = true;
    this.endTwin(flowSequence, twins);
    return isFirst;
  }

  /** Whether the packet is lost for good: none of its twins has arrived, nor may one still. */
  private isLastOfTwins({ flowSequence }: Packet): boolean {
    const twins = this.twins!.get(flowSequence)!;
    this.endTwin(flowSequence, twins);
    return twins.underway === 0 && !twins.received;
  }

  private endTwin(sequence: number, twins: Twins): void {
    if (--twins.underway === 0) this.twins!.delete(sequence);
  }

  get lostPackets(): number {
    let sum = this.losses === null ? 0 : this.losses.reduce((total, count) => total + count, 0);
    for (const count of this.failures?.values() ?? []) sum += count;
    return sum;
  }

  /** Losses by reason, those that happened. */
  lossesByReason(): Record<string, number> {
    const byReason: Record<string, number> = {};
    this.losses?.forEach((count, reason) => {
      if (count > 0) byReason[dropReasonName(reason as DropReason)] = count;
    });
    for (const [reason, count] of this.failures ?? []) byReason[reason] = count;
    return byReason;
  }
}
