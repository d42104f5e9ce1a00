import { z } from 'zod';
import { interfaceAddress, ipv4Address, macAddress, subnet } from './addresses.ts';
import { byteCount } from './byte-count.ts';
import { impairments } from './impairments.ts';
import { cableEnd, hostName, hostNameOrRange, interfaceName, interfaceNameText } from './names.ts';
import { cpu } from './node-costs.ts';
import { qdisc } from './qdisc.ts';
import { queueLimit } from './queue.ts';
import { route } from './route.ts';
import { section } from './section.ts';
import { sysctls } from './sysctls.ts';
import { duration, percent, rate, size } from './units.ts';

const mtu = byteCount(68, 65535);

const cableTexts = {
  rate: 'Bits per second in each direction. A rate such as 10Gbit.',
  delay: 'Propagation delay. A duration such as 5us.',
  mtu: 'Largest IP packet of the interfaces at the cable. Bytes, bare as in `ip link set mtu 1500`.',
  queue: 'What may wait at each end before packets are dropped: "256 packets", "64 KiB" or both.',
  loss: 'Probability that a frame is lost on the way. A percentage such as 0.1%.',
  overhead:
    'Bytes that a frame takes on the wire beyond its own: preamble, check sequence and gap of Ethernet.',
  qdisc: 'Queueing discipline of the interfaces at both ends, in front of the queue of the cable.',
  impairments: 'What chance does to frames on the way, with delay as the mean of their delays.',
};

/** Properties of cables as LANs and links give them; what is absent comes from further out. */
const cableProperties = {
  rate: rate.optional().describe(`${cableTexts.rate} Default: that of cluster.defaults.`),
  delay: duration.optional().describe(`${cableTexts.delay} Default: that of cluster.defaults.`),
  mtu: mtu.optional().describe(`${cableTexts.mtu} Default: that of cluster.defaults.`),
  queue: queueLimit.optional().describe(`${cableTexts.queue} Default: that of cluster.defaults.`),
  loss: percent.optional().describe(`${cableTexts.loss} Default: that of cluster.defaults.`),
  overhead: size.optional().describe(`${cableTexts.overhead} Default: that of cluster.defaults.`),
  qdisc: qdisc.optional().describe(`${cableTexts.qdisc} Default: that of cluster.defaults.`),
  impairments: impairments
    .optional()
    .describe(`${cableTexts.impairments} Default: that of cluster.defaults.`),
};

const defaults = section({
  rate: rate.prefault('10Gbit').describe(`${cableTexts.rate} Default 10Gbit.`),
  delay: duration.prefault('5us').describe(`${cableTexts.delay} Default 5us.`),
  mtu: mtu.prefault(1500).describe(`${cableTexts.mtu} Also of pod bridges and veth pairs. Default 1500.`),
  queue: queueLimit
    .prefault('1000 packets')
    .describe(`${cableTexts.queue} Default "1000 packets" (txqueuelen).`),
  loss: percent.prefault('0%').describe(`${cableTexts.loss} Default 0%.`),
  overhead: size.prefault('24B').describe(`${cableTexts.overhead} Default 24B (8 + 4 + 12).`),
  qdisc: qdisc.optional().describe(`${cableTexts.qdisc} Default: none.`),
  impairments: impairments.optional().describe(`${cableTexts.impairments} Default: none.`),
  ip_forward: z.boolean().prefault(true).describe('net.ipv4.ip_forward of the nodes. Default true.'),
});

const nic = section({
  address: interfaceAddress
    .optional()
    .describe('Address with prefix length such as 192.168.1.11/24. In a range it counts up. Default: none.'),
  mac: macAddress
    .optional()
    .describe(
      'MAC address. In a range it counts up. Default: 0a:58 and the IPv4 address, as CNI plugins do.',
    ),
  mtu: mtu
    .optional()
    .describe('Largest IP packet. Bytes. Default: that of the link, the LAN, cluster.defaults.'),
  lan: hostName
    .optional()
    .describe('The LAN it is plugged into. Default: where links, members or subnet put it.'),
  qdisc: qdisc
    .optional()
    .describe('Its queueing discipline. Default: that of its link, LAN, cluster.defaults.'),
});

const routes = z.array(route).prefault([]);
const routesText = 'Routes as `ip route add` takes them: "10.244.2.0/24 via 192.168.1.12". Default: none.';

