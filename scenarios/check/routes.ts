import { formatIpv4, type Ipv4Address, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { RouteText } from '../schema/route.ts';
import { isOnLink } from '../topology/next-hop.ts';
import type { Host, Topology } from '../topology/topology.ts';
import { OncePerPath } from './once-per-path.ts';

/** The routes that nodes and routers are given can be added: gateways are on a subnet of theirs, devices exist. */
export function checkRoutes(topology: Topology, problems: Problems): void {
  const once = new OncePerPath();
  const owners = addressOwners(topology);
  for (const host of topology.hosts) {
    const seen = new Set<string>();
    for (const { route, path } of host.routes) {
      const problem = routeProblem(route, host);
      if (problem !== undefined && once.first(path)) problems.error(path, problem.message, problem);
      const key = `${route.destination}/${route.prefixLength}/${route.metric ?? 0}`;
      if (seen.has(key) && once.first(path))
        problems.error(path, `${host.name} has a route to there already`);
      seen.add(key);
      if (problem === undefined) warnOfNobody(route, host, owners, path, once, problems);
    }
  }
}

/** Why Linux would refuse the route. `nearest` is a device's name. */
export function routeProblem(
  route: RouteText,
  host: Host,
): { message: string; expected?: string; nearest?: string } | undefined {
  const { gateway, dev } = route;
  if (dev !== undefined && dev !== 'lo' && !host.nics.some((nic) => nic.name === dev)) {
    const names = host.nics.map((nic) => nic.name);
    return { message: `${host.name} has no interface "${dev}"`, nearest: nearestName(dev, names) };
  }
  if (gateway === undefined) return undefined;
  if (host.nics.some((nic) => nic.address?.address === gateway)) {
    return { message: `the gateway ${formatIpv4(gateway)} is ${host.name} itself` };
  }
  if (isOnLink(host, gateway) || isOnPodBridge(host, gateway)) return undefined;
  const subnets = host.nics.flatMap((nic) => (nic.address === undefined ? [] : [subnetText(nic.address)]));
  const expected =
    subnets.length === 0 ? 'an interface with an address' : `an address in ${subnets.join(' or ')}`;
  return { message: `the gateway ${formatIpv4(gateway)} is on no subnet of ${host.name}`, expected };
}

function isOnPodBridge({ podSubnet }: Host, address: Ipv4Address): boolean {
  return podSubnet !== undefined && (address & prefixMask(podSubnet.length)) === podSubnet.address;
}

function subnetText({ address, length }: { address: Ipv4Address; length: number }): string {
  return `${formatIpv4(address & prefixMask(length))}/${length}`;
}

function addressOwners(topology: Topology): Set<Ipv4Address> {
  const owners = new Set<Ipv4Address>();
  for (const nic of topology.hosts.flatMap((host) => host.nics)) {
    if (nic.address !== undefined) owners.add(nic.address.address);
  }
  return owners;
}

function warnOfNobody(
  route: RouteText,
  host: Host,
  owners: ReadonlySet<Ipv4Address>,
  path: ScenarioPath,
  once: OncePerPath,
  problems: Problems,
): void {
  const { gateway } = route;
  if (gateway === undefined || owners.has(gateway) || isOnPodBridge(host, gateway) || !once.first(path))
    return;
  problems.warning(path, `nobody has the address ${formatIpv4(gateway)} of this gateway`);
}
