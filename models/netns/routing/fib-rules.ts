import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { RouteProtocol, RouteTable, Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import type { Fib } from './fib.ts';
import type { FlowKey } from './flow-key.ts';
import { Nexthop, Route } from './route.ts';

/** What a rule does with a packet that it matches. */
export type RuleAction = 'table' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit';

/** A rule of policy routing (Linux `struct fib_rule`, `struct fib4_rule`). */
export interface Rule {
  readonly priority: number;
  readonly action: RuleAction;
  /** For action table; 0 for the others. */
  readonly table: number;
  /** Priority of the rule to go on with, for action goto. */
  readonly target: number;
  readonly source: Ipv4Address;
  readonly sourceLength: number;
  readonly destination: Ipv4Address;
  readonly destinationLength: number;
  /** Name of the interface that the packet comes in by, `lo` for one that starts here. */
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly tos: number;
  readonly mark: number;
  readonly markMask: number;
  readonly protocolNumber: number;
  readonly sourcePorts: readonly [low: number, high: number] | undefined;
  readonly destinationPorts: readonly [low: number, high: number] | undefined;
  /** Matches what it would not match otherwise. */
  readonly invert: boolean;
  /** Answers with a prefix of at most this length do not count; -1 for none. */
  readonly suppressPrefixLength: number;
  /** Who made it. */
  readonly protocol: number;
}

export const NO_RULE_FIELDS: Omit<Rule, 'priority' | 'table'> = Object.freeze({
  action: 'table',
  target: 0,
  source: 0,
  sourceLength: 0,
  destination: 0,
  destinationLength: 0,
  iif: undefined,
  oif: undefined,
  tos: 0,
  mark: 0,
  markMask: 0,
  protocolNumber: 0,
  sourcePorts: undefined,
  destinationPorts: undefined,
  invert: false,
  suppressPrefixLength: -1,
  protocol: 0,
});

const byKernel = (priority: number, table: number): Rule => ({
  ...NO_RULE_FIELDS,
  priority,
  table,
  protocol: RouteProtocol.kernel,
});

/** The rules that every namespace starts with. */
export const DEFAULT_RULES: readonly Rule[] = Object.freeze([
  byKernel(0, RouteTable.local),
  byKernel(32_766, RouteTable.main),
  byKernel(32_767, RouteTable.default),
]);

/** Stand for the verdict of a rule that names no table: nothing was found in any. */
export const RULE_VERDICT = {
  unreachable: verdict('unreachable'),
  prohibit: verdict('prohibit'),
  blackhole: verdict('blackhole'),
} as const;

/** What `lookupByRules` found last besides the route. */
export interface RuleMatch {
  rule: Rule | null;
}

/**
 * Goes through the rules until one decides (Linux `fib_rules_lookup`, `fib4_rule_action`).
 * @param output null when the route may leave by any interface
 */
export function lookupByRules(
  fib: Fib,
  rules: readonly Rule[],
  key: FlowKey,
  match: RuleMatch,
  output: Interface | null = null,
): Route | null {
  match.rule = null;
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    if (!matchesRule(rule, key)) continue;
    if (rule.action === 'goto') {
      const target = rules.findIndex(({ priority }) => priority === rule.target);
      // the target itself is looked at next; it lies ahead
      if (target > i) i = target - 1;
      continue;
    }
    if (rule.action === 'nop') continue;
    if (rule.action !== 'table') {
      match.rule = rule;
      return RULE_VERDICT[rule.action];
    }
    const table = fib.findTable(rule.table);
    if (table === undefined) continue;
    const route = output === null ? table.lookup(key.destination) : table.lookupVia(key.destination, output);
    if (route === null || route.type === 'throw' || route.prefixLength <= rule.suppressPrefixLength) continue;
    match.rule = rule;
    return route;
  }
  return null;
}

/** Linux `fib_rule_match` and `fib4_rule_match`. */
function matchesRule(rule: Rule, key: FlowKey): boolean {
  return matchesPlainly(rule, key) !== rule.invert;
}

function matchesPlainly(rule: Rule, key: FlowKey): boolean {
  if (rule.iif !== undefined && rule.iif !== (key.input === null ? 'lo' : key.input.name)) return false;
  if (rule.oif !== undefined && rule.oif !== key.output?.name) return false;
  if (((rule.mark ^ key.mark) & rule.markMask) !== 0) return false;
  if (((rule.source ^ key.source) & prefixMask(rule.sourceLength)) !== 0) return false;
  if (((rule.destination ^ key.destination) & prefixMask(rule.destinationLength)) !== 0) return false;
  if (rule.tos !== 0 && rule.tos !== (key.tos & TOS_MASK)) return false;
  if (rule.protocolNumber !== 0 && rule.protocolNumber !== key.protocol) return false;
  return inRange(rule.sourcePorts, key.sourcePort) && inRange(rule.destinationPorts, key.destinationPort);
}

/** A rule by TOS does not see the upper three bits of the DSCP (RFC 1349; Linux `fib_dscp_masked_match`). */
const TOS_MASK = 0x1c;

function inRange(range: readonly [low: number, high: number] | undefined, port: number): boolean {
  return range === undefined || (port >= range[0] && port <= range[1]);
}

function verdict(type: 'unreachable' | 'prohibit' | 'blackhole'): Route {
  const info = {
    type,
    scope: Scope.global,
    metric: 0,
    protocol: RouteProtocol.unspec,
    table: 0,
    preferredSource: undefined,
    mtu: 0,
  };
  return new Route(0, 0, info, new Nexthop(null, undefined));
}
