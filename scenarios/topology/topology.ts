import type { Ipv4Address, Ipv4Prefix } from '../../models/wire/ipv4-address.ts';
import type { MacAddress } from '../../models/wire/mac-address.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import type { Inputs } from '../input/inputs.ts';
import type { Impairments } from '../schema/impairments.ts';
import type { Cpu } from '../schema/node-costs.ts';
import type { ListenPort } from '../schema/pods.ts';
import type { Qdisc } from '../schema/qdisc.ts';
import type { QueueLimit } from '../schema/queue.ts';
import type { RouteText } from '../schema/route.ts';

/** An interface of a node or router. */
export interface Nic {
  /** Place in `Topology.hosts`. */
  host: number;
  name: string;
  address?: Ipv4Prefix;
  mac: MacAddress;
  mtu: number;
  /** As the scenario gives them; what is absent is inherited. */
  given: { mtu?: number; lan?: string; qdisc?: Qdisc };
  /** Place in `Topology.cables`; -1 when it is not plugged in. */
  cable: number;
  path: ScenarioPath;
}

/** A node or a router, one by one, with ranges expanded. */
export interface Host {
  kind: 'node' | 'router';
  name: string;
  nics: Nic[];
  sysctls: [name: string, value: string][];
  /** As given, `default_gateway` included; the routes of the pod network come on top. */
  routes: { route: RouteText; path: ScenarioPath }[];
  /** Absent when its work takes no time. */
  cpu?: Cpu;
  /** Of nodes: the addresses of its pods. */
  podSubnet?: Ipv4Prefix;
  path: ScenarioPath;
}

/** What a cable is like, in base units. */
export interface CableProperties {
  /** Bit/s in each direction. */
  rate: number;
  /** Nanoseconds. */
  delay: number;
  mtu: number;
  queue: QueueLimit;
  /** Probability from 0 to 1. */
  loss: number;
  /** Bytes on the wire beside each frame. */
  overhead: number;
  qdisc?: Qdisc;
  impairments?: Impairments;
}

/** A port of a LAN switch. */
export interface Port {
  /** Place in `Topology.lans`. */
  lan: number;
  name: string;
  mac: MacAddress;
}

/** What is at one end of a cable. */
export type CableEnd = { nic: Nic; port?: undefined } | { port: Port; nic?: undefined };

export interface Cable extends CableProperties {
  ends: [CableEnd, CableEnd];
}

/** A LAN switch. */
export interface Lan {
  name: string;
  /** Of the bridge itself. */
  mac: MacAddress;
  /** Nanoseconds. */
  ageing: number;
  mtu: number;
  subnet?: Ipv4Prefix;
  ports: Port[];
  /** LANs joined by cables between their switches have the same number. */
  domain: number;
  path: ScenarioPath;
}

export interface PodGroup {
  name: string;
  listen: ListenPort[];
  qdisc?: Qdisc;
  /** The pods `first` to `first + replicas - 1` are there from the start. */
  first: number;
  replicas: number;
  /** Places in the table of the pods that events add, in the order of their numbers in the group. */
  added: number[];
  path: ScenarioPath;
}

/**
 * All pods, column by column: there may be millions. Pods that events add come after those that are there
 * from the start.
 */
export interface PodTable {
  groups: PodGroup[];
  groupByName: Map<string, number>;
  /** Pods that are there from the start. */
  initial: number;
  count: number;
  /** Place in `groups`. */
  group: Uint32Array;
  /** Number within the group: the N of `web-N`. */
  ordinal: Uint32Array;
  /** Place in `Topology.hosts`. */
  node: Uint32Array;
  address: Int32Array;
  /** The pod that each `pod_add` of `events` makes, by the place of the event there. */
  addedBy: Map<number, number>;
}

/** The cluster with ranges expanded, addresses derived and every interface plugged in. */
export interface Topology {
  /** Nodes, then routers. */
  hosts: Host[];
  nodeCount: number;
  lans: Lan[];
  cables: Cable[];
  pods: PodTable;
  hostByName: Map<string, number>;
  lanByName: Map<string, number>;
  /** What the files hold that the scenario names. */
  inputs: Inputs;
}

/** The address of a host that traffic to it uses: that of its first interface that has one. */
export function hostAddress(host: Host): Ipv4Address | undefined {
  return host.nics.find((nic) => nic.address !== undefined)?.address?.address;
}
