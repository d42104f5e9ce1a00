import type { Packet } from '../packet.ts';
import { markCongestion } from './congestion-mark.ts';

/** The kernel counts the times of CoDel in units of 1024 ns (CODEL_SHIFT). */
const UNIT = 1024;
/** Bits of the reciprocal square root that are kept. */
const ROOT_ONE = 65536;

export interface CodelParameters {
  /** Units of 1024 ns, as all times here. */
  target: number;
  interval: number;
  /** Infinity for never. */
  ceThreshold: number;
  ecn: boolean;
  /** A queue of no more bytes than this is left alone. */
  mtu: number;
}

/** Where the packets of a CoDel come from and go to. */
export interface CodelQueue {
  /** Bytes that wait. */
  readonly backlogBytes: number;
  takeHead(): Packet | null;
  /** When the packet came that was taken last, units. */
  readonly headArrival: number;
  dropHead(packet: Packet): void;
}

export class CodelStatistics {
  longest = 0;
  ecnMarks = 0;
  ceMarks = 0;
}

export function codelTime(nanoseconds: number): number {
  return Math.floor(nanoseconds / UNIT);
}

export function codelNanoseconds(units: number): number {
  return units * UNIT;
}

/**
 * Controlled delay (RFC 8289; Linux include/net/codel_impl.h): as soon as packets have waited longer than the target
 * for an interval, one is marked or dropped, and then the next ones ever faster, by the square root of their count,
 * until the wait is short again.
 */
export class Codel {
  count = 0;
  private lastCount = 0;
  private dropping = false;
  /** 1 / sqrt(count) in 2^-16. */
  private inverseRoot = 0;
  private firstAbove = 0;
  private dropNext = 0;
  /** How long the last packet waited. */
  private wait = 0;

  /** The next packet that may leave. */
  dequeue(
    queue: CodelQueue,
    now: number,
    parameters: CodelParameters,
    statistics: CodelStatistics,
  ): Packet | null {
    let packet = queue.takeHead();
    if (packet === null) {
      this.dropping = false;
      return null;
    }
    const isLate = this.isLate(packet, queue, now, parameters, statistics);
    if (this.dropping) {
      if (!isLate) this.dropping = false;
      else packet = this.goOnDropping(packet, queue, now, parameters, statistics);
    } else if (isLate) {
      packet = this.beginDropping(packet, queue, now, parameters, statistics);
    }
    if (packet !== null && this.wait > parameters.ceThreshold && markCongestion(packet)) statistics.ceMarks++;
    return packet;
  }

  private goOnDropping(
    first: Packet,
    queue: CodelQueue,
    now: number,
    parameters: CodelParameters,
    statistics: CodelStatistics,
  ): Packet | null {
    let packet: Packet | null = first;
    while (this.dropping && now >= this.dropNext) {
      this.count++;
      this.improveRoot();
      if (parameters.ecn && markCongestion(packet!)) {
        statistics.ecnMarks++;
        this.dropNext = this.controlLaw(this.dropNext, parameters.interval);
        return packet;
      }
      queue.dropHead(packet!);
      packet = queue.takeHead();
      if (this.isLate(packet, queue, now, parameters, statistics)) {
        this.dropNext = this.controlLaw(this.dropNext, parameters.interval);
      } else {
        this.dropping = false;
      }
    }
    return packet;
  }

  private beginDropping(
    first: Packet,
    queue: CodelQueue,
    now: number,
    parameters: CodelParameters,
    statistics: CodelStatistics,
  ): Packet | null {
    let packet: Packet | null = first;
    if (parameters.ecn && markCongestion(first)) {
      statistics.ecnMarks++;
    } else {
      queue.dropHead(first);
      packet = queue.takeHead();
      this.isLate(packet, queue, now, parameters, statistics);
    }
    this.dropping = true;
    // the rate that did last time is a good one to begin with, if that is not long ago
    const delta = this.count - this.lastCount;
    if (delta > 1 && now - this.dropNext < 16 * parameters.interval) {
      this.count = delta;
      this.improveRoot();
    } else {
      this.count = 1;
      this.inverseRoot = ROOT_ONE - 1;
    }
    this.lastCount = this.count;
    this.dropNext = this.controlLaw(now, parameters.interval);
    return packet;
  }

  /** Whether packets have waited too long for an interval by now (Linux `codel_should_drop`). */
  private isLate(
    packet: Packet | null,
    queue: CodelQueue,
    now: number,
    { target, interval, mtu }: CodelParameters,
    statistics: CodelStatistics,
  ): boolean {
    if (packet === null) {
      this.firstAbove = 0;
      return false;
    }
    this.wait = now - queue.headArrival;
    if (packet.length > statistics.longest) statistics.longest = packet.length;
    if (this.wait < target || queue.backlogBytes <= mtu) {
      this.firstAbove = 0;
      return false;
    }
    if (this.firstAbove === 0) {
      this.firstAbove = now + interval;
      return false;
    }
    return now > this.firstAbove;
  }

  /** t + interval / sqrt(count) */
  private controlLaw(time: number, interval: number): number {
    return time + Math.floor((interval * this.inverseRoot) / ROOT_ONE);
  }

  /** One step of Newton's method towards 1 / sqrt(count), in the kernel's integers (`codel_Newton_step`). */
  private improveRoot(): void {
    const root = BigInt(this.inverseRoot) << 16n;
    const square = (root * root) >> 32n;
    const factor = BigInt.asUintN(64, (3n << 32n) - BigInt(this.count) * square) >> 2n;
    this.inverseRoot = Number(BigInt.asUintN(16, BigInt.asUintN(64, factor * root) >> 47n));
  }
}
