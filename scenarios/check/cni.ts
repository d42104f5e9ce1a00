import { formatPrefix, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { Problems } from '../problems.ts';
import { podNetworkSection } from '../schema/cluster.ts';
import type { CniSection } from '../schema/cni.ts';
import type { Scenario } from '../schema/scenario.ts';
import { matchNames } from '../topology/match-hosts.ts';
import { NoMatch } from '../topology/no-match.ts';
import { hostAddress, type Topology } from '../topology/topology.ts';
import { WEAVE_INTERFACES } from '../topology/weave-interfaces.ts';

/** A plugin's pod network can be made on these nodes. */
export function checkCni(scenario: Scenario, topology: Topology, problems: Problems): void {
  const { cni } = scenario;
  if (cni === undefined) return;
  if (JSON.stringify(scenario.pod_network) !== JSON.stringify(podNetworkSection.parse(undefined))) {
    problems.error(['pod_network'], 'with cni the pods have another network', { at: 'key' });
  }
  for (const [name, { address }] of Object.entries(scenario.pods)) {
    if (address === undefined) continue;
    problems.error(['pods', name, 'address'], 'with cni the plugin gives pods their addresses');
  }
  checkRange(cni, problems);
  checkNodes(cni, topology, problems);
  checkPeers(cni, topology, problems);
}

/** As the router refuses to start (weave `MinSubnetSize`). */
function checkRange({ ipalloc_range: range }: CniSection, problems: Problems): void {
  if (range.length <= 30) return;
  problems.error(['cni', 'ipalloc_range'], `${formatPrefix(range)} has fewer than 4 addresses`, {
    expected: 'a range of at least 4, such as 10.32.0.0/12',
  });
}

function checkNodes({ ipalloc_range: range }: CniSection, topology: Topology, problems: Problems): void {
  for (const node of topology.hosts.slice(0, topology.nodeCount)) {
    if (hostAddress(node) === undefined) {
      problems.error(node.path, `${node.name} has no address by which others could reach its router`, {
        at: 'key',
      });
    }
    for (const { name, address } of node.nics) {
      if (WEAVE_INTERFACES.includes(name)) {
        problems.error(node.path, `"${name}" of ${node.name} is the name of an interface of Weave`, {
          at: 'key',
        });
      }
      const mask = address && prefixMask(Math.min(address.length, range.length));
      if (address === undefined || (address.address & mask!) !== (range.address & mask!)) continue;
      const message = `${formatPrefix(range)} overlaps ${formatPrefix(address)} of ${node.name}:${name}`;
      problems.error(['cni', 'ipalloc_range'], message, {
        expected: 'a range apart from the networks of the nodes',
      });
      return;
    }
  }
}

function checkPeers({ peers = {} }: CniSection, topology: Topology, problems: Problems): void {
  const { hostByName, nodeCount } = topology;
  const nodes = new Map([...hostByName].filter(([, place]) => place < nodeCount));
  for (const [name, references] of Object.entries(peers)) {
    const known = matchNames(name, nodes, 'node');
    if (known instanceof NoMatch) problems.unresolved(['cni', 'peers', name], known);
    for (const [index, reference] of references.entries()) {
      const matched = matchNames(reference, nodes, 'node');
      if (matched instanceof NoMatch) problems.unresolved(['cni', 'peers', name, index], matched);
    }
  }
}
