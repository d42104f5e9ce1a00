import { type RuleSpec, TABLE_NAMES, type TableName } from '../../netfilter/control-types.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { WEAVE_BRIDGE } from './bridge-config.ts';
import { destroyBridge } from './ensure-bridge.ts';

/** Names of interfaces of pods begin with this. */
const POD_PORT = 'vethwepl';
/** Names of all chains that are Weave's own. */
const CHAIN = /^WEAVE(-|$)/;

/** Takes the bridge from a host, the interfaces of its pods, and the rules about them (`weave reset`). */
export function resetHost(namespace: NetworkNamespace): void {
  destroyBridge(namespace);
  const ports = namespace.interfaces().filter(({ name }) => name.startsWith(POD_PORT));
  for (const { name } of ports) namespace.deleteLink(name);
  for (const table of TABLE_NAMES) {
    if (table !== 'raw') deleteRules(namespace, table);
  }
}

function deleteRules({ netfilter }: NetworkNamespace, table: TableName): void {
  for (const { name, rules } of netfilter.chains(table)) {
    // from the last on, so that the numbers of the others stay right
    for (let number = rules.length; number > 0; number--) {
      if (isWeaves(rules[number - 1])) netfilter.deleteRule(table, name, number);
    }
  }
  const own = netfilter.chains(table).filter(({ name }) => CHAIN.test(name));
  for (const { name } of own) netfilter.flushChain(table, name);
  for (const { name } of own) netfilter.deleteChain(table, name);
}

function isWeaves({ inInterface, outInterface, target }: RuleSpec): boolean {
  if (inInterface?.name === WEAVE_BRIDGE || outInterface?.name === WEAVE_BRIDGE) return true;
  return target?.target === 'chain' && CHAIN.test(target.chain);
}
