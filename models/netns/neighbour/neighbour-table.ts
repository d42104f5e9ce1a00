import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { appended } from '../short-list.ts';
import type { Neighbour } from './neighbour.ts';

/** So many entries are searched one by one; more are kept by address. */
const LINEAR_LIMIT = 4;
/** Behind the first, where there are no others. */
const NO_ENTRIES: readonly Neighbour[] = Object.freeze([]);

/**
 * The ARP entries of one interface, in the order of their making. A pod knows one neighbour, its gateway, and there
 * may be a hundred thousand pods: an empty map would weigh more than the entry, a list of one half as much.
 */
export class NeighbourTable {
  /** The oldest and those behind it while they are few. */
  private first: Neighbour | null = null;
  private others: readonly Neighbour[] = NO_ENTRIES;
  /** All of them once they are more. */
  private many: Map<Ipv4Address, Neighbour> | null = null;
  /**
   * Drawn from `base_reachable_time` when first needed; nanoseconds, null while it is not. As NaN it would take
   * another sixteen bytes from the start on.
   */
  reachableTime: number | null = null;
  /** Which of the draws it is: there is one every five minutes. */
  reachableEpoch = 0;

  get size(): number {
    if (this.many !== null) return this.many.size;
    return this.first === null ? 0 : 1 + this.others.length;
  }

  get(address: Ipv4Address): Neighbour | undefined {
    if (this.many !== null) return this.many.get(address);
    const { first, others } = this;
    if (first === null) return undefined;
    if (first.address === address) return first;
    for (let i = 0; i < others.length; i++) if (others[i].address === address) return others[i];
    return undefined;
  }

  add(neighbour: Neighbour): void {
    if (this.many === null && this.size === LINEAR_LIMIT) this.keepByAddress();
    if (this.many !== null) this.many.set(neighbour.address, neighbour);
    else if (this.first === null) this.first = neighbour;
    else this.others = appended(this.others, neighbour);
  }

  private keepByAddress(): void {
    this.many = new Map(this.few().map((other) => [other.address, other]));
    this.first = null;
    this.others = NO_ENTRIES;
  }

  remove(neighbour: Neighbour): void {
    if (this.many !== null) {
      this.many.delete(neighbour.address);
      return;
    }
    const left = this.few().filter((other) => other !== neighbour);
    this.first = left.length === 0 ? null : left[0];
    this.others = left.length < 2 ? NO_ENTRIES : left.slice(1);
  }

  /** The entry of a table that has no other; null when there is none, or more. */
  get only(): Neighbour | null {
    if (this.size !== 1) return null;
    return this.many === null ? this.first : [...this.many.values()][0];
  }

  values(): Iterable<Neighbour> {
    return this.many === null ? this.few() : this.many.values();
  }

  private few(): readonly Neighbour[] {
    return this.first === null ? NO_ENTRIES : [this.first, ...this.others];
  }
}

/** What interfaces share that never had an entry: nothing is ever added to it. */
export const NO_NEIGHBOURS = new NeighbourTable();
