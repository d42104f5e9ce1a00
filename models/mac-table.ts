import { BROADCAST_MAC, isGroupMac, type MacAddress, ZERO_MAC } from './wire/mac-address.ts';

/** Ids that every network's table gives the two addresses that all share. */
export const ZERO_MAC_ID = 0;
export const BROADCAST_MAC_ID = 1;

/**
 * MAC addresses interned to small integers: packets and forwarding tables hold the integer, which compares and
 * hashes without allocation.
 */
export class MacTable {
  private readonly addresses: MacAddress[] = [];
  private readonly ids = new Map<MacAddress, number>();
  private group = new Uint8Array(64);

  constructor() {
    this.intern(ZERO_MAC);
    this.intern(BROADCAST_MAC);
  }

  /** The id of an address, a new one when it was never seen. */
  intern(mac: MacAddress): number {
    const known = this.ids.get(mac);
    if (known !== undefined) return known;
    const id = this.addresses.push(mac) - 1;
    this.ids.set(mac, id);
    if (id >= this.group.length) {
      const grown = new Uint8Array(this.group.length * 2);
      grown.set(this.group);
      this.group = grown;
    }
    this.group[id] = isGroupMac(mac) ? 1 : 0;
    return id;
  }

  address(id: number): MacAddress {
    return this.addresses[id];
  }

  /** Multicast or broadcast. */
  isGroup(id: number): boolean {
    return this.group[id] === 1;
  }
}
