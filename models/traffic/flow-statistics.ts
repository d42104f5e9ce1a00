import { LatencyHistogram } from '../../engine/statistics/latency-histogram.ts';
import { DROP_REASON_COUNT, type DropReason, dropReasonName } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import type { FlowObserver } from './flow-observer.ts';

/**
 * What is measured of one traffic flow: what was sent, what arrived and how late, what was lost and why. Packets
 * sent before `measureFrom` (the warm-up) are not counted.
 */
export class FlowStatistics implements FlowObserver {
  readonly latency = new LatencyHistogram();
  sentPackets = 0;
  sentBytes = 0;
  receivedPackets = 0;
  receivedBytes = 0;
  /** Packets that the sender's own stack refused to send: no route, too long. */
  refused = 0;
  /** Datagrams that overtook an earlier one. */
  reordered = 0;
  /** Smoothed difference of successive transit times, nanoseconds (RFC 3550, 6.4.1). */
  jitter = 0;
  firstReceived = -1;
  lastReceived = -1;
  private readonly measureFrom: number;
  private lastTransit = -1;
  private lastSequence = 0;
  private losses: Float64Array | null = null;

  /** @param measureFrom simulated time in nanoseconds */
  constructor(measureFrom = 0) {
    this.measureFrom = measureFrom;
  }

  /** @param bytes of payload */
  sent(now: number, bytes: number): void {
    if (now < this.measureFrom) return;
    this.sentPackets++;
    this.sentBytes += bytes;
  }

  /** What was counted as sent could not be. */
  refusedAt(now: number): void {
    if (now >= this.measureFrom) this.refused++;
  }

  received(packet: Packet, now: number): void {
    if (packet.sentAt < this.measureFrom) return;
    const transit = now - packet.sentAt;
    this.receivedPackets++;
    this.receivedBytes += packet.payloadLength;
    this.latency.record(transit);
    if (this.lastTransit >= 0) this.jitter += (Math.abs(transit - this.lastTransit) - this.jitter) / 16;
    this.lastTransit = transit;
    if (this.firstReceived < 0) this.firstReceived = now;
    this.lastReceived = now;
    if (packet.flowSequence < this.lastSequence) this.reordered++;
    else this.lastSequence = packet.flowSequence;
  }

  lost(packet: Packet, reason: DropReason): void {
    if (packet.sentAt < this.measureFrom) return;
    this.losses ??= new Float64Array(DROP_REASON_COUNT);
    this.losses[reason]++;
  }

  get lostPackets(): number {
    return this.losses === null ? 0 : this.losses.reduce((sum, count) => sum + count, 0);
  }

  /** Losses by reason, those that happened. */
  lossesByReason(): Record<string, number> {
    const byReason: Record<string, number> = {};
    this.losses?.forEach((count, reason) => {
      if (count > 0) byReason[dropReasonName(reason as DropReason)] = count;
    });
    return byReason;
  }
}
