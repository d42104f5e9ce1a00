import type { Netfilter } from '../netfilter/netfilter.ts';
import type { Processor } from '../processor/processor.ts';
import type { TransmitQueue } from '../queueing/transmit-queue.ts';
import type { PacketSocket } from '../transport/packet-socket.ts';
import type { PingSocket } from '../transport/ping-socket.ts';
import type { TcpTable } from '../transport/tcp/tcp-table.ts';
import type { HostServices } from './host-services.ts';
import type { DeviceConfig } from './interface/device-config.ts';
import type { IcmpCredit } from './ipv4/icmp-rate-limit.ts';
import type { ProxyNeighbour } from './neighbour/neighbour-control.ts';
import type { Datapath } from './openvswitch/datapath.ts';
import type { Vport } from './openvswitch/vport.ts';
import type { Vxlan } from './vxlan/vxlan.ts';
import type { VxlanTunnels } from './vxlan/vxlan-receive.ts';
import type { Xfrm } from './xfrm/xfrm.ts';

/**
 * What few namespaces have: kept apart, so that a hundred thousand pods share one object that says "nothing" instead
 * of carrying ten empty fields each.
 */
export class NamespaceRarities {
  /** Queueing disciplines made so far. */
  lastQdisc = 0;
  /** Owned by `neighbour-control.ts`. */
  proxies: ProxyNeighbour[] | null = null;
  plainSysctls: Map<string, string> | null = null;
  /** Fragments under reassembly, owned by `ip-reassembly.ts`. */
  reassembly: object | null = null;
  /** What is remembered of addresses that errors were sent to, owned by `icmp-rate-limit.ts`. */
  peers: Map<number, unknown> | null = null;
  /** VXLAN interfaces made here, wherever they are now, and the UDP ports on which they receive. */
  tunnels: VxlanTunnels | null = null;
  /** Of Open vSwitch, in the order in which they were made. */
  datapaths: Datapath[] | null = null;
  /** Owned by `icmp-rate-limit.ts`. */
  icmpCredit: IcmpCredit | null = null;
  pingSockets: Map<number, PingSocket> | null = null;
  netfilter: Netfilter | null = null;
  tcp: TcpTable | null = null;
  /** Programs that answer questions of others on this host. */
  services: HostServices | null = null;
  /** IPsec; null while nobody has asked for it. */
  xfrm: Xfrm | null = null;
  /** What its work costs, shared by a node and its pods; null where it takes no time. */
  processor: Processor | null = null;
}

/** The same for interfaces. */
export class InterfaceRarities {
  /** The tunnel of an interface of kind vxlan. */
  vxlan: Vxlan | null = null;
  /** Set while it is a port of a datapath. */
  vport: Vport | null = null;
  /** What it sends by; null for the one that it has by itself, which sends at once. */
  qdisc: TransmitQueue | null = null;
  /** What of its settings was set on this very interface; null while nothing was. */
  ownConfig: Partial<DeviceConfig> | null = null;
  /** Who gets frames that come in here (packet(7)). */
  packetSockets: readonly PacketSocket[] | null = null;
  /** Answers for other hosts that wait for their random delay. */
  proxyQueued = 0;
}

export const NO_NAMESPACE_RARITIES: Readonly<NamespaceRarities> = Object.freeze(new NamespaceRarities());
export const NO_INTERFACE_RARITIES: Readonly<InterfaceRarities> = Object.freeze(new InterfaceRarities());
