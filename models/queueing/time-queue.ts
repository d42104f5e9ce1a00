import type { Packet } from '../packet.ts';

/** Packets by the time at which each may go; those of one time in the order in which they came. */
export class TimeQueue {
  bytes = 0;
  private readonly packets: Packet[] = [];
  private readonly times: number[] = [];

  get length(): number {
    return this.packets.length;
  }

  /** When the first may go; Infinity when there is none. */
  get firstTime(): number {
    return this.times.length === 0 ? Number.POSITIVE_INFINITY : this.times[0];
  }

  /** When the last may go; -Infinity when there is none. */
  get lastTime(): number {
    return this.times.length === 0 ? Number.NEGATIVE_INFINITY : this.times[this.times.length - 1];
  }

  add(packet: Packet, time: number): void {
    const place = this.placeOf(time);
    this.packets.splice(place, 0, packet);
    this.times.splice(place, 0, time);
    this.bytes += packet.length;
  }

  shift(): Packet | null {
    const packet = this.packets.shift();
    if (packet === undefined) return null;
    this.times.shift();
    this.bytes -= packet.length;
    return packet;
  }

  /** Behind all that are not later: mostly the end. */
  private placeOf(time: number): number {
    const { times } = this;
    let low = 0;
    let high = times.length;
    if (high === 0 || times[high - 1] <= time) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
