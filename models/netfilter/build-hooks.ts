import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Chain } from './chain.ts';
import type { Conntrack } from './conntrack.ts';
import type { HookName, TableName } from './control-types.ts';
import {
  ChainStep,
  ConfirmStep,
  Hook,
  type HookStep,
  MangleOutputStep,
  NatStep,
  type NetfilterHooks,
  TrackStep,
} from './hooks.ts';

/** What the hooks of a namespace are made of. */
export interface HookParts {
  namespace: NetworkNamespace;
  conntrack: Conntrack;
  /** Some rule needs connections to be tracked. */
  tracks: boolean;
  /** A chain of the nat table has been made: every connection is given a tuple of its own. */
  translates: boolean;
  callFromBridges: boolean;
  /** A built-in chain that can touch a packet; null for an idle one. */
  chain(table: TableName, hook: HookName): Chain | null;
}

/** Puts together what stands at each hook; null when nothing stands anywhere. */
export function buildHooks(parts: HookParts): NetfilterHooks | null {
  const hooks: NetfilterHooks = {
    preRouting: buildHook(parts, 'PREROUTING'),
    input: buildHook(parts, 'INPUT'),
    forward: buildHook(parts, 'FORWARD'),
    output: buildHook(parts, 'OUTPUT'),
    postRouting: buildHook(parts, 'POSTROUTING'),
    callFromBridges: parts.callFromBridges,
  };
  const { preRouting, input, forward, output, postRouting } = hooks;
  const idle = [preRouting, input, forward, output, postRouting].every((hook) => hook === null);
  return idle ? null : hooks;
}

/**
 * In the order of Linux `enum nf_ip_hook_priorities`: defragmentation, raw, tracking, mangle, translation of the
 * destination, filter, translation of the source, confirmation.
 */
function buildHook(parts: HookParts, name: HookName): Hook | null {
  const { namespace, conntrack, tracks, translates } = parts;
  const steps: HookStep[] = [];
  const begins = name === 'PREROUTING' || name === 'OUTPUT';
  const ends = name === 'INPUT' || name === 'POSTROUTING';
  const addChain = (table: TableName): void => {
    const chain = parts.chain(table, name);
    if (chain === null) return;
    const reroutes = table === 'mangle' && name === 'OUTPUT';
    steps.push(reroutes ? new MangleOutputStep(namespace, chain) : new ChainStep(namespace, chain, name));
  };
  if (begins) addChain('raw');
  if (begins && tracks) steps.push(new TrackStep(conntrack));
  addChain('mangle');
  if (begins && tracks && translates) steps.push(new NatStep(conntrack, parts.chain('nat', name), name));
  addChain('filter');
  if (ends && tracks && translates) steps.push(new NatStep(conntrack, parts.chain('nat', name), name));
  if (ends && tracks) steps.push(new ConfirmStep(conntrack));
  return steps.length === 0 ? null : new Hook(name, namespace, begins && tracks, steps);
}
