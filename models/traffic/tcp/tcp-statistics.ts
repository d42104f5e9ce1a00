import { LatencyHistogram } from '../../../engine/statistics/latency-histogram.ts';
import type { NumberStore } from '../../../engine/statistics/number-store.ts';
import { type DropReason, dropReasonName } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import type { TcpObserver } from '../../transport/tcp/tcp-observer.ts';
import type { Clock, FlowObserver } from '../flow-observer.ts';
import type { FlowStatistics } from '../flow-statistics.ts';

/**
 * What `FlowStatistics` counts as sent, received and lost: segments with data, or what the application calls one
 * (and datagrams, where there are any).
 */
export type CountedUnit = 'segment' | 'message';

/**
 * What is measured of the connections of one sender and one receiver, both ends of them: segments and round trips, and
 * bytes that applications have read. `flow` has the figures that all kinds of traffic share.
 */
export class TcpStatistics implements FlowObserver, TcpObserver {
  readonly flow: FlowStatistics;
  /** TCP's own measurements, nanoseconds. */
  readonly roundTrip: LatencyHistogram;
  /** From the beginning of a transfer, or of a round of many, to its last byte, nanoseconds. */
  readonly completion: LatencyHistogram;
  /** What is read later does not count, nanoseconds: a transfer that was cut off empties its buffers for long. */
  countUntil = Number.POSITIVE_INFINITY;
  /** Whether all that was to be transferred has been. */
  isComplete = false;
  connections = 0;
  retransmits = 0;
  segmentsSent = 0;
  segmentsLost = 0;
  /** Bytes that applications have read at either end: each once, in order. */
  readBytes = 0;
  /** When they last read, nanoseconds; -1 while they have not (or only before the measuring began). */
  lastRead = -1;
  /** Called with the number of a message that a server has read to its end. */
  onMessageRead: ((number: number) => void) | null = null;
  private readonly clock: Clock;
  private readonly unit: CountedUnit;
  private readonly measureFrom: number;
  /** Connections that came to nothing, by reason. */
  readonly failures = new Map<string, number>();
  /** Number of the last segment that either end has sent. */
  private lastSequence = 0;
  private readonly lostFor = new Map<DropReason, number>();

  /**
   * @param measureFrom simulated time in nanoseconds
   * @param store where its numbers are to live
   */
  constructor(
    flow: FlowStatistics,
    unit: CountedUnit,
    clock: Clock,
    measureFrom: number,
    store: NumberStore,
  ) {
    this.flow = flow;
    this.unit = unit;
    this.clock = clock;
    this.measureFrom = measureFrom;
    this.roundTrip = new LatencyHistogram(store);
    this.completion = new LatencyHistogram(store);
  }

  segmentSent(packet: Packet): void {
    packet.flowSequence = ++this.lastSequence;
    if (!this.measures) return;
    this.segmentsSent++;
    if (this.countsAsUnit(packet)) this.flow.sent(this.clock, packet.payloadLength);
  }

  received(packet: Packet, clock: Clock): void {
    if (!this.countsAsUnit(packet)) return;
    this.flow.received(packet, clock);
    if (packet.tcp === null) this.read(packet.payloadLength);
  }

  duplicated(packet: Packet): void {
    if (this.countsAsUnit(packet)) this.flow.duplicated(packet);
  }

  lost(packet: Packet, reason: DropReason): void {
    if (this.countsAsUnit(packet)) this.flow.lost(packet, reason);
    if (packet.tcp === null || packet.sentAt < this.measureFrom) return;
    this.segmentsLost++;
    this.lostFor.set(reason, (this.lostFor.get(reason) ?? 0) + 1);
  }

  roundTripMeasured(sample: number): void {
    if (this.measures) this.roundTrip.record(sample * 1000);
  }

  retransmitted(segments: number): void {
    if (this.measures) this.retransmits += segments;
  }

  connected(): void {
    if (this.measures) this.connections++;
  }

  /** A connection came to nothing, or ended before its time. */
  connectionFailed(reason: string): void {
    if (this.measures) this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  /** An application has read so many bytes. */
  read(bytes: number): void {
    if (!this.measures || this.clock.now > this.countUntil) return;
    this.readBytes += bytes;
    this.lastRead = this.clock.now;
  }

  /** Something that began at `since` (nanoseconds) is complete. */
  completed(since: number): void {
    if (since >= this.measureFrom) this.completion.record(this.clock.now - since);
  }

  /** Lost segments by reason, those that happened. */
  segmentsLostByReason(): Record<string, number> {
    const byReason: Record<string, number> = {};
    for (const [reason, count] of this.lostFor) byReason[dropReasonName(reason)] = count;
    return byReason;
  }

  private get measures(): boolean {
    return this.clock.now >= this.measureFrom;
  }

  private countsAsUnit(packet: Packet): boolean {
    return packet.tcp === null || (this.unit === 'segment' && packet.payloadLength > 0);
  }
}
