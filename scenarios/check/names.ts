import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { findPod } from '../topology/pod-names.ts';
import type { Topology } from '../topology/topology.ts';

const hostPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Every node, router, LAN and pod is a network namespace: no two may have the same name. */
export function checkNames(scenario: Scenario, topology: Topology, problems: Problems): void {
  const { hosts, lans, pods, hostByName } = topology;
  for (const host of hosts) {
    if (!hostPattern.test(host.name) || host.name.length > 63) {
      const expected = 'lower-case letters, digits and hyphens between them, at most 63';
      problems.error(host.path, `"${host.name}" is not a name`, { at: 'key', expected });
    }
    if (findPod(pods, host.name) !== undefined) {
      problems.error(host.path, `the ${host.kind} "${host.name}" has the name of a pod`, { at: 'key' });
    }
    const bridge = scenario.pod_network.bridge;
    const clash = host.kind === 'node' && host.nics.some((nic) => nic.name === bridge);
    if (clash)
      problems.error(host.path, `"${bridge}" of ${host.name} is the name of the pod bridge`, { at: 'key' });
    if (host.nics.some((nic) => nic.name === 'lo')) {
      problems.error(host.path, `"lo" of ${host.name} is there already: the loopback interface`, {
        at: 'key',
      });
    }
  }
  for (const lan of lans) {
    const host = hosts[hostByName.get(lan.name) ?? -1];
    const other = host?.kind ?? (findPod(pods, lan.name) === undefined ? undefined : 'pod');
    if (other !== undefined)
      problems.error(lan.path, `the LAN "${lan.name}" has the name of a ${other}`, { at: 'key' });
  }
}
