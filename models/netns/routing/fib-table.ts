import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { RouteProtocol } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import { inserted } from '../short-list.ts';
import { GatewayMap } from './gateway-map.ts';
import { Nexthop, Route } from './route.ts';

/** Tables up to this size are searched from the longest prefix down; larger ones get a hash per prefix length. */
const LINEAR_LIMIT = 12;
/** What small tables share. */
const NO_MAPS: never[] = [];
const NO_LENGTHS: never[] = [];

/**
 * One routing table with longest-prefix match. A small table, as every pod has, is a short sorted list; a large
 * one keeps one hash map per prefix length in use, so that 10 routes and 100,000 cost about the same to search
 * and to change.
 *
 * A large table is mostly many routes that differ in nothing but prefix and gateway: `ip route add POD via NODE`.
 * Of those only the gateway is kept until somebody looks at one: a thousand nodes with a route to each other would
 * be a million objects.
 */
export class FibTable {
  readonly id: number;
  /** Heads of each prefix, longest prefixes first; null once the table has grown into hashes. */
  private list: Route[] | null = [];
  private maps: (PrefixMap | null)[] = NO_MAPS;
  /** What the routes that are kept as mere gateways have in common with each other. */
  private likeness: Route | null = null;
  /** Prefix lengths in use, longest first. */
  private lengths: number[] = NO_LENGTHS;
  private prefixes = 0;
  /** There is, or was, a local route other than those which addresses bring. */
  hasUnusualLocal = false;
  /** Has routes to 127.0.0.0/8 that it will bring when they are asked for. */
  private lender: LoopbackLender | null = null;

  constructor(id: number) {
    this.id = id;
  }

  /** The routes of the loopback interface are left out until somebody wants one, or wants them all. */
  deferLoopback(lender: LoopbackLender): void {
    this.lender = lender;
  }

  /** The most specific route to `destination` that has a living next hop; null when there is none. */
  lookup(destination: Ipv4Address): Route | null {
    if (this.lender !== null && destination >> 24 === 127) this.bringLoopback();
    if (this.list !== null) return lookupInList(this.list, destination);
    const { lengths } = this;
    for (let i = 0; i < lengths.length; i++) {
      const head = this.headIn(lengths[i], destination & prefixMask(lengths[i]));
      if (head === null) continue;
      const route = firstUsable(head);
      if (route !== null) return route;
    }
    return null;
  }

  /** As `lookup`, of the routes with a next hop by `output`; those that lead nowhere count as well. */
  lookupVia(destination: Ipv4Address, output: Interface): Route | null {
    for (let length = 32; length >= 0; length--) {
      let route = this.find(destination & prefixMask(length), length);
      for (; route !== null; route = route.next) {
        if (route.nexthops[0]?.iface == null || route.firstUsable(output) !== null) return route;
      }
    }
    return null;
  }

  /** The first route of exactly this prefix, lowest metric first; follow `next` for the others. */
  find(destination: Ipv4Address, prefixLength: number): Route | null {
    if (this.lender !== null && destination >> 24 === 127) this.bringLoopback();
    if (this.list === null) return this.headIn(prefixLength, destination);
    for (const head of this.list) {
      if (head.prefixLength === prefixLength && head.destination === destination) return head;
    }
    return null;
  }

  /** Adds a route: behind those of the same prefix and metric, or before them. */
  insert(route: Route, position: 'first' | 'last' = 'last'): void {
    if (route.type === 'local' && !isOfAddress(route)) this.hasUnusualLocal = true;
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
    if (this.lender !== null) this.bringLoopback();
    const heads = this.list ?? this.headsInMaps();
    const sorted = [...heads].sort(
      (a, b) => (a.destination >>> 0) - (b.destination >>> 0) || b.prefixLength - a.prefixLength,
    );
    const all: Route[] = [];
    for (const head of sorted) {
      for (let route: Route | null = head; route !== null; route = route.next) all.push(route);
    }
    return all;
  }

  private bringLoopback(): void {
    const lender = this.lender!;
    this.lender = null;
    void lender.loopback;
  }

