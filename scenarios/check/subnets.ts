import { formatPrefix, type Ipv4Prefix, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import type { Nic, Topology } from '../topology/topology.ts';
import { domainOf } from './domain.ts';
import { OncePerPath } from './once-per-path.ts';

/** A subnet in use, and who uses it. */
interface Use {
  subnet: Ipv4Prefix;
  /** Uses of the same subnet by the same owner are one. */
  owner: string;
  what: string;
  path: ScenarioPath;
  /** It follows from other values, so that the other side of a clash is the one to point at. */
  derived?: boolean;
}

/** Subnets of different LANs and of pods do not overlap; interfaces have addresses of their LAN's subnet. */
export function checkSubnets(scenario: Scenario, topology: Topology, problems: Problems): void {
  const lans = lanSubnets(topology);
  warnOfPodRange(scenario, topology, lans, problems);
  const uses = [...lans, ...podSubnets(scenario, topology)];
  uses.sort(
    (a, b) => (a.subnet.address >>> 0) - (b.subnet.address >>> 0) || a.subnet.length - b.subnet.length,
  );
  const once = new OncePerPath();
  // Sorted by start and then by size, a subnet overlaps exactly those still open that hold its start.
  let open: Use[] = [];
  for (const use of uses) {
    open = open.filter((outer) => contains(outer.subnet, use.subnet.address));
    const other = open.find((outer) => outer.owner !== use.owner);
    open.push(use);
    if (other === undefined) continue;
    const [at, from] = use.derived ? [other, use] : [use, other];
    if (!once.first(at.path)) continue;
    const message = `${formatPrefix(at.subnet)} of ${at.what} overlaps ${formatPrefix(from.subnet)} of ${from.what}`;
    problems.error(at.path, message);
  }
  checkOffSubnet(topology, problems);
}

function lanSubnets(topology: Topology): Use[] {
  const uses = new Map<string, Use>();
  for (const nic of topology.hosts.flatMap((host) => host.nics)) {
    if (nic.address === undefined) continue;
    const subnet = subnetOf(nic.address);
    const owner = domainOf(nic, topology);
    const key = `${owner} ${subnet.address}/${subnet.length}`;
    if (uses.has(key)) continue;
    const what = `${topology.hosts[nic.host].name}:${nic.name}`;
    uses.set(key, { subnet, owner, what, path: [...nic.path, 'address'] });
  }
  return [...uses.values()];
}

function podSubnets(scenario: Scenario, topology: Topology): Use[] {
  if (topology.pods.groups.length === 0) return [];
  const uses: Use[] = [];
  for (const host of topology.hosts.slice(0, topology.nodeCount)) {
    if (host.podSubnet === undefined) continue;
    const given = scenario.cluster.nodes[String(host.path[2])]?.pod_subnet !== undefined;
    const path = given ? [...host.path, 'pod_subnet'] : ['pod_cidr'];
    const owner = `pods of ${host.name}`;
    uses.push({ subnet: host.podSubnet, owner, what: `the pods of ${host.name}`, path, derived: !given });
  }
  return uses;
}

/** The slices in use may be elsewhere, but the range as a whole had better be apart from the nodes' network. */
function warnOfPodRange(
  scenario: Scenario,
  topology: Topology,
  lans: readonly Use[],
  problems: Problems,
): void {
  const { range } = scenario.pod_cidr;
  if (topology.pods.groups.length === 0) return;
  const use = lans.find(({ subnet }) => contains(range, subnet.address) || contains(subnet, range.address));
  if (use === undefined) return;
  const message = `the range ${formatPrefix(range)} of the pods overlaps ${formatPrefix(use.subnet)} of ${use.what}`;
  problems.warning(['pod_cidr', 'range'], message);
}

/** An address that does not fit the subnet that the others on its LAN have is most likely mistyped. */
function checkOffSubnet(topology: Topology, problems: Problems): void {
  const byDomain = new Map<string, Nic[]>();
  for (const nic of topology.hosts.flatMap((host) => host.nics)) {
    if (nic.address === undefined) continue;
    const domain = domainOf(nic, topology);
    const nics = byDomain.get(domain);
    if (nics === undefined) byDomain.set(domain, [nic]);
    else nics.push(nic);
  }
  const once = new OncePerPath();
  for (const nics of byDomain.values()) {
    const usual = usualSubnet(nics, topology);
    if (usual === undefined) continue;
    for (const nic of nics) {
      if (contains(usual, nic.address!.address) || !once.first(nic.path)) continue;
      const who = `${topology.hosts[nic.host].name}:${nic.name}`;
      const message = `${formatPrefix(nic.address!)} of ${who} is not in ${formatPrefix(usual)}, the subnet of its LAN`;
      problems.warning([...nic.path, 'address'], message);
    }
  }
}

/** The subnet that the LAN says, or that more than half of its interfaces have. */
function usualSubnet(nics: readonly Nic[], topology: Topology): Ipv4Prefix | undefined {
  const cable = topology.cables[nics[0].cable];
  const port = cable?.ends[0].port ?? cable?.ends[1].port;
  const declared = port && topology.lans[port.lan].subnet;
  if (declared !== undefined) return declared;
  const counts = new Map<string, { subnet: Ipv4Prefix; count: number }>();
  for (const nic of nics) {
    const subnet = subnetOf(nic.address!);
    const entry = counts.get(formatPrefix(subnet)) ?? { subnet, count: 0 };
    entry.count++;
    counts.set(formatPrefix(subnet), entry);
  }
  return [...counts.values()].find(({ count }) => count > nics.length / 2)?.subnet;
}

function subnetOf({ address, length }: Ipv4Prefix): Ipv4Prefix {
  return { address: address & prefixMask(length), length };
}

function contains(subnet: Ipv4Prefix, address: number): boolean {
  return (address & prefixMask(subnet.length)) === subnet.address;
}
