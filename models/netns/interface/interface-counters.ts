import { COUNTERS_PER_INTERFACE, type Counter } from './interface.ts';

/** Place of an interface that has counted nothing yet. */
const NONE = 0;

/**
 * Packets and bytes of every interface of a network, seven numbers each, in one typed array:
 * counting neither allocates nor turns an object's field into a boxed number when it passes 2^31.
 * An interface gets its six with the first packet.
 */
export class InterfaceCounters {
  /** Called before anybody reads: what is counted elsewhere is brought in. */
  beforeReading: () => void = () => {};
  private values = new Float64Array(64 * COUNTERS_PER_INTERFACE);
  /** Numbers in use; the first six belong to nobody. */
  private used = COUNTERS_PER_INTERFACE;
  /** By interface. */
  private places = new Int32Array(64);
  private interfaces = 0;

  /** Makes room for interface `id`. */
  reserve(id: number): void {
    this.interfaces = Math.max(this.interfaces, id + 1);
    if (id < this.places.length) return;
    const grown = new Int32Array(Math.ceil(this.places.length * 1.5));
    grown.set(this.places);
    this.places = grown;
  }

  /** Counts one packet and its bytes; `counter` is `rxPackets` or `txPackets`, the bytes stand behind each. */
  add(id: number, counter: typeof Counter.rxPackets | typeof Counter.txPackets, bytes: number): void {
    const place = this.placeOf(id) + counter;
    this.values[place]++;
    this.values[place + 1] += bytes;
  }

  /** Counts several packets and their bytes. */
  addMany(id: number, counter: number, packets: number, bytes: number): void {
    const place = this.placeOf(id) + counter;
    this.values[place] += packets;
    this.values[place + 1] += bytes;
  }

  /** Counts one event. */
  count(id: number, counter: number): void {
    this.values[this.placeOf(id) + counter]++;
  }

  get(id: number, counter: number): number {
    this.beforeReading();
    return this.values[this.places[id] + counter];
  }

  private placeOf(id: number): number {
    const place = this.places[id];
    return place === NONE ? this.takePlace(id) : place;
  }

  private takePlace(id: number): number {
    const place = this.used;
    this.used += COUNTERS_PER_INTERFACE;
    this.places[id] = place;
    if (this.used > this.values.length) this.grow();
    return place;
  }

  /** Once a quarter of all interfaces counts, the others soon will. */
  private grow(): void {
    const { length } = this.values;
    const forAll = (1 + this.interfaces) * COUNTERS_PER_INTERFACE;
    const grown = new Float64Array(Math.max(Math.ceil(length * 1.5), Math.min(length * 4, forAll)));
    grown.set(this.values);
    this.values = grown;
  }
}