const node = section({
  address: nic.shape.address.describe('Address of eth0, short for nics: { eth0: { address } }.'),
  mac: nic.shape.mac.describe('MAC address of eth0. In a range it counts up.'),
  mtu: nic.shape.mtu.describe('Largest IP packet of eth0. Bytes.'),
  lan: nic.shape.lan.describe('The LAN that eth0 is plugged into.'),
  qdisc: nic.shape.qdisc.describe('Queueing discipline of eth0.'),
  nics: z.record(interfaceName, nic).optional().describe('Network interfaces by name. Default: eth0 alone.'),
  sysctls: sysctls.prefault({}).describe('Kernel parameters by dotted name such as net.ipv4.ip_forward: 0.'),
  routes: routes.describe(routesText),
  default_gateway: ipv4Address
    .optional()
    .describe('Short for the route "default via ADDRESS". Default: none.'),
  cpu: cpu
    .optional()
    .describe('What the work of its kernel costs, its pods included. Default: it takes no time.'),
  pod_subnet: subnet
    .optional()
    .describe('The subnet of its pods. In a range it counts up. Default: the next slice of pod_cidr.'),
});

const lan = section({
  kind: z
    .enum(['switch'])
    .prefault('switch')
    .describe('A learning switch: a bridge in a namespace. Default switch.'),
  members: z
    .array(cableEnd)
    .optional()
    .describe('Interfaces plugged in, such as ["node*:eth0"]. Default: those that name this LAN or fit it.'),
  subnet: subnet.optional().describe('Subnet of the LAN: interfaces with an address in it are plugged in.'),
  ageing: duration
    .prefault('300s')
    .describe('Time after which a learned MAC address is forgotten. Default 300s.'),
  ...cableProperties,
});

const router = section({
  nics: z.record(interfaceName, nic).describe('Network interfaces by name, each with its LAN and address.'),
  routes: routes.describe(routesText),
  sysctls: sysctls
    .prefault({})
    .describe('Kernel parameters by dotted name. A router forwards unless told otherwise.'),
  cpu: cpu.optional().describe('What the work of its kernel costs. Default: it takes no time.'),
});

const link = section({
  endpoints: z
    .tuple([cableEnd, cableEnd])
    .describe('Both ends: ["node*:eth0", "lan1"], ["a:eth1", "b:eth1"] or ["lan1", "lan2"].'),
  ...cableProperties,
});

/** `cluster`: the nodes and the network between them. */
export const cluster = section({
  defaults: defaults.prefault({}).describe('What cables and nodes are like where nothing else is said.'),
  nodes: z.record(hostNameOrRange, node).describe('Nodes by name, or several at once: node[1-3].'),
  lans: z
    .record(hostName, lan)
    .prefault({ lan: {} })
    .describe('LAN switches by name. Default: one, named lan, that joins all nodes.'),
  routers: z.record(hostName, router).prefault({}).describe('Routers between LANs by name. Default: none.'),
  links: z
    .array(link)
    .prefault([])
    .describe(
      'Cables: what they are like, and what they join. Later entries override earlier ones. Default: none.',
    ),
});

const podCidr = section({
  range: subnet.prefault('10.244.0.0/16').describe('The subnet of all pods. Default 10.244.0.0/16.'),
  per_node: z
    .int()
    .min(8)
    .max(30)
    .prefault(24)
    .describe('Prefix length of the slice that each node gets, as kubelet gets it. Default 24.'),
  first: z
    .int()
    .min(0)
    .max(2 ** 22)
    .prefault(1)
    .describe('Number of the slice of the first node. Default 1: the first node has 10.244.1.0/24.'),
});

/** `pod_cidr`: the addresses of the pods. */
export const podCidrSection = podCidr.prefault({}).describe('The addresses of the pods.');

/** `pod_network`: what joins the pods, made by hand as in a course on Kubernetes networking. */
export const podNetworkSection = section({
  kind: z
    .enum(['bridge'])
    .prefault('bridge')
    .describe('On each node a bridge, and for each pod a namespace with a veth pair to it. Default bridge.'),
  bridge: interfaceNameText.prefault('v-net-0').describe('Name of the bridge on each node. Default v-net-0.'),
  routes: z
    .enum(['per-node', 'per-pod', 'router', 'none'])
    .prefault('per-node')
    .describe(
      'How nodes find the pods of other nodes: a route per node or per pod on every node, all routes on one router that is the default gateway of the nodes, or none. Default per-node.',
    ),
  router: hostName
    .optional()
    .describe('With routes: router, the router that has them. Default: the only one.'),
  mtu: mtu
    .optional()
    .describe('Largest IP packet of the bridges and veth pairs. Bytes. Default: cluster.defaults.mtu.'),
})
  .prefault({})
  .describe('What joins the pods.');
