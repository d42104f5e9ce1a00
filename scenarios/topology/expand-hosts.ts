import { formatPrefix, type Ipv4Prefix, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { macOfAddress, macOfNic } from './derived-mac.ts';
import { BadRange, expandRange } from './name-range.ts';
import type { Host, Nic } from './topology.ts';

type NodeSection = Scenario['cluster']['nodes'][string];
type RouterSection = Scenario['cluster']['routers'][string];
type NicSection = RouterSection['nics'][string];

/** Nodes and then routers one by one, with their interfaces not yet plugged in. */
export function expandHosts(scenario: Scenario, problems: Problems): Host[] {
  const { nodes, routers, defaults } = scenario.cluster;
  const hosts: Host[] = [];
  if (Object.keys(nodes).length === 0) problems.error(['cluster', 'nodes'], 'there is no node');
  for (const [key, section] of Object.entries(nodes)) {
    const path = ['cluster', 'nodes', key];
    const names = expandRange(key);
    if (names instanceof BadRange) {
      problems.error(path, names.message, { at: 'key', expected: 'a range such as node[1-3]' });
      continue;
    }
    if (hosts.length + names.length > limits.nodes) {
      problems.error(path, `more than ${limits.nodes} nodes`, { at: 'key' });
      break;
    }
    for (const [index, name] of names.entries()) {
      hosts.push(makeNode(section, name, index, hosts.length, defaults.ip_forward, path));
    }
    checkRangeEnd(section, names.length, path, problems);
  }
  if (scenario.cni === undefined) assignPodSubnets(scenario, hosts, problems);
  for (const [name, section] of Object.entries(routers).slice(0, limits.routers)) {
    hosts.push(makeRouter(section, name, hosts.length, ['cluster', 'routers', name]));
  }
  for (const host of hosts) {
    if (host.nics.length > limits.nics) problems.error(host.path, `more than ${limits.nics} interfaces`);
  }
  return hosts;
}

function makeNode(
  section: NodeSection,
  name: string,
  index: number,
  number: number,
  forward: boolean,
  path: ScenarioPath,
): Host {
  const { nics = {}, address, mac, mtu, lan, qdisc } = section;
  const short = { address, mac, mtu, lan, qdisc };
  const isShort = Object.values(short).some((value) => value !== undefined);
  const host: Host = { kind: 'node', name, nics: [], sysctls: [], routes: [], cpu: section.cpu, path };
  if (isShort || section.nics === undefined) {
    host.nics.push(makeNic('eth0', short, index, number, 0, path));
  }
  for (const [nicName, nic] of Object.entries(nics)) {
    if (nicName === 'eth0' && isShort) continue;
    host.nics.push(makeNic(nicName, nic, index, number, host.nics.length, [...path, 'nics', nicName]));
  }
  host.sysctls = withForwarding(section.sysctls, forward);
  host.routes = routesOf(section.routes, path);
  if (section.default_gateway !== undefined) {
    const gateway = section.default_gateway;
    const route = { type: 'unicast', destination: 0, prefixLength: 0, gateway } as const;
    host.routes.push({ route, path: [...path, 'default_gateway'] });
  }
  if (section.pod_subnet !== undefined) host.podSubnet = nthSubnet(section.pod_subnet, index);
  return host;
}

function makeRouter(section: RouterSection, name: string, number: number, path: ScenarioPath): Host {
  const nics = Object.entries(section.nics).map(([nicName, nic], position) =>
    makeNic(nicName, nic, 0, number, position, [...path, 'nics', nicName]),
  );
  const sysctls = withForwarding(section.sysctls, true);
  const routes = routesOf(section.routes, path);
  return { kind: 'router', name, nics, sysctls, routes, cpu: section.cpu, path };
}

function makeNic(
  name: string,
  section: NicSection,
  index: number,
  host: number,
  position: number,
  path: ScenarioPath,
): Nic {
  const address = section.address && { ...section.address, address: (section.address.address + index) | 0 };
  const derived = address === undefined ? macOfNic(host, position) : macOfAddress(address.address);
  const mac = section.mac === undefined ? derived : section.mac + index;
  const given = { mtu: section.mtu, lan: section.lan, qdisc: section.qdisc };
  return { host, name, address, mac, mtu: section.mtu ?? 0, given, cable: -1, path };
}

function withForwarding(sysctls: Record<string, string>, forward: boolean): [string, string][] {
  const entries = Object.entries(sysctls);
  if (Object.hasOwn(sysctls, 'net.ipv4.ip_forward')) return entries;
  return [['net.ipv4.ip_forward', forward ? '1' : '0'], ...entries];
}

function routesOf(routes: NodeSection['routes'], path: ScenarioPath): Host['routes'] {
  return routes.map((route, position) => ({ route, path: [...path, 'routes', position] }));
}

/** Addresses of a range count up; they must not run out of their subnet. */
function checkRangeEnd(section: NodeSection, count: number, path: ScenarioPath, problems: Problems): void {
  if (section.nics?.eth0 !== undefined && section.address !== undefined) {
    problems.error([...path, 'address'], 'address and nics.eth0 exclude one another', { at: 'key' });
  }
  const checkAddress = (address: Ipv4Prefix | undefined, place: ScenarioPath) => {
    if (address === undefined || count === 1) return;
    const mask = prefixMask(address.length);
    const last = (address.address + count - 1) | 0;
    const wrapped = (address.address >>> 0) + count > 2 ** 32;
    if (!wrapped && (last & mask) === (address.address & mask)) return;
    problems.error(place, `${count} addresses from ${formatPrefix(address)} up leave its subnet`);
  };
  checkAddress(section.address, [...path, 'address']);
  for (const [name, nic] of Object.entries(section.nics ?? {})) {
    checkAddress(nic.address, [...path, 'nics', name, 'address']);
  }
}

function nthSubnet(first: Ipv4Prefix, index: number): Ipv4Prefix {
  return { address: (first.address + index * 2 ** (32 - first.length)) | 0, length: first.length };
}

/** Gives each node without `pod_subnet` the next slice of `pod_cidr`, in the order of the file. */
function assignPodSubnets(scenario: Scenario, nodes: Host[], problems: Problems): void {
  const { range, per_node: length, first } = scenario.pod_cidr;
  if (length < range.length) {
    const message = `a slice of /${length} is larger than the range ${formatPrefix(range)}`;
    problems.error(['pod_cidr', 'per_node'], message, { expected: `from ${range.length} to 30` });
    return;
  }
  const slices = 2 ** (length - range.length);
  let next = first;
  for (const node of nodes) {
    if (node.podSubnet !== undefined) continue;
    if (next < slices) node.podSubnet = nthSubnet({ address: range.address, length }, next);
    next++;
  }
  if (next <= slices || Object.keys(scenario.pods).length === 0) return;
  const message = `${formatPrefix(range)} has ${slices} slices of /${length}; the nodes need slices ${first} to ${next - 1}`;
  problems.error(['pod_cidr'], message, { expected: 'a larger range, a longer per_node or a lower first' });
}
