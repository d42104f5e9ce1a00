import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { RouteTable } from './control-types.ts';
import { FibTable } from './fib-table.ts';
import type { Interface } from './interface.ts';
import type { Route } from './route.ts';

/**
 * The routing tables of one namespace (Linux `fib_rules` with the three rules that are there from the start:
 * table local, then main, then default).
 */
export class Fib {
  readonly local = new FibTable(RouteTable.local);
  readonly main = new FibTable(RouteTable.main);
  private others: Map<number, FibTable> | null = null;

  /** The route that the rules arrive at; null when no table has one. Routes of type throw end the search in their table. */
  lookup(destination: Ipv4Address): Route | null {
    const local = this.local.lookup(destination);
    if (local !== null && local.type !== 'throw') return local;
    const main = this.main.lookup(destination);
    if (main !== null && main.type !== 'throw') return main;
    const last = this.others?.get(RouteTable.default)?.lookup(destination) ?? null;
    return last === null || last.type === 'throw' ? null : last;
  }

  /** The tables that a lookup goes through, in that order. */
  lookupTables(): FibTable[] {
    const last = this.others?.get(RouteTable.default);
    return last === undefined ? [this.local, this.main] : [this.local, this.main, last];
  }

  /** The table of that number, made when it is asked for to be filled. */
  table(id: number): FibTable {
    if (id === RouteTable.main) return this.main;
    if (id === RouteTable.local) return this.local;
    this.others ??= new Map();
    let table = this.others.get(id);
    if (table === undefined) {
      table = new FibTable(id);
      this.others.set(id, table);
    }
    return table;
  }

  /** Every table that exists, in the order local, main, then by number. */
  tables(): FibTable[] {
    const others = this.others === null ? [] : [...this.others.values()].sort((a, b) => a.id - b.id);
    return [this.local, this.main, ...others];
  }

  /** Marks next hops out of `iface` as living or dead, and drops routes that have none left (fib_sync_down_dev). */
  interfaceDown(iface: Interface): void {
    for (const table of this.tables()) {
      for (const route of table.routes()) {
        // a local address stays reachable while its interface is down (weak host model)
        if (route.type === 'local' || !route.nexthops.some((nexthop) => nexthop.iface === iface)) continue;
        for (const nexthop of route.nexthops) if (nexthop.iface === iface) nexthop.dead = true;
        if (!route.usable) table.remove(route);
      }
    }
  }

  /** Next hops of routes with several come back to life with their interface (fib_sync_up). */
  interfaceUp(iface: Interface): void {
    this.forNexthops(iface, (nexthop) => {
      nexthop.dead = false;
      nexthop.linkDown = !iface.carrier;
    });
  }

  /** Loss of carrier only marks routes (RTNH_F_LINKDOWN); they are used all the same unless a sysctl says otherwise. */
  carrierChanged(iface: Interface): void {
    this.forNexthops(iface, (nexthop) => {
      nexthop.linkDown = !iface.carrier;
    });
  }

  /** Drops every route out of an interface that goes away. */
  interfaceRemoved(iface: Interface): void {
    for (const table of this.tables()) {
      for (const route of table.routes()) {
        if (route.nexthops.every((nexthop) => nexthop.iface === iface) && route.nexthops.length > 0)
          table.remove(route);
      }
    }
  }

  private forNexthops(iface: Interface, change: (nexthop: Route['nexthops'][number]) => void): void {
    for (const table of this.tables()) {
      for (const route of table.routes()) {
        // the state of the link is nothing to a local address
        if (route.type === 'local') continue;
        for (const nexthop of route.nexthops) if (nexthop.iface === iface) change(nexthop);
      }
    }
  }
}
