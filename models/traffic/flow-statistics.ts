import {
  beginHistogram,
  LatencyHistogram,
  NUMBERS_PER_HISTOGRAM,
  recordValue,
} from '../../engine/statistics/latency-histogram.ts';
import { NumberStore } from '../../engine/statistics/number-store.ts';
import { DROP_REASON_COUNT, type DropReason, dropReasonName } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import type { Clock, FlowObserver } from './flow-observer.ts';

/** Places of a flow's figures in its store. */
const SENT_PACKETS = 0;
const SENT_BYTES = 1;
const RECEIVED_PACKETS = 2;
const RECEIVED_BYTES = 3;
const REFUSED = 4;
const REORDERED = 5;
const JITTER = 6;
const FIRST_RECEIVED = 7;
const LAST_RECEIVED = 8;
const LAST_TRANSIT = 9;
const LAST_SEQUENCE = 10;
const DUPLICATES = 11;
/** The histogram of latencies. */
const LATENCY = 12;

/** Packets that are one and the same. */
interface Twins {
  underway: number;
  received: boolean;
}

/** Numbers that the statistics of a flow take in their store, as long as it sees few latencies. */
export const FIGURES_PER_FLOW = LATENCY + NUMBERS_PER_HISTOGRAM;

/**
 * What is measured of one traffic flow: what was sent, what arrived and how late, what was lost and why. Packets
 * sent before `measureFrom` (the warm-up) are not counted.
 */
export class FlowStatistics implements FlowObserver {
  private readonly store: NumberStore;
  private readonly place: number;
  private readonly measureFrom: number;
  private losses: Float64Array | null = null;
  /** Packets of which there are several, by their sequence number. */
  private twins: Map<number, Twins> | null = null;
  private failures: Map<string, number> | null = null;

  /**
   * @param measureFrom simulated time in nanoseconds
   * @param store where its numbers are to live; the flows of a network share one
   */
  constructor(measureFrom = 0, store: NumberStore = new NumberStore()) {
    this.measureFrom = measureFrom;
    this.store = store;
    this.place = store.reserve(FIGURES_PER_FLOW);
    beginHistogram(store, this.place + LATENCY);
    store.values[this.place + FIRST_RECEIVED] = -1;
    store.values[this.place + LAST_RECEIVED] = -1;
    store.values[this.place + LAST_TRANSIT] = -1;
  }

  get latency(): LatencyHistogram {
    return new LatencyHistogram(this.store, this.place + LATENCY);
  }

  get sentPackets(): number {
    return this.store.values[this.place + SENT_PACKETS];
  }

  get sentBytes(): number {
    return this.store.values[this.place + SENT_BYTES];
  }

  get receivedPackets(): number {
    return this.store.values[this.place + RECEIVED_PACKETS];
  }

  get receivedBytes(): number {
    return this.store.values[this.place + RECEIVED_BYTES];
  }

  /** Packets that the sender's own stack refused to send: no route, too long. */
  get refused(): number {
    return this.store.values[this.place + REFUSED];
  }

  /** Datagrams that overtook an earlier one. */
  get reordered(): number {
    return this.store.values[this.place + REORDERED];
  }

  /** Packets that arrived once more, having been duplicated on the way. */
  get duplicates(): number {
    return this.store.values[this.place + DUPLICATES];
  }

  /** Smoothed difference of successive transit times, nanoseconds (RFC 3550, 6.4.1). */
  get jitter(): number {
    return this.store.values[this.place + JITTER];
  }

  /** Whether there were two packets to compare. */
  get hasJitter(): boolean {
    return this.receivedPackets > 1 && this.store.values[this.place + LAST_TRANSIT] >= 0;
  }

  /** When the first and the last packet arrived, nanoseconds; -1 while none has. */
  get firstReceived(): number {
    return this.store.values[this.place + FIRST_RECEIVED];
  }

  get lastReceived(): number {
    return this.store.values[this.place + LAST_RECEIVED];
  }

  /** @param bytes of payload */
  sent(clock: Clock, bytes: number): void {
    if (clock.now < this.measureFrom) return;
    const { values } = this.store;
    values[this.place + SENT_PACKETS]++;
    values[this.place + SENT_BYTES] += bytes;
  }

  /** What was counted as sent could not be. */
  refusedAt(clock: Clock): void {
    if (clock.now >= this.measureFrom) this.store.values[this.place + REFUSED]++;
  }

  received(packet: Packet, clock: Clock): void {
    if (packet.sentAt < this.measureFrom) return;
    if (packet.twin && !this.isFirstOfTwins(packet)) {
      this.store.values[this.place + DUPLICATES]++;
      return;
    }
    const now = clock.now;
    const transit = now - packet.sentAt;
    recordValue(this.store, this.place + LATENCY, transit);
    const { place } = this;
    const { values } = this.store;
    values[place + RECEIVED_PACKETS]++;
    values[place + RECEIVED_BYTES] += packet.payloadLength;
    const last = values[place + LAST_TRANSIT];
    if (last >= 0) values[place + JITTER] += (Math.abs(transit - last) - values[place + JITTER]) / 16;
    values[place + LAST_TRANSIT] = transit;
    if (values[place + FIRST_RECEIVED] < 0) values[place + FIRST_RECEIVED] = now;
    values[place + LAST_RECEIVED] = now;
    // segments of both ends are numbered together
    if (packet.tcp !== null) return;
    if (packet.flowSequence < values[place + LAST_SEQUENCE]) values[place + REORDERED]++;
    else values[place + LAST_SEQUENCE] = packet.flowSequence;
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
    recordValue(this.store, this.place + LATENCY, now - sentAt);
    const { values } = this.store;
    values[this.place + RECEIVED_PACKETS]++;
    values[this.place + RECEIVED_BYTES] += bytes;
    if (values[this.place + FIRST_RECEIVED] < 0) values[this.place + FIRST_RECEIVED] = now;
    values[this.place + LAST_RECEIVED] = now;
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
