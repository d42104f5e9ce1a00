import type { EventQueue } from '../../engine/event-queue.ts';
import type { Cable } from '../../models/link/cable.ts';
import { connect } from '../../models/netns/interface/link-control.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { type Ipv4Address, prefixMask } from '../../models/wire/ipv4-address.ts';
import { addAddress, addHost, addPod, ip, newNetwork } from '../support/networks.ts';
import type { CableChoice, NodeChoice, RouteChoice, Topology } from './arbitrary-topology.ts';

export interface BuiltNode {
  choice: NodeChoice;
  namespace: NetworkNamespace;
  address: Ipv4Address;
  cable: Cable;
  pods: { namespace: NetworkNamespace; address: Ipv4Address }[];
  podSubnet: Ipv4Address;
}

export interface BuiltTopology {
  network: Network;
  nodes: BuiltNode[];
  switches: NetworkNamespace[];
  router: NetworkNamespace;
}

const POD_BRIDGE = 'cni0';

/**
 * Builds nodes `node0`, ... at 192.168.<lan>.<10 + i>, each with its pods in 10.<100 + i>.0.0/<length>, two LAN
 * switches and the router between them, and every route but those that are chosen otherwise.
 */
export function buildTopology(topology: Topology, queue: EventQueue): BuiltTopology {
  const network = newNetwork(queue, topology.seed);
  const switches = [0, 1].map((lan) => {
    const namespace = network.addNamespace(`switch${lan}`);
    namespace.addBridge({ name: 'lan' });
    namespace.setLinkUp('lan', true);
    return namespace;
  });
  const router = addHost(network, 'router');
  router.setSysctl('net.ipv4.ip_forward', '1');
  switches.forEach((lan, i) => {
    plugIn(router, `eth${i}`, lan, {
      rate: 1e9,
      delay: 0,
      queuePackets: 100,
      queueBytes: undefined,
      loss: 0,
    });
    addAddress(router, `eth${i}`, `192.168.${i}.1/24`);
  });
  const nodes = topology.nodes.map((choice, i) => addNode(network, switches[choice.lan], choice, i));
  const built = { network, nodes, switches, router };
  for (const [i, from] of nodes.entries()) addRoutes(built, topology.routes, i, from);
  for (const { podSubnet, choice, address } of nodes) {
    router.addRoute({
      destination: podSubnet,
      prefixLength: choice.podPrefixLength,
      nexthops: [{ gateway: address }],
    });
  }
  return built;
}

/** Plugs an interface of `namespace` into a new port of a switch. */
function plugIn(namespace: NetworkNamespace, dev: string, lan: NetworkNamespace, choice: CableChoice): Cable {
  const port = `p-${namespace.name}`;
  const cable = connect(namespace.addPhysical({ name: dev }), lan.addPhysical({ name: port }), choice);
  lan.setMaster(port, 'lan');
  lan.setLinkUp(port, true);
  namespace.setLinkUp(dev, true);
  return cable;
}

function addNode(network: Network, lan: NetworkNamespace, choice: NodeChoice, i: number): BuiltNode {
  const namespace = addHost(network, `node${i}`);
  const cable = plugIn(namespace, 'eth0', lan, choice.cable);
  namespace.setMtu('eth0', choice.uplinkMtu);
  const address = `192.168.${choice.lan}.${10 + i}`;
  addAddress(namespace, 'eth0', `${address}/24`);
  if (choice.forwards) namespace.setSysctl('net.ipv4.ip_forward', '1');
  namespace.addBridge({ name: POD_BRIDGE });
  namespace.setLinkUp(POD_BRIDGE, true);
  const podAddress = (host: number) => `10.${100 + i}.0.${host}`;
  addAddress(namespace, POD_BRIDGE, `${podAddress(1)}/${choice.podPrefixLength}`);
  const pods = Array.from({ length: choice.pods }, (_, p) => {
    const own = podAddress(p + 2);
    const pod = addPod(
      namespace,
      POD_BRIDGE,
      `pod${i}-${p}`,
      `${own}/${choice.podPrefixLength}`,
      podAddress(1),
    );
    pod.setMtu('eth0', choice.podMtu);
    namespace.setMtu(`v-pod${i}-${p}`, choice.podMtu);
    return { namespace: pod, address: ip(own) };
  });
  const podSubnet = ip(podAddress(0)) & prefixMask(choice.podPrefixLength);
  return { choice, namespace, address: ip(address), cable, pods, podSubnet };
}

function addRoutes(built: BuiltTopology, chosen: readonly RouteChoice[], i: number, from: BuiltNode): void {
  const { nodes } = built;
  const router = ip(`192.168.${from.choice.lan}.1`);
  from.namespace.addRoute({
    destination: ip(`192.168.${1 - from.choice.lan}.0`),
    prefixLength: 24,
    nexthops: [{ gateway: router }],
  });
  for (const [j, to] of nodes.entries()) {
    if (i === j) continue;
    const choice = chosen.find((c) => c.from % nodes.length === i && c.to % nodes.length === j);
    const back = chosen.find(
      (c) => c.kind === 'loop' && c.via % nodes.length === i && c.to % nodes.length === j,
    );
    const onLan = (other: BuiltNode) => (other.choice.lan === from.choice.lan ? other.address : router);
    const via = nodes[(choice?.via ?? back?.from ?? 0) % nodes.length];
    const kind = choice?.kind ?? (back === undefined ? 'subnet' : 'detour');
    addRoute(from, to, kind, onLan(to), onLan(via));
  }
}

function addRoute(
  from: BuiltNode,
  to: BuiltNode,
  kind: RouteChoice['kind'],
  gateway: Ipv4Address,
  detour: Ipv4Address,
): void {
  const { namespace } = from;
  const subnet = { destination: to.podSubnet, prefixLength: to.choice.podPrefixLength };
  switch (kind) {
    case 'none':
      return;
    case 'hosts':
      for (const { address } of to.pods) {
        namespace.addRoute({ destination: address, prefixLength: 32, nexthops: [{ gateway }] });
      }
      return;
    case 'wide':
      namespace.addRoute({ destination: 0, prefixLength: 0, nexthops: [{ gateway }] }, 'replace');
      return;
    case 'detour':
    case 'loop':
      // the node itself cannot be its own gateway
      namespace.addRoute({ ...subnet, nexthops: [{ gateway: detour === from.address ? gateway : detour }] });
      return;
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      namespace.addRoute({ ...subnet, type: kind });
      return;
    default:
      namespace.addRoute({ ...subnet, nexthops: [{ gateway }] });
  }
}
