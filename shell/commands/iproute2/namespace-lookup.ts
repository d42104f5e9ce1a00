import type { Network } from '../../../models/netns/network.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { usageError } from './arguments.ts';

/** The namespace that `-n NAME` or `ip netns exec NAME` enters. */
export function enterNamespace(network: Network, name: string): NetworkNamespace {
  const namespace = network.namespace(name);
  if (namespace === undefined) {
    throw usageError(`Cannot open network namespace "${name}": No such file or directory`);
  }
  return namespace;
}

const known = new WeakMap<NetworkNamespace, Map<string, number>>();

/**
 * The number by which a namespace knows another one (`link-netnsid`): given out in the order in which the
 * other ends of its veth pairs are met, by interface index.
 */
export function namespaceIds(namespace: NetworkNamespace): ReadonlyMap<string, number> {
  let ids = known.get(namespace);
  if (ids === undefined) known.set(namespace, (ids = new Map()));
  for (const { peer } of namespace.links()) {
    if (peer === undefined || peer.namespace === namespace.name || ids.has(peer.namespace)) continue;
    ids.set(peer.namespace, lowestFree(new Set(ids.values())));
  }
  return ids;
}

function lowestFree(used: ReadonlySet<number>): number {
  let id = 0;
  while (used.has(id)) id++;
  return id;
}
