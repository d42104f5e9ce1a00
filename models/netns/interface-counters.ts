import { COUNTERS_PER_INTERFACE, type Counter } from './interface.ts';

/**
 * Packets and bytes of every interface of a network, seven numbers each, in one typed array:
 * counting neither allocates nor turns an object's field into a boxed number when it passes 2^31.
 */
export class InterfaceCounters {
  /** Called before anybody reads: what is counted elsewhere is brought in. */
  beforeReading: () => void = () => {};
  private values = new Float64Array(64 * COUNTERS_PER_INTERFACE);

  /** Makes room for interface `id`. */
  reserve(id: number): void {
    if ((id + 1) * COUNTERS_PER_INTERFACE <= this.values.length) return;
    const grown = new Float64Array(this.values.length * 2);
    grown.set(this.values);
    this.values = grown;
  }

  /** Counts one packet and its bytes; `counter` is `rxPackets` or `txPackets`, the bytes stand behind each. */
  add(id: number, counter: typeof Counter.rxPackets | typeof Counter.txPackets, bytes: number): void {
    const place = id * COUNTERS_PER_INTERFACE + counter;
    this.values[place]++;
    this.values[place + 1] += bytes;
  }

  /** Counts several packets and their bytes. */
  addMany(id: number, counter: number, packets: number, bytes: number): void {
    const place = id * COUNTERS_PER_INTERFACE + counter;
    this.values[place] += packets;
    this.values[place + 1] += bytes;
  }

  /** Counts one event. */
  count(id: number, counter: number): void {
    this.values[id * COUNTERS_PER_INTERFACE + counter]++;
  }

  get(id: number, counter: number): number {
    this.beforeReading();
    return this.values[id * COUNTERS_PER_INTERFACE + counter];
  }
}
