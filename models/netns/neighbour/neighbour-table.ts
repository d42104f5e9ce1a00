import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { appended } from '../short-list.ts';
import type { Neighbour } from './neighbour.ts';

/** So many entries are searched one by one; more are kept by address. */
const LINEAR_LIMIT = 4;
const NO_ENTRIES: readonly Neighbour[] = Object.freeze([]);

/**
 * The ARP entries of one interface, in the order of their making. A pod knows one neighbour, its gateway, and there
 * may be a hundred thousand pods: the empty map would weigh more than the entry.
 */
export class NeighbourTable {
  /** All of them while they are few. */
  private few: readonly Neighbour[] = NO_ENTRIES;
  private many: Map<Ipv4Address, Neighbour> | null = null;
  /**
   * Drawn from `base_reachable_time` when first needed; nanoseconds, NaN for not drawn yet. It stands here and begins as
   * a double because V8 rebuilds every object of a class when a field that held small integers first holds a larger
   * number: twenty thousand interfaces, if it were theirs.
   */
  reachableTime = Number.NaN;
  /** Which of the draws it is: there is one every five minutes. */
  reachableEpoch = 0;

  get size(): number {
    return this.many === null ? this.few.length : this.many.size;
  }

  get(address: Ipv4Address): Neighbour | undefined {
    if (this.many !== null) return this.many.get(address);
    const { few } = this;
    for (let i = 0; i < few.length; i++) if (few[i].address === address) return few[i];
    return undefined;
  }

  add(neighbour: Neighbour): void {
    if (this.many === null && this.few.length < LINEAR_LIMIT) {
      this.few = appended(this.few, neighbour);
      return;
    }
    if (this.many === null) {
      this.many = new Map(this.few.map((other) => [other.address, other]));
      this.few = NO_ENTRIES;
    }
    this.many.set(neighbour.address, neighbour);
  }

  remove(neighbour: Neighbour): void {
    if (this.many === null) this.few = this.few.filter((other) => other !== neighbour);
    else this.many.delete(neighbour.address);
  }

  /** The entry of a table that has no other; null when there is none, or more. */
  get only(): Neighbour | null {
    if (this.size !== 1) return null;
    return this.many === null ? this.few[0] : [...this.many.values()][0];
  }

  values(): Iterable<Neighbour> {
    return this.many === null ? this.few : this.many.values();
  }
}

/** What interfaces share that never had an entry: nothing is ever added to it. */
export const NO_NEIGHBOURS = new NeighbourTable();
