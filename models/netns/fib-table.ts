import { type Ipv4Address, prefixMask } from '../wire/ipv4-address.ts';
import type { Route } from './route.ts';

/** Tables up to this size are searched from the longest prefix down; larger ones get a hash per prefix length. */
const LINEAR_LIMIT = 12;
/** What small tables share. */
const NO_MAPS: never[] = [];
const NO_LENGTHS: never[] = [];

/**
 * One routing table with longest-prefix match. A small table, as every pod has, is a short sorted list; a large
 * one keeps one hash map per prefix length in use, so that 10 routes and 100,000 cost about the same to search
 * and to change.
 */
export class FibTable {
  readonly id: number;
  /** Heads of each prefix, longest prefixes first; null once the table has grown into hashes. */
  private list: Route[] | null = [];
  private maps: (Map<Ipv4Address, Route> | null)[] = NO_MAPS;
  /** Prefix lengths in use, longest first. */
  private lengths: number[] = NO_LENGTHS;
  private prefixes = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** The most specific route to `destination` that has a living next hop; null when there is none. */
  lookup(destination: Ipv4Address): Route | null {
    if (this.list !== null) return lookupInList(this.list, destination);
    for (const length of this.lengths) {
      const head = this.maps[length]?.get(destination & prefixMask(length));
      if (head === undefined) continue;
      const route = firstUsable(head);
      if (route !== null) return route;
    }
    return null;
  }

  /** The first route of exactly this prefix, lowest metric first; follow `next` for the others. */
  find(destination: Ipv4Address, prefixLength: number): Route | null {
    if (this.list === null) return this.maps[prefixLength]?.get(destination) ?? null;
    for (const head of this.list) {
      if (head.prefixLength === prefixLength && head.destination === destination) return head;
    }
    return null;
  }

  /** Adds a route: behind those of the same prefix and metric, or before them. */
  insert(route: Route, position: 'first' | 'last' = 'last'): void {
    const head = this.find(route.destination, route.prefixLength);
    if (head === null) {
      this.addPrefix(route);
      return;
    }
    const before = (other: Route) =>
      position === 'first' ? other.metric < route.metric : other.metric <= route.metric;
    if (!before(head)) {
      route.next = head;
      this.setHead(route);
      return;
    }
    let previous = head;
    while (previous.next !== null && before(previous.next)) previous = previous.next;
    route.next = previous.next;
    previous.next = route;
  }

  remove(route: Route): void {
    const head = this.find(route.destination, route.prefixLength);
    if (head === route) {
      if (route.next === null) this.removePrefix(route);
      else this.setHead(route.next);
    } else {
      let previous = head;
      while (previous !== null && previous.next !== route) previous = previous.next;
      if (previous === null) throw new Error('assertion failed: route is not in its table');
      previous.next = route.next;
    }
    route.next = null;
  }

  /** All routes by address, longer prefixes first, then by metric: the order in which Linux dumps its trie. */
  routes(): Route[] {
    const heads = this.list ?? this.maps.flatMap((map) => (map === null ? [] : [...map.values()]));
    const sorted = [...heads].sort(
      (a, b) => (a.destination >>> 0) - (b.destination >>> 0) || b.prefixLength - a.prefixLength,
    );
    const all: Route[] = [];
    for (const head of sorted) {
      for (let route: Route | null = head; route !== null; route = route.next) all.push(route);
    }
    return all;
  }

  private addPrefix(route: Route): void {
    this.prefixes++;
    if (this.list !== null && this.prefixes <= LINEAR_LIMIT) {
      let place = 0;
      while (place < this.list.length && this.list[place].prefixLength > route.prefixLength) place++;
      this.list.splice(place, 0, route);
      return;
    }
    this.growIntoMaps();
    this.mapFor(route.prefixLength).set(route.destination, route);
  }

  private growIntoMaps(): void {
    if (this.list === null) return;
    const heads = this.list;
    this.list = null;
    this.maps = [];
    this.lengths = [];
    for (const head of heads) this.mapFor(head.prefixLength).set(head.destination, head);
  }

  private mapFor(length: number): Map<Ipv4Address, Route> {
    let map = this.maps[length] ?? null;
    if (map === null) {
      map = new Map();
      for (let i = this.maps.length; i < length; i++) this.maps[i] = null;
      this.maps[length] = map;
      this.lengths.push(length);
      this.lengths.sort((a, b) => b - a);
    }
    return map;
  }

  private setHead(route: Route): void {
    if (this.list === null) {
      this.mapFor(route.prefixLength).set(route.destination, route);
      return;
    }
    const place = this.list.findIndex(
      (head) => head.prefixLength === route.prefixLength && head.destination === route.destination,
    );
    this.list[place] = route;
  }

  private removePrefix(route: Route): void {
    this.prefixes--;
    if (this.list !== null) {
      this.list.splice(this.list.indexOf(route), 1);
      return;
    }
    const map = this.mapFor(route.prefixLength);
    map.delete(route.destination);
    if (map.size === 0) {
      this.maps[route.prefixLength] = null;
      this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
    }
  }
}

function lookupInList(list: readonly Route[], destination: Ipv4Address): Route | null {
  for (let i = 0; i < list.length; i++) {
    const head = list[i];
    if ((destination & head.mask) !== head.destination) continue;
    const route = firstUsable(head);
    if (route !== null) return route;
  }
  return null;
}

function firstUsable(head: Route): Route | null {
  for (let route: Route | null = head; route !== null; route = route.next) if (route.usable) return route;
  return null;
}
