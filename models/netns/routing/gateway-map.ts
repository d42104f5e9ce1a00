import type { Ipv4Address } from '../../wire/ipv4-address.ts';

/** Values that no gateway has. */
const EMPTY = 0;
const DELETED = -1;
const CAPACITY_START = 16;
const TWO_32 = 2 ** 32;

/**
 * Gateways by destination, by open addressing in one typed array: in a cluster with a route to every other node on
 * every node these are most of what the tables hold, and a map of the language would take twice the room.
 */
export class GatewayMap {
  /** Pairs of (destination, gateway). */
  private pairs = new Int32Array(2 * CAPACITY_START);
  /** Pairs in use or deleted. */
  private taken = 0;
  size = 0;

  /** The gateway to `destination`; undefined when there is none. */
  get(destination: Ipv4Address): Ipv4Address | undefined {
    const { pairs } = this;
    const gateway = pairs[this.placeOf(destination) + 1];
    return gateway === EMPTY || gateway === DELETED ? undefined : gateway;
  }

  /** @param gateway neither 0.0.0.0 nor 255.255.255.255 */
  set(destination: Ipv4Address, gateway: Ipv4Address): void {
    if (4 * this.taken >= 3 * (this.pairs.length >> 1)) this.rebuild();
    const place = this.placeOf(destination);
    const before = this.pairs[place + 1];
    if (before === EMPTY) this.taken++;
    if (before === EMPTY || before === DELETED) this.size++;
    this.pairs[place] = destination;
    this.pairs[place + 1] = gateway;
  }

  delete(destination: Ipv4Address): void {
    const place = this.placeOf(destination);
    if (this.pairs[place + 1] === EMPTY || this.pairs[place + 1] === DELETED) return;
    this.pairs[place + 1] = DELETED;
    this.size--;
  }

  /** Every destination, in no order that means anything. */
  destinations(): Ipv4Address[] {
    const found: Ipv4Address[] = [];
    for (let place = 0; place < this.pairs.length; place += 2) {
      const gateway = this.pairs[place + 1];
      if (gateway !== EMPTY && gateway !== DELETED) found.push(this.pairs[place]);
    }
    return found;
  }

  /** Where a destination stands or last stood, else the free place where it belongs. */
  private placeOf(destination: Ipv4Address): number {
    const { pairs } = this;
    // the hash scaled down to the capacity, which is no power of two: that would waste a quarter of the room
    let place = 2 * Math.floor((hash(destination) / TWO_32) * (pairs.length >> 1));
    while (pairs[place + 1] !== EMPTY && pairs[place] !== destination) {
      place += 2;
      if (place === pairs.length) place = 0;
    }
    return place;
  }

  private rebuild(): void {
    const old = this.pairs;
    let capacity = CAPACITY_START;
    while (3 * capacity <= 4 * (this.size + 1)) capacity = Math.ceil(capacity * 1.5);
    this.pairs = new Int32Array(2 * capacity);
    this.taken = 0;
    this.size = 0;
    for (let place = 0; place < old.length; place += 2) {
      if (old[place + 1] !== EMPTY && old[place + 1] !== DELETED) this.set(old[place], old[place + 1]);
    }
  }
}

/** Subnets differ in their high bits: spread them over the low ones. */
function hash(address: Ipv4Address): number {
  const mixed = Math.imul(address ^ (address >>> 16), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
