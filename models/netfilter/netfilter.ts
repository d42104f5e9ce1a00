import type { Interface } from '../netns/interface/interface.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { buildHooks } from './build-hooks.ts';
import { compileRule } from './compile-rule.ts';
import type { Connection } from './connection.ts';
import { connectionView } from './connection-view.ts';
import { Conntrack } from './conntrack.ts';
import {
  BUILT_IN_CHAINS,
  type ChainView,
  type ConntrackStatistics,
  type ConntrackView,
  type Counters,
  type HookName,
  type LogEntry,
  type NetfilterControl,
  type Policy,
  type RuleRef,
  type RuleSpec,
  type SetEntrySpec,
  type SetSpec,
  type SetView,
  TABLE_NAMES,
  type TableName,
} from './control-types.ts';
import { IpSets } from './ip-set-control.ts';
import type { RecentList } from './match/recent.ts';
import { RuleTable } from './rule-table.ts';

const LOG_LIMIT = 10_000;

/** Netfilter in one namespace: its tables, connections and sets. Made when first asked for. */
export class Netfilter implements NetfilterControl {
  readonly namespace: NetworkNamespace;
  readonly conntrack: Conntrack;
  readonly ipSets: IpSets;
  private readonly tablesByName: ReadonlyMap<TableName, RuleTable>;
  private readonly recentLists = new Map<string, RecentList>();
  private readonly lines: LogEntry[] = [];
  private callsFromBridges = true;

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
    this.conntrack = new Conntrack(namespace);
    this.ipSets = new IpSets(namespace, (name) => this.rulesNaming(name));
    this.tablesByName = new Map(
      TABLE_NAMES.map((name) => [name, new RuleTable(name, (spec, chain) => compileRule(this, spec, chain))]),
    );
  }

  // --- rules

  chains(table: TableName): ChainView[] {
    const rules = this.table(table);
    return rules.allChains().map((chain) => rules.view(chain));
  }

  chain(table: TableName, chain: string): ChainView | undefined {
    const found = this.table(table).find(chain);
    return found === undefined ? undefined : this.table(table).view(found);
  }

  tables(): TableName[] {
    return TABLE_NAMES.filter((name) => this.table(name).touched);
  }

  appendRule(table: TableName, chain: string, rule: RuleSpec, counters?: Counters): void {
    this.change(() => this.table(table).insert(chain, rule, 'end', counters));
  }

  insertRule(table: TableName, chain: string, rule: RuleSpec, number = 1, counters?: Counters): void {
    this.change(() => this.table(table).insert(chain, rule, number, counters));
  }

  replaceRule(table: TableName, chain: string, number: number, rule: RuleSpec, counters?: Counters): void {
    this.change(() => this.table(table).replace(chain, number, rule, counters));
  }

  deleteRule(table: TableName, chain: string, rule: RuleRef): void {
    this.change(() => this.table(table).delete(chain, rule));
  }

  hasRule(table: TableName, chain: string, rule: RuleSpec): boolean {
    return this.table(table).has(chain, rule);
  }

  newChain(table: TableName, chain: string): void {
    this.table(table).newChain(chain);
  }

  deleteChain(table: TableName, chain?: string): void {
    this.table(table).deleteChain(chain);
  }

  renameChain(table: TableName, chain: string, newName: string): void {
    this.table(table).renameChain(chain, newName);
  }

  setPolicy(table: TableName, chain: string, policy: Policy, counters?: Counters): void {
    this.change(() => this.table(table).setPolicy(chain, policy, counters));
  }

  flushChain(table: TableName, chain?: string): void {
    this.change(() => this.table(table).flush(chain));
  }

  zeroCounters(table: TableName, chain?: string, number?: number): void {
    this.table(table).zero(chain, number);
  }

  // --- sets

  addSet(spec: SetSpec, mode: 'create' | 'exist' = 'create'): void {
    this.ipSets.create(spec, mode === 'exist');
  }

  deleteSet(name?: string): void {
    this.ipSets.destroy(name);
  }

  renameSet(name: string, newName: string): void {
    this.ipSets.rename(name, newName);
  }

  swapSets(name: string, other: string): void {
    this.ipSets.swap(name, other);
  }

  flushSet(name?: string): void {
    this.ipSets.flush(name);
  }

  addSetEntry(set: string, entry: SetEntrySpec, mode: 'add' | 'exist' = 'add'): void {
    this.ipSets.add(set, entry, mode === 'exist');
  }

  deleteSetEntry(set: string, entry: SetEntrySpec, mode: 'delete' | 'exist' = 'delete'): void {
    this.ipSets.delete(set, entry, mode === 'exist');
  }

  testSetEntry(set: string, entry: SetEntrySpec): boolean {
    return this.ipSets.has(set, entry);
  }

  sets(): SetView[] {
    return this.ipSets.views();
  }

  set(name: string): SetView | undefined {
    return this.ipSets.view(name);
  }

  // --- connections

  conntrackEntries(): ConntrackView[] {
    const { now, table } = this.conntrack;
    return [...table.entries(now)].map((connection) => connectionView(connection, now));
  }

  deleteConntrack(choose: (entry: ConntrackView) => boolean): number {
    const { now, table } = this.conntrack;
    const chosen: Connection[] = [];
    for (const connection of table.entries(now)) {
      if (choose(connectionView(connection, now))) chosen.push(connection);
    }
    for (const connection of chosen) table.remove(connection);
    return chosen.length;
  }

  flushConntrack(): void {
    this.deleteConntrack(() => true);
  }

  conntrackStatistics(): ConntrackStatistics {
    return { ...this.conntrack.statistics, entries: this.conntrack.table.count };
  }

  // --- the log

  log(): readonly LogEntry[] {
    return this.lines;
  }

  clearLog(): void {
    this.lines.length = 0;
  }

  write(entry: LogEntry): void {
    if (this.lines.length >= LOG_LIMIT) this.lines.shift();
    this.lines.push(entry);
  }

  // --- what the stack and the rules ask for

  /** The list of `-m recent --name`. */
  recentList(name: string): RecentList {
    let list = this.recentLists.get(name);
    if (list === undefined) {
      list = new Map();
      this.recentLists.set(name, list);
    }
    return list;
  }

  get callFromBridges(): boolean {
    return this.callsFromBridges;
  }

  /** `net.bridge.bridge-nf-call-iptables`. */
  set callFromBridges(calls: boolean) {
    this.callsFromBridges = calls;
    this.change(() => {});
  }

  /** An interface went down or lost an address. */
  interfaceChanged(iface: Interface, lostAddress?: Ipv4Address): void {
    this.conntrack.forgetMasqueraded(iface, lostAddress);
  }

  private table(name: TableName): RuleTable {
    return this.tablesByName.get(name)!;
  }

  private rulesNaming(set: string): number {
    let count = 0;
    for (const table of this.tablesByName.values()) {
      for (const { spec } of table.allRules()) {
        count += (spec.matches ?? []).filter((match) => match.match === 'set' && match.set === set).length;
      }
    }
    return count;
  }

  /** Does something to the rules; what stands at the hooks follows. */
  private change(action: () => void): void {
    action();
    const tracks = TABLE_NAMES.some((name) => this.table(name).tracking > 0);
    const { namespace, conntrack } = this;
    namespace.hooks = buildHooks({
      namespace,
      conntrack,
      tracks,
      translates: BUILT_IN_CHAINS.nat.some((hook) => this.table('nat').get(hook).touched),
      callFromBridges: this.callsFromBridges,
      chain: (table: TableName, hook: HookName) => {
        const chain = this.table(table).find(hook);
        return chain === undefined || chain.isIdle ? null : chain;
      },
    });
    namespace.generation++;
  }
}
