import type { ChainView } from '../../../models/netfilter/control-types.ts';
import { saveRule } from './save-rule.ts';

/** `iptables -S`: the lines that make the chains, then those that make their rules. */
export function listRules(chains: readonly ChainView[], withCounters: boolean): string {
  const heads = chains.map(({ name, policy, packets, bytes }) => {
    if (policy === undefined) return `-N ${name}\n`;
    return `-P ${name} ${policy}${withCounters ? ` -c ${packets} ${bytes}` : ''}\n`;
  });
  const rules = chains.flatMap(({ name, rules }) =>
    rules.map((rule) => `${saveRule(name, rule, withCounters ? rule : undefined)}\n`),
  );
  return heads.join('') + rules.join('');
}
