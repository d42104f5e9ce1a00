import { noInputs } from '../input/inputs.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { expandHosts } from './expand-hosts.ts';
import { plugIn } from './plug-in.ts';
import { emptyPods, layOutPods } from './pod-table.ts';
import type { Host, Topology } from './topology.ts';

/** Expands a scenario into its hosts, cables and pods; what cannot be is reported and left out. */
export function expandTopology(scenario: Scenario, problems: Problems): Topology {
  const hosts = expandHosts(scenario, problems);
  const hostByName = indexHosts(hosts, problems);
  const nodeCount = hosts.filter((host) => host.kind === 'node').length;
  const lanByName = new Map<string, number>();
  const { lans, cables } = plugIn(scenario, hosts, hostByName, lanByName, problems);
  const pods = layOutPods(scenario, hosts, nodeCount, problems);
  return { hosts, nodeCount, lans, cables, pods, hostByName, lanByName, inputs: noInputs() };
}

/** Hosts by name; two ranges can give the same name. */
function indexHosts(hosts: readonly Host[], problems: Problems): Map<string, number> {
  const hostByName = new Map<string, number>();
  for (const [index, host] of hosts.entries()) {
    const other = hosts[hostByName.get(host.name) ?? -1];
    if (other === undefined) {
      hostByName.set(host.name, index);
      continue;
    }
    const known = other.path[other.path.length - 1];
    problems.error(host.path, `a ${host.kind} "${host.name}" comes from "${known}" as well`, { at: 'key' });
  }
  return hostByName;
}

/** A topology without anything, for scenarios that are not even looked at. */
export function emptyTopology(): Topology {
  return {
    hosts: [],
    nodeCount: 0,
    lans: [],
    cables: [],
    pods: emptyPods(0),
    hostByName: new Map(),
    lanByName: new Map(),
    inputs: noInputs(),
  };
}
