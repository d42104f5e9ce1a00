import type { AddressMatch, RuleSpec, TableName } from '../../netfilter/control-types.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { prefixMask } from '../../wire/ipv4-address.ts';
import type { Cidr } from './bridge-config.ts';

/**
 * 224.0.0.0/4, the multicast groups. The mask comes first: to V8 objects that begin with an `address` are akin, and of
 * one that is beyond 2^31 it learns that addresses of interfaces and routes may be so, too.
 */
export const MULTICAST: AddressMatch = { mask: 0xf0000000, address: 0xe0000000 };

/** The subnet of an address, as rules name it. */
export function subnetOf({ address, prefixLength }: Cidr): AddressMatch {
  const mask = prefixMask(prefixLength) >>> 0;
  return { mask, address: (address & mask) >>> 0 };
}

export const not = <T extends object>(match: T): T & { not: true } => ({ ...match, not: true });

/** Makes a chain, or empties the one that is there. */
export function clearChain({ netfilter }: NetworkNamespace, table: TableName, chain: string): void {
  if (netfilter.chain(table, chain) === undefined) netfilter.newChain(table, chain);
  else netfilter.flushChain(table, chain);
}

export function ensureChain({ netfilter }: NetworkNamespace, table: TableName, chain: string): void {
  if (netfilter.chain(table, chain) === undefined) netfilter.newChain(table, chain);
}

export function appendUnique(
  { netfilter }: NetworkNamespace,
  table: TableName,
  chain: string,
  rule: RuleSpec,
): void {
  if (!netfilter.hasRule(table, chain, rule)) netfilter.appendRule(table, chain, rule);
}

/** Where one of the rules is missing, all of them are put at the top of the chain anew, so that their order is right. */
export function ensureRulesAtTop(
  { netfilter }: NetworkNamespace,
  table: TableName,
  chain: string,
  rules: readonly RuleSpec[],
): void {
  if (rules.every((rule) => netfilter.hasRule(table, chain, rule))) return;
  rules.forEach((rule, place) => {
    if (netfilter.hasRule(table, chain, rule)) netfilter.deleteRule(table, chain, rule);
    netfilter.insertRule(table, chain, rule, place + 1);
  });
}
