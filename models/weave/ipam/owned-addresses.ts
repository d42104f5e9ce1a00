import type { Ipv4Address, Ipv4Prefix } from '../../wire/ipv4-address.ts';
import { type AddressRange, rangeContains, unsigned } from './address-range.ts';

/** Which addresses each container has, by its id. */
export class OwnedAddresses {
  private readonly byId = new Map<string, Ipv4Prefix[]>();

  /** In the order in which they came to have addresses. */
  entries(): [string, Ipv4Prefix[]][] {
    return [...this.byId].map(([id, prefixes]) => [id, prefixes.map((prefix) => ({ ...prefix }))]);
  }

  add(id: string, prefix: Ipv4Prefix): void {
    const prefixes = this.byId.get(id);
    if (prefixes === undefined) this.byId.set(id, [prefix]);
    else prefixes.push(prefix);
  }

  /** All of one, in the order in which it got them. */
  of(id: string): readonly Ipv4Prefix[] {
    return this.byId.get(id) ?? [];
  }

  /** Those of one that are in a range. */
  inRange(id: string, range: AddressRange): Ipv4Prefix[] {
    return this.of(id).filter(({ address }) => rangeContains(range, unsigned(address)));
  }

  findOwner(address: Ipv4Address): string | undefined {
    for (const [id, prefixes] of this.byId) {
      if (prefixes.some((prefix) => prefix.address === address)) return id;
    }
    return undefined;
  }

  /** @returns what it had */
  removeAll(id: string): readonly Ipv4Prefix[] {
    const prefixes = this.of(id);
    this.byId.delete(id);
    return prefixes;
  }

  /** @returns whether it had the address */
  remove(id: string, address: Ipv4Address): boolean {
    const prefixes = this.of(id);
    const left = prefixes.filter((prefix) => prefix.address !== address);
    if (left.length === 0) this.byId.delete(id);
    else this.byId.set(id, left);
    return left.length < prefixes.length;
  }
}