  private addPrefix(route: Route): void {
    this.prefixes++;
    if (this.list !== null && this.prefixes <= LINEAR_LIMIT) {
      let place = 0;
      while (place < this.list.length && this.list[place].prefixLength > route.prefixLength) place++;
      this.list = inserted(this.list, place, route);
      return;
    }
    this.growIntoMaps();
    const plain = isPlain(route) && (this.likeness === null || isAlike(this.likeness, route));
    if (plain) this.likeness ??= route;
    const map = this.mapFor(route.prefixLength);
    if (plain && route !== this.likeness) map.gateways.set(route.destination, route.nexthop!.gateway);
    else map.routes.set(route.destination, route);
  }

  /** The first route of a prefix, made of its gateway if that is all that was kept. */
  private headIn(length: number, destination: Ipv4Address): Route | null {
    const map = this.maps[length];
    if (map === null || map === undefined) return null;
    const known = map.routes.get(destination);
    if (known !== undefined) return known;
    const gateway = map.gateways.get(destination);
    if (gateway === undefined) return null;
    const route = likeRoute(this.likeness!, destination, length, gateway);
    map.gateways.delete(destination);
    map.routes.set(destination, route);
    return route;
  }

  private headsInMaps(): Route[] {
    const heads: Route[] = [];
    for (const length of this.lengths) {
      const map = this.maps[length]!;
      for (const destination of map.gateways.destinations()) this.headIn(length, destination);
      for (const head of map.routes.values()) heads.push(head);
    }
    return heads;
  }

  private growIntoMaps(): void {
    if (this.list === null) return;
    const heads = this.list;
    this.list = null;
    this.maps = [];
    this.lengths = [];
    for (const head of heads) this.mapFor(head.prefixLength).routes.set(head.destination, head);
  }

  private mapFor(length: number): PrefixMap {
    let map = this.maps[length] ?? null;
    if (map === null) {
      map = { routes: new Map(), gateways: new GatewayMap() };
      for (let i = this.maps.length; i < length; i++) this.maps[i] = null;
      this.maps[length] = map;
      this.lengths.push(length);
      this.lengths.sort((a, b) => b - a);
    }
    return map;
  }

  private setHead(route: Route): void {
    if (this.list === null) {
      this.mapFor(route.prefixLength).routes.set(route.destination, route);
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
    map.routes.delete(route.destination);
    if (map.routes.size + map.gateways.size === 0) {
      this.maps[route.prefixLength] = null;
      this.lengths = this.lengths.filter((length) => length !== route.prefixLength);
    }
  }
}

/** Makes its loopback interface, and with it the interface's routes, when that is looked at. */
export interface LoopbackLender {
  readonly loopback: unknown;
}

/** The prefixes of one length: those with a route of their own, and those of which only the gateway is kept. */
interface PrefixMap {
  routes: Map<Ipv4Address, Route>;
  gateways: GatewayMap;
}

/** A local route for an address itself, or for the loopback network. */
function isOfAddress({ protocol, prefixLength, destination }: Route): boolean {
  return protocol === RouteProtocol.kernel && (prefixLength === 32 || destination >> 24 === 127);
}

/** Has nothing of its own but prefix and gateway, and a next hop in its ordinary state. */
function isPlain(route: Route): boolean {
  const { nexthop: hop } = route;
  const ordinary = route.type === 'unicast' && route.mtu === 0 && route.preferredSource === undefined;
  if (!ordinary || hop === null || hop.iface === null || !hop.usesGateway) return false;
  if (hop.gateway === 0 || hop.gateway === -1) return false;
  return hop.weight === 1 && !hop.onlink && !hop.dead && !hop.linkDown;
}

function isAlike(a: Route, b: Route): boolean {
  return (
    a.nexthop!.iface === b.nexthop!.iface &&
    a.metric === b.metric &&
    a.scope === b.scope &&
    a.protocol === b.protocol
  );
}

function likeRoute(like: Route, destination: Ipv4Address, prefixLength: number, gateway: Ipv4Address): Route {
  return new Route(destination, prefixLength, like.info, new Nexthop(like.nexthop!.iface, gateway));
}

function lookupInList(list: readonly Route[], destination: Ipv4Address): Route | null {
  for (let i = 0; i < list.length; i++) {
    const head = list[i];
    if ((destination & prefixMask(head.prefixLength)) !== head.destination) continue;
    const route = firstUsable(head);
    if (route !== null) return route;
  }
  return null;
}

function firstUsable(head: Route): Route | null {
  for (let route: Route | null = head; route !== null; route = route.next) if (route.usable) return route;
  return null;
}
