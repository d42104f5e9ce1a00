import { BROADCAST_MAC, isGroupMac, type MacAddress, ZERO_MAC } from './wire/mac-address.ts';

/** Ids that every network's table gives the two addresses that all share. */
export const ZERO_MAC_ID = 0;
export const BROADCAST_MAC_ID = 1;

const CAPACITY_START = 64;
const EMPTY = -1;
const TWO_24 = 2 ** 24;

/**
 * MAC addresses interned to small integers: packets and forwarding tables hold the integer, which compares and
 * hashes without allocation. A hash of the ids by open addressing in typed arrays: a map of 48-bit numbers would
 * take four times the room.
 */
export class MacTable {
  /** By id. */
  private addresses = new Float64Array(CAPACITY_START);
  private count = 0;
  /** Ids by the hash of their address; twice as many places as addresses at least. */
  private places = new Int32Array(2 * CAPACITY_START).fill(EMPTY);
  private group = new Uint8Array(CAPACITY_START);

  constructor() {
    this.intern(ZERO_MAC);
    this.intern(BROADCAST_MAC);
  }

  /** The id of an address, a new one when it was never seen. */
  intern(mac: MacAddress): number {
    const place = this.placeOf(mac);
    const known = this.places[place];
    if (known !== EMPTY) return known;
    if (this.count === this.addresses.length) {
      this.grow();
      return this.intern(mac);
    }
    const id = this.count++;
    this.places[place] = id;
    this.addresses[id] = mac;
    this.group[id] = isGroupMac(mac) ? 1 : 0;
    return id;
  }

  /** Addresses that have an id. */
  get size(): number {
    return this.count;
  }

  /** The addresses with an id from `first` on: a table that interns them one by one gives them the same ids. */
  addressesFrom(first: number): Float64Array {
    return this.addresses.slice(first, this.count);
  }

  address(id: number): MacAddress {
    return this.addresses[id];
  }

  /** Multicast or broadcast. */
  isGroup(id: number): boolean {
    return this.group[id] === 1;
  }

  /** Where the id of an address is, or the free place where it belongs. */
  private placeOf(mac: MacAddress): number {
    const { places, addresses } = this;
    const mask = places.length - 1;
    let place = hash(mac) & mask;
    while (places[place] !== EMPTY && addresses[places[place]] !== mac) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const capacity = 2 * this.count;
    const addresses = new Float64Array(capacity);
    const group = new Uint8Array(capacity);
    addresses.set(this.addresses);
    group.set(this.group);
    this.addresses = addresses;
    this.group = group;
    this.places = new Int32Array(2 * capacity).fill(EMPTY);
    for (let id = 0; id < this.count; id++) this.places[this.placeOf(addresses[id])] = id;
  }
}

function hash(mac: MacAddress): number {
  const mixed = Math.imul(Math.floor(mac / TWO_24) ^ Math.imul(mac % TWO_24, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
