import { NumberStore } from '../../../engine/statistics/number-store.ts';

/** Flags of an entry. */
export const FdbFlag = { local: 1, static: 2 } as const;

const EMPTY = -1;
const INITIAL_CAPACITY = 8;

/**
 * A bridge's forwarding database: MAC id and VLAN to port number, in open addressing with linear probing. Numbers in
 * typed arrays, because this is searched twice per bridged frame. VLAN 0 stands for a bridge that does not filter.
 */
export class ForwardingDatabase {
  /** Is told of every change of where an address is found. */
  private readonly owner: { noteLearnt(): void };
  private keys = new Int32Array(INITIAL_CAPACITY).fill(EMPTY);
  private vlans = new Uint16Array(INITIAL_CAPACITY);
  private ports = new Int32Array(INITIAL_CAPACITY);
  private flags = new Uint8Array(INITIAL_CAPACITY);
  private readonly ageingTimes: NumberStore;
  /**
   * Where its block of `ageingTimes` starts, another one after it has grown: the ageing time, and behind it when each
   * place was last seen, nanoseconds. A frame whose path is known looks at two blocks for each bridge; by way of
   * interface, bridge and database that would be ten dependent reads.
   */
  private block: number;
  /** Counts up with every entry made: the newest has the highest. */
  private orders = new Uint32Array(INITIAL_CAPACITY);
  private lastOrder = 0;
  private used = 0;

  /** @param ageingTimes where its times are to live; the bridges of a network share one */
  constructor(owner: { noteLearnt(): void }, ageingTimes = new NumberStore()) {
    this.owner = owner;
    this.ageingTimes = ageingTimes;
    this.block = ageingTimes.reserve(1 + INITIAL_CAPACITY);
  }

  /** Nanoseconds after which an address not seen again is forgotten. */
  get ageing(): number {
    return this.ageingTimes.values[this.block];
  }

  set ageing(ageing: number) {
    this.ageingTimes.values[this.block] = ageing;
  }

  /** Where in `ageingTimes` the ageing time stands, for the path memo. */
  get ageingAt(): number {
    return this.block;
  }

  /** Where in `ageingTimes` the time of a place stands, for the path memo. */
  timeAt(place: number): number {
    return this.block + 1 + place;
  }

  get size(): number {
    return this.used;
  }

  /** The place of an address, -1 when it is not there. Places change with every insertion and removal. */
  find(mac: number, vlan = 0): number {
    const mask = this.keys.length - 1;
    let place = hash(mac, vlan) & mask;
    while (this.keys[place] !== EMPTY) {
      if (this.keys[place] === mac && this.vlans[place] === vlan) return place;
      place = (place + 1) & mask;
    }
    return -1;
  }

  orderAt(place: number): number {
    return this.orders[place];
  }

  /** The VLAN that the entry is of. */
  vlanAt(place: number): number {
    return this.vlans[place];
  }

  portAt(place: number): number {
    return this.ports[place];
  }

  flagsAt(place: number): number {
    return this.flags[place];
  }

  /** Simulated time (nanoseconds) at which the address was last seen as a source. */
  updatedAt(place: number): number {
    return this.ageingTimes.values[this.block + 1 + place];
  }

  /** Notes that the address at `place` was seen again, on the same port. */
  refresh(place: number, now: number): void {
    this.ageingTimes.values[this.block + 1 + place] = now;
  }

  /**
   * Sets where an address is. Only of one that was known is that a change to what has been decided: no path is remembered
   * of frames that are flooded.
   */
  set(mac: number, port: number, flags: number, now: number, vlan = 0): void {
    let place = this.find(mac, vlan);
    if (place >= 0) {
      this.owner.noteLearnt();
    } else {
      if ((this.used + 1) * 2 > this.keys.length) this.resize(this.keys.length * 2);
      place = this.freePlace(mac, vlan);
      this.keys[place] = mac;
      this.vlans[place] = vlan;
      this.orders[place] = ++this.lastOrder;
      this.used++;
    }
    this.ports[place] = port;
    this.flags[place] = flags;
    this.refresh(place, now);
  }

  delete(mac: number, vlan = 0): boolean {
    const found = this.find(mac, vlan);
    if (found < 0) return false;
    this.removeWhere((place) => place === found);
    return true;
  }

  /** Removes the entries for which `matches(place)` holds. */
  removeWhere(matches: (place: number) => boolean): void {
    const kept: { mac: number; vlan: number; port: number; flags: number; updated: number; order: number }[] =
      [];
    this.forEach((place, mac) => {
      if (matches(place)) return;
      const [vlan, port, flags] = [this.vlans[place], this.ports[place], this.flags[place]];
      kept.push({ mac, vlan, port, flags, updated: this.updatedAt(place), order: this.orders[place] });
    });
    if (kept.length === this.used) return;
    this.keys.fill(EMPTY);
    this.used = 0;
    kept.sort((a, b) => a.order - b.order);
    for (const { mac, vlan, port, flags, updated } of kept) this.set(mac, port, flags, updated, vlan);
    this.owner.noteLearnt();
  }

  /** Visits every entry, in no order that means anything. */
  forEach(visit: (place: number, mac: number) => void): void {
    for (let place = 0; place < this.keys.length; place++) {
      if (this.keys[place] !== EMPTY) visit(place, this.keys[place]);
    }
  }

  private freePlace(mac: number, vlan: number): number {
    const mask = this.keys.length - 1;
    let place = hash(mac, vlan) & mask;
    while (this.keys[place] !== EMPTY) place = (place + 1) & mask;
    return place;
  }

  private resize(capacity: number): void {
    const { keys, vlans, ports, flags, orders, block, ageing, ageingTimes } = this;
    this.orders = new Uint32Array(capacity);
    this.keys = new Int32Array(capacity).fill(EMPTY);
    this.vlans = new Uint16Array(capacity);
    this.ports = new Int32Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.block = ageingTimes.reserve(1 + capacity);
    this.ageing = ageing;
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === EMPTY) continue;
      const place = this.freePlace(keys[i], vlans[i]);
      this.keys[place] = keys[i];
      this.vlans[place] = vlans[i];
      this.orders[place] = orders[i];
      this.ports[place] = ports[i];
      this.flags[place] = flags[i];
      this.refresh(place, ageingTimes.values[block + 1 + i]);
    }
    ageingTimes.release(block, 1 + keys.length);
    // whoever remembers a place must look again
    this.owner.noteLearnt();
  }
}

/** Fibonacci hashing: ids are handed out in sequence, so their low bits alone would cluster. */
function hash(mac: number, vlan: number): number {
  const mixed = Math.imul(mac ^ (vlan << 19), 0x9e3779b1) ^ Math.imul(vlan, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
