import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { RouteTable, type RouteType } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import { lookupByRules, type Rule, type RuleMatch } from './fib-rules.ts';
import { FibTable } from './fib-table.ts';
import { type FlowKey, fillFlowKey, newFlowKey } from './flow-key.ts';
import type { Route } from './route.ts';
import type { SoleAddress } from './sole-address.ts';

const keyOfDestination = newFlowKey();

/** A look-up about which nothing but the destination is known. */
function plainKey(destination: Ipv4Address): FlowKey {
  return fillFlowKey(keyOfDestination, 0, destination, null, null, null);
}

/**
 * As long as nobody has made a rule, tables local and main are one trie to Linux (`fib_trie_table`): the longer prefix
 * counts, of equal ones that of table local.
 */
function longerPrefix(local: Route | null, main: Route | null): Route | null {
  if (local === null) return main;
  return main !== null && main.prefixLength > local.prefixLength ? main : local;
}

/** The routing tables of one namespace, and the rules that say which one is asked. */
export class Fib implements RuleMatch {
  /** Stands for the tables until there are any. */
  private soleAddress: SoleAddress | null;
  private localTable: FibTable | null = null;
  private mainTable: FibTable | null = null;
  /** Null until somebody makes or deletes one: then they are table local, then main, then default. */
  rules: readonly Rule[] | null = null;
  /** The rule that decided the last look-up; null when none did, or none was ever made. */
  rule: Rule | null = null;
  private others: Map<number, FibTable> | null = null;

  /** @param soleAddress what fills the tables when they are needed; without it they begin empty */
  constructor(soleAddress: SoleAddress | null = null) {
    this.soleAddress = soleAddress;
  }

  get local(): FibTable {
    this.complete();
    this.localTable ??= new FibTable(RouteTable.local);
    return this.localTable;
  }

  get main(): FibTable {
    this.complete();
    this.mainTable ??= new FibTable(RouteTable.main);
    return this.mainTable;
  }

  /** Makes what follows from addresses into tables: to be called before they are changed. */
  complete(): void {
    const { soleAddress } = this;
    if (soleAddress === null) return;
    this.soleAddress = null;
    soleAddress.fill(this);
  }

  /**
   * The route that the rules arrive at (Linux `fib_lookup`); null when no table has one. Routes of type throw end the
   * search in their table.
   */
  lookup(destination: Ipv4Address, key: FlowKey | null = null): Route | null {
    if (this.rules !== null) {
      return lookupByRules(this, this.rules, key ?? plainKey(destination), this);
    }
    const known = this.soleAddress === null ? undefined : this.soleAddress.lookup(destination);
    if (known !== undefined) return known;
    const local = this.local.lookup(destination);
    const isWhole = local !== null && local.prefixLength === 32;
    const route = isWhole ? local : longerPrefix(local, this.main.lookup(destination));
    if (route !== null && route.type !== 'throw') return route;
    const last = this.others?.get(RouteTable.default)?.lookup(destination) ?? null;
    return last === null || last.type === 'throw' ? null : last;
  }

  /** Whether an address is this host's only one, which takes neither tables nor a route to tell. */
  isSoleAddress(address: Ipv4Address): boolean {
    return this.soleAddress !== null && this.rules === null && this.soleAddress.is(address);
  }

  /** What an address is by table local (Linux `inet_addr_type`): unicast when it is nothing special. */
  typeOf(address: Ipv4Address): RouteType {
    if (this.isSoleAddress(address)) return 'local';
    return this.lookupLocal(address)?.type ?? 'unicast';
  }

  /**
   * What table local has for an address. While it is one trie with table main, a longer prefix
   * of main hides what local has.
   */
  lookupLocal(address: Ipv4Address): Route | null {
    if (this.soleAddress !== null && this.rules === null) {
      const known = this.soleAddress.lookupLocal(address);
      if (known !== undefined) return known;
    }
    const local = this.local.lookup(address);
    if (local === null || local.prefixLength === 32 || this.rules !== null) return local;
    return longerPrefix(local, this.main.lookup(address)) === local ? local : null;
  }

  /** The tables that a lookup goes through, in that order. */
  lookupTables(): FibTable[] {
    const last = this.others?.get(RouteTable.default);
    return last === undefined ? [this.local, this.main] : [this.local, this.main, last];
  }

  /** The route that leaves by one interface (`flowi4_oif`), whatever the state of its link. */
  lookupVia(output: Interface, key: FlowKey): Route | null {
    if (this.rules !== null) return lookupByRules(this, this.rules, key, this, output);
    const { destination } = key;
    const tables = [this.local, this.main].map((table) => table.lookupVia(destination, output));
    const route = longerPrefix(tables[0], tables[1]);
    if (route !== null && route.type !== 'throw') return route;
    const last = this.others?.get(RouteTable.default)?.lookupVia(destination, output) ?? null;
    return last === null || last.type === 'throw' ? null : last;
  }

  /** Whether local is what interfaces have as their addresses, and 127.0.0.0/8, and nothing else. */
  get isLocalByAddress(): boolean {
    if (this.soleAddress !== null) return this.rules === null;
    const { rules, local, main, others } = this;
    return rules === null && others === null && !local.hasUnusualLocal && !main.hasUnusualLocal;
  }

  /** The table of that number, if there is one. */
  findTable(id: number): FibTable | undefined {
    if (id === RouteTable.main) return this.main;
    if (id === RouteTable.local) return this.local;
    return this.others?.get(id);
  }

  /** The table of that number, made when it is asked for to be filled. */
  table(id: number): FibTable {
    if (id === RouteTable.main) return this.main;
    if (id === RouteTable.local) return this.local;
    this.complete();
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
        for (const nexthop of route.nexthops) {
          if (nexthop.iface === iface) nexthop.dead = nexthop.linkDown = true;
        }
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
