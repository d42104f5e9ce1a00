import { prefixMask } from '../../wire/ipv4-address.ts';
import { ControlError } from '../control-error.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { DEFAULT_RULES, NO_RULE_FIELDS, type Rule } from './fib-rules.ts';

/** A rule as `ip rule add` describes it: what is left open is undefined. */
export type RuleSpec = Partial<Rule>;

const MARK_MASK_ALL = -1;
/** TOS bits that a rule may name. */
const TOS_MASK = 0x1c;

/** `ip rule add` (Linux `fib_newrule`). */
export function addRule(namespace: NetworkNamespace, spec: RuleSpec): void {
  const rules = rulesOf(namespace);
  const rule = complete(spec, rules);
  check(rule);
  if (rules.some((other) => sameRule(other, rule))) throw new ControlError('EEXIST');
  const behind = rules.findIndex(({ priority }) => priority > rule.priority);
  const place = behind < 0 ? rules.length : behind;
  setRules(namespace, [...rules.slice(0, place), rule, ...rules.slice(place)]);
}

/** `ip rule del` (Linux `fib_delrule`): the first rule that has everything that is given. */
export function deleteRule(namespace: NetworkNamespace, spec: RuleSpec): void {
  const rules = rulesOf(namespace);
  const wanted =
    spec.mark !== undefined && spec.markMask === undefined ? { ...spec, markMask: MARK_MASK_ALL } : spec;
  const place = rules.findIndex((rule) => agrees(rule, wanted));
  if (place < 0) throw new ControlError('ENOENT');
  setRules(
    namespace,
    rules.filter((_, i) => i !== place),
  );
}

/** All rules, in the order in which they are asked. */
export function rulesOf(namespace: NetworkNamespace): readonly Rule[] {
  return namespace.fib.rules ?? DEFAULT_RULES;
}

function setRules(namespace: NetworkNamespace, rules: readonly Rule[]): void {
  // the way back to having no rules at all is not taken: tables once split stay so (Linux fib_unmerge)
  namespace.fib.rules = rules;
  namespace.generation++;
}

function complete(spec: RuleSpec, rules: readonly Rule[]): Rule {
  const masked = spec.mark !== undefined && spec.markMask === undefined;
  const action = spec.action ?? 'table';
  return {
    ...NO_RULE_FIELDS,
    ...spec,
    action,
    table: action === 'table' ? (spec.table ?? 0) : 0,
    markMask: masked ? MARK_MASK_ALL : (spec.markMask ?? 0),
    // Linux fib_default_rule_pref: before the second rule
    priority: spec.priority ?? Math.max((rules[1]?.priority ?? 1) - 1, 0),
  };
}

function check(rule: Rule): void {
  if (rule.action === 'goto' && rule.target <= rule.priority) {
    throw new ControlError('EINVAL', 'Backward goto not supported');
  }
  if ((rule.tos & ~TOS_MASK) !== 0) throw new ControlError('EINVAL', 'Invalid tos');
  checkPorts(rule.sourcePorts, 'sport');
  checkPorts(rule.destinationPorts, 'dport');
}

function checkPorts(range: readonly [number, number] | undefined, name: string): void {
  if (range === undefined) return;
  const [low, high] = range;
  if (low === 0 || high === 0 || high === 0xffff || low > high) {
    throw new ControlError('EINVAL', `Invalid ${name} range`);
  }
}

/** Linux `rule_exists`: prefixes and TOS of the new rule count only where it has them. */
function sameRule(a: Rule, b: Rule): boolean {
  return agrees(a, b) && COMPARED.every((key) => key === 'tos' || a[key] === b[key]);
}

/** Whether a rule has every part that is given; a part that is 0 is not given. */
function agrees(rule: Rule, spec: RuleSpec): boolean {
  return (
    samePrefix(rule.source, rule.sourceLength, spec.source, spec.sourceLength) &&
    samePrefix(rule.destination, rule.destinationLength, spec.destination, spec.destinationLength) &&
    sameRange(rule.sourcePorts, spec.sourcePorts) &&
    sameRange(rule.destinationPorts, spec.destinationPorts) &&
    COMPARED.every((key) => isOpen(key, spec) || rule[key] === spec[key])
  );
}

const COMPARED = [
  'priority',
  'action',
  'table',
  'target',
  'iif',
  'oif',
  'tos',
  'mark',
  'markMask',
  'protocolNumber',
  'suppressPrefixLength',
] as const;

function isOpen(key: (typeof COMPARED)[number], spec: RuleSpec): boolean {
  const value = spec[key];
  if (value === undefined) return true;
  if (key === 'priority') return false;
  return key === 'suppressPrefixLength' ? value === -1 : value === 0;
}

function samePrefix(
  address: number,
  length: number,
  wanted: number | undefined,
  wantedLength: number | undefined,
): boolean {
  if (wantedLength === undefined || wantedLength === 0) return true;
  return length === wantedLength && ((address ^ (wanted ?? 0)) & prefixMask(length)) === 0;
}

function sameRange(
  range: readonly [number, number] | undefined,
  wanted: readonly [number, number] | undefined,
): boolean {
  if (wanted === undefined) return true;
  return range !== undefined && range[0] === wanted[0] && range[1] === wanted[1];
}
