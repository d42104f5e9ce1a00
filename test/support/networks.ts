import type { EventQueue } from '../../engine/event-queue.ts';
import { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import type { Cable, CableSpec } from '../../models/link/cable.ts';
import { connect } from '../../models/netns/interface/link-control.ts';
import { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { type Ipv4Address, parseIpv4, parsePrefix } from '../../models/wire/ipv4-address.ts';

export const SECOND = 1e9;
export const MILLISECOND = 1e6;
export const MICROSECOND = 1e3;

/** A cable that takes no time and loses nothing. */
export const IDEAL_CABLE: CableSpec = { rate: Number.POSITIVE_INFINITY, delay: 0, overhead: 0 };

export function newNetwork(queue: EventQueue = new WheelQueue(), seed: number | string = 1): Network {
  return new Network(new Simulation(queue), seed);
}

/** An address as text, which must be one. */
export function ip(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`${text} is no IPv4 address`);
  return address;
}

/** `10.1.0.0/16`, or `10.1.2.3` for a /32, as the fields of a route. */
export function prefix(text: string): { destination: Ipv4Address; prefixLength: number } {
  if (!text.includes('/')) return { destination: ip(text), prefixLength: 32 };
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no IPv4 prefix`);
  return { destination: parsed.address, prefixLength: parsed.length };
}

/** `ip addr add <text> dev <dev>`. */
export function addAddress(namespace: NetworkNamespace, dev: string, text: string): void {
  const { destination, prefixLength } = prefix(text);
  namespace.addAddress(dev, { address: destination, prefixLength });
}

/** `ip route add <destination> via <gateway>`. */
export function addGateway(namespace: NetworkNamespace, destination: string, gateway: string): void {
  namespace.addRoute({ ...prefix(destination), nexthops: [{ gateway: ip(gateway) }] });
}

/** A new namespace with loopback up. */
export function addHost(network: Network, name: string): NetworkNamespace {
  const namespace = network.addNamespace(name);
  namespace.setLinkUp('lo', true);
  return namespace;
}

export interface TwoHosts {
  network: Network;
  a: NetworkNamespace;
  b: NetworkNamespace;
  cable: Cable;
}

/** Two hosts, 10.0.0.1 and 10.0.0.2, on one cable between their interfaces eth0. */
export function twoHosts(spec: CableSpec = IDEAL_CABLE, network: Network = newNetwork()): TwoHosts {
  const [a, b] = ['a', 'b'].map((name) => addHost(network, name));
  const cable = connect(a.addPhysical({ name: 'eth0' }), b.addPhysical({ name: 'eth0' }), spec);
  for (const host of [a, b]) host.setLinkUp('eth0', true);
  addAddress(a, 'eth0', '10.0.0.1/24');
  addAddress(b, 'eth0', '10.0.0.2/24');
  return { network, a, b, cable };
}

/** A pod on a bridge of `node`: eth0 in the pod, `v-<name>` at the bridge. */
export function addPod(
  node: NetworkNamespace,
  bridge: string,
  name: string,
  address: string,
  gateway?: string,
): NetworkNamespace {
  const pod = addHost(node.network, name);
  node.addVeth({ name: `v-${name}`, peer: { name: 'eth0', namespace: pod } });
  node.setMaster(`v-${name}`, bridge);
  node.setLinkUp(`v-${name}`, true);
  pod.setLinkUp('eth0', true);
  addAddress(pod, 'eth0', address);
  if (gateway !== undefined) addGateway(pod, '0.0.0.0/0', gateway);
  return pod;
}

export interface BridgedPods {
  network: Network;
  node: NetworkNamespace;
  pods: NetworkNamespace[];
}

/** A node with bridge br0 (10.244.1.1/24) and pods 10.244.1.2, .3, ... on it, in this order. */
export function bridgedPods(count: number, network: Network = newNetwork()): BridgedPods {
  const node = addHost(network, 'node');
  node.addBridge({ name: 'br0' });
  node.setLinkUp('br0', true);
  addAddress(node, 'br0', '10.244.1.1/24');
  const pods: NetworkNamespace[] = [];
  for (let i = 0; i < count; i++) {
    pods.push(addPod(node, 'br0', `pod${i + 1}`, `10.244.1.${i + 2}/24`, '10.244.1.1'));
  }
  return { network, node, pods };
}

export interface RouterChain {
  network: Network;
  /** The two ends: 10.0.0.1/24 and 10.0.<routers>.2/24. */
  a: NetworkNamespace;
  b: NetworkNamespace;
  routers: NetworkNamespace[];
  /** Address of the far end. */
  far: Ipv4Address;
  cables: Cable[];
}

/**
 * Host - router - ... - router - host. Subnet i is 10.0.i.0/24 with .1 on its near and .2 on its far side; each
 * router has `left` and `right`, the hosts have eth0.
 */
export function routerChain(routers: number, spec: CableSpec = IDEAL_CABLE): RouterChain {
  const network = newNetwork();
  const chain = ['a', ...Array.from({ length: routers }, (_, i) => `r${i + 1}`), 'b'].map((name) =>
    addHost(network, name),
  );
  const cables = chain.slice(1).map((next, i) => {
    const near = i === 0 ? 'eth0' : 'right';
    const far = i === routers ? 'eth0' : 'left';
    const cable = connect(chain[i].addPhysical({ name: near }), next.addPhysical({ name: far }), spec);
    chain[i].setLinkUp(near, true);
    next.setLinkUp(far, true);
    addAddress(chain[i], near, `10.0.${i}.1/24`);
    addAddress(next, far, `10.0.${i}.2/24`);
    return cable;
  });
  chain.forEach((namespace, i) => {
    if (i > 0 && i <= routers) namespace.setSysctl('net.ipv4.ip_forward', '1');
    for (let subnet = 0; subnet <= routers; subnet++) {
      if (subnet < i - 1) addGateway(namespace, `10.0.${subnet}.0/24`, `10.0.${i - 1}.1`);
      else if (subnet > i) addGateway(namespace, `10.0.${subnet}.0/24`, `10.0.${i}.2`);
    }
  });
  const [a, b] = [chain[0], chain[chain.length - 1]];
  return { network, a, b, routers: chain.slice(1, -1), far: ip(`10.0.${routers}.2`), cables };
}
