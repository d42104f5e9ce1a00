import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { podName } from './pod-names.ts';
import type { Host, PodGroup, PodTable } from './topology.ts';

/** Addresses of a subnet that no pod gets: the network's, the bridge's (the first) and broadcast (the last). */
const reserved = 3;

/**
 * Gives every pod its address: the one its group names, else the next free one of its node's subnet from .2
 * up. Addresses of deleted pods are not handed out again, as with host-local before its counter wraps.
 */
export function assignPodAddresses(
  table: PodTable,
  scenario: Scenario,
  hosts: readonly Host[],
  nodeCount: number,
  problems: Problems,
): void {
  const taken = new Set<number>();
  for (const group of table.groups) assignGiven(table, group, scenario, hosts, taken, problems);
  const next = new Float64Array(nodeCount).fill(2);
  const overfull = new Map<number, number>();
  for (let pod = 0; pod < table.count; pod++) {
    if (table.address[pod] !== 0) continue;
    const node = table.node[pod];
    const subnet = hosts[node].podSubnet;
    if (subnet === undefined) continue;
    const last = 2 ** (32 - subnet.length) - 2;
    while (taken.size > 0 && taken.has((subnet.address + next[node]) | 0)) next[node]++;
    if (next[node] > last) overfull.set(node, (overfull.get(node) ?? 0) + 1);
    else table.address[pod] = (subnet.address + next[node]++) | 0;
  }
  reportOverfull(table, hosts, overfull, problems);
}

function assignGiven(
  table: PodTable,
  group: PodGroup,
  scenario: Scenario,
  hosts: readonly Host[],
  taken: Set<number>,
  problems: Problems,
): void {
  const given = scenario.pods[group.name].address;
  if (given === undefined) return;
  const path = [...group.path, 'address'];
  for (let ordinal = 0; ordinal < group.replicas; ordinal++) {
    const pod = group.first + ordinal;
    const address = (given + ordinal) | 0;
    const host = hosts[table.node[pod]];
    const problem = host.podSubnet && misfit(address, host.podSubnet);
    if (problem !== undefined) {
      const where = `${formatIpv4(address)} of ${podName(table, pod)} on ${host.name}`;
      problems.error(path, `${where} ${problem}`);
      return;
    }
    if (taken.has(address)) {
      problems.error(
        path,
        `${formatIpv4(address)} of ${podName(table, pod)} is given to another pod as well`,
      );
      return;
    }
    taken.add(address);
    table.address[pod] = address;
  }
}

function misfit(address: number, subnet: Ipv4Prefix): string | undefined {
  if ((address & prefixMask(subnet.length)) !== subnet.address)
    return `is not in its pods' subnet ${formatPrefix(subnet)}`;
  const offset = (address >>> 0) - (subnet.address >>> 0);
  if (offset === 0) return `is the network's own address`;
  if (offset === 1) return `is the bridge's address`;
  return offset === 2 ** (32 - subnet.length) - 1 ? 'is the broadcast address' : undefined;
}

function reportOverfull(
  table: PodTable,
  hosts: readonly Host[],
  overfull: ReadonlyMap<number, number>,
  problems: Problems,
): void {
  const [worst] = [...overfull].sort(([, a], [, b]) => b - a);
  if (worst === undefined) return;
  const [node] = worst;
  let pods = 0;
  let lastPod = 0;
  for (let pod = 0; pod < table.count; pod++) {
    if (table.node[pod] !== node) continue;
    pods++;
    if (table.address[pod] === 0) lastPod = pod;
  }
  const subnet = hosts[node].podSubnet!;
  const room = 2 ** (32 - subnet.length) - reserved;
  const others = overfull.size > 1 ? `, and ${overfull.size - 1} more nodes have too many` : '';
  const group = table.groups[table.group[lastPod]];
  const message = `${pods} pods on ${hosts[node].name}, but ${formatPrefix(subnet)} has room for ${room}${others}`;
  problems.error(group.path, message, { expected: 'fewer pods, or pod_cidr with a shorter per_node' });
}
