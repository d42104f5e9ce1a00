import { type RuleSpec, TABLE_NAMES, type TableName } from '../../netfilter/control-types.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { type BridgeConfig, type Cidr, WEAVE_BRIDGE } from './bridge-config.ts';
import {
  appendUnique,
  clearChain,
  ensureChain,
  ensureRulesAtTop,
  MULTICAST,
  not,
  subnetOf,
} from './rules.ts';

/** Ranges of addresses that this host's pods have: kept by who owns the ring. */
export const NO_MASQ_LOCAL_SET = 'weaver-no-masq-local';

const CANARY = 'WEAVE-CANARY';
const CONTROL_PORT = 6784;
const NPC_LOG_GROUP = 86;

const into = { inInterface: { name: WEAVE_BRIDGE } };
const outOf = { outInterface: { name: WEAVE_BRIDGE } };
const accept = { target: { target: 'ACCEPT' } } as const;
const drop = { target: { target: 'DROP' } } as const;
const jump = (chain: string) => ({ target: { target: 'chain', chain } }) as const;
const comment = (text: string) => ({ match: 'comment', text }) as const;
const BEFORE_KUBE_FORWARD = comment("NOTE: this must go before '-j KUBE-FORWARD'");

/** The rules of a host that the router makes when it starts (weave `configureIPTables`). */
export function configureRules(namespace: NetworkNamespace, config: BridgeConfig): void {
  for (const table of TABLE_NAMES) if (table !== 'raw') ensureChain(namespace, table, CANARY);
  appendUnique(namespace, 'filter', 'INPUT', controlPortRule(config.controlPort ?? CONTROL_PORT));
  const first = config.expectNpc === true ? npcRules(namespace) : openRules(namespace);
  ensureRulesAtTop(namespace, 'filter', 'FORWARD', [
    ...first,
    { ...into, outInterface: { name: WEAVE_BRIDGE, not: true }, ...accept },
    { ...outOf, matches: [{ match: 'conntrack', states: { any: ['RELATED', 'ESTABLISHED'] } }], ...accept },
  ]);
  clearChain(namespace, 'nat', 'WEAVE');
  if (config.noMasqLocal === true) keepLocalSources(namespace);
  appendUnique(namespace, 'nat', 'POSTROUTING', jump('WEAVE'));
}

/**
 * Whether the rules may be there still: somebody who flushes a table takes the canary with them. The router looks every
 * ten seconds and makes them anew (weave `MonitorRules`).
 */
export function rulesAreThere({ netfilter }: NetworkNamespace): boolean {
  return TABLE_NAMES.every((table) => table === 'raw' || netfilter.chain(table, CANARY) !== undefined);
}

/** Only this host may speak to the control interface. */
function controlPortRule(port: number): RuleSpec {
  return {
    destination: { address: 0x7f000001, mask: 0xffffffff },
    protocol: { number: IpProtocol.tcp },
    matches: [
      { match: 'tcp', destinationPort: { first: port, last: port } },
      { match: 'addrtype', source: { any: ['LOCAL'], not: true } },
      { match: 'conntrack', states: { any: ['RELATED', 'ESTABLISHED'], not: true } },
      comment('Block non-local access to Weave Net control port'),
    ],
    ...drop,
  };
}

/** What passes is decided by weave-npc, which fills its chains. */
function npcRules(namespace: NetworkNamespace): RuleSpec[] {
  for (const chain of ['WEAVE-NPC', 'WEAVE-NPC-EGRESS']) ensureChain(namespace, 'filter', chain);
  appendUnique(namespace, 'filter', 'INPUT', { ...into, ...jump('WEAVE-NPC-EGRESS') });
  return [
    { ...into, matches: [BEFORE_KUBE_FORWARD], ...jump('WEAVE-NPC-EGRESS') },
    { ...outOf, matches: [BEFORE_KUBE_FORWARD], ...jump('WEAVE-NPC') },
    {
      ...outOf,
      matches: [{ match: 'conntrack', spelling: 'state', states: { any: ['NEW'] } }],
      target: { target: 'NFLOG', group: NPC_LOG_GROUP, prefix: '' },
    },
    { ...outOf, ...drop },
  ];
}

/** Everything may pass from pod to pod, whatever the policy of the chain is. */
function openRules(namespace: NetworkNamespace): RuleSpec[] {
  clearChain(namespace, 'filter', 'WEAVE-EXPOSE');
  return [
    { ...into, ...outOf, ...accept },
    { ...outOf, ...jump('WEAVE-EXPOSE') },
  ];
}

function keepLocalSources(namespace: NetworkNamespace): void {
  namespace.netfilter.addSet({ name: NO_MASQ_LOCAL_SET, type: 'hash:net', comment: true }, 'exist');
  appendUnique(namespace, 'nat', 'WEAVE', {
    matches: [
      { match: 'set', set: NO_MASQ_LOCAL_SET, directions: ['dst'] },
      comment('Prevent SNAT to locally running containers'),
    ],
    target: { target: 'RETURN' },
  });
}

/** The rules for a subnet of pods in which the bridge has an address (weave `exposeNAT`). */
export function exposeRules(namespace: NetworkNamespace, cidr: Cidr, config: BridgeConfig): void {
  appendUnique(namespace, 'nat', 'WEAVE', {
    source: subnetOf(cidr),
    destination: MULTICAST,
    target: { target: 'RETURN' },
  });
  for (const [table, chain, rule] of subnetRules(cidr, config)) appendUnique(namespace, table, chain, rule);
}

/** `weave hide`; what it says of multicast stays. */
export function deleteExposeRules(namespace: NetworkNamespace, cidr: Cidr, config: BridgeConfig): void {
  const { netfilter } = namespace;
  for (const [table, chain, rule] of subnetRules(cidr, config)) {
    if (netfilter.hasRule(table, chain, rule)) netfilter.deleteRule(table, chain, rule);
  }
}

/** Table, chain and rule. */
function subnetRules(cidr: Cidr, config: BridgeConfig): [TableName, string, RuleSpec][] {
  const subnet = subnetOf(cidr);
  const masquerade = { target: { target: 'MASQUERADE' } } as const;
  const rules: [TableName, string, RuleSpec][] = [
    ['nat', 'WEAVE', { source: not(subnet), destination: subnet, ...masquerade }],
    ['nat', 'WEAVE', { source: subnet, destination: not(subnet), ...masquerade }],
  ];
  if (config.expectNpc !== true) rules.push(['filter', 'WEAVE-EXPOSE', { destination: subnet, ...accept }]);
  return rules;
}
