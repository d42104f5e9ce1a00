import type { Ipv4Prefix } from '../../models/wire/ipv4-address.ts';
import type { CniSection } from '../schema/cni.ts';
import type { Scenario } from '../schema/scenario.ts';
import { matchNames } from '../topology/match-hosts.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { Topology } from '../topology/topology.ts';

/** A pod network of Weave. */
export interface WeavePlan {
  range: Ipv4Prefix;
  init: CniSection['ipalloc_init'];
  /** In bytes; absent: that of the data path. */
  mtu?: number;
  datapath: CniSection['datapath'];
  password?: string;
  discovery: boolean;
  connectionLimit: number;
  /** Nanoseconds from the start of one node's router to that of the next. */
  startEvery: number;
  /** By node: the nodes that it is told of. */
  targets: number[][];
}

export function planWeave(scenario: Scenario, topology: Topology): WeavePlan | undefined {
  const { cni } = scenario;
  if (cni === undefined) return undefined;
  return {
    range: cni.ipalloc_range,
    init: cni.ipalloc_init,
    mtu: cni.mtu,
    datapath: cni.datapath,
    password: cni.password,
    discovery: cni.discovery,
    connectionLimit: cni.conn_limit,
    startEvery: cni.start_every,
    targets: targetsOf(cni, topology),
  };
}

function targetsOf({ peers }: CniSection, { hosts, nodeCount, hostByName }: Topology): number[][] {
  const nodes = Array.from({ length: nodeCount }, (_, node) => node);
  return nodes.map((node) => {
    const references = peers === undefined ? undefined : (peers[hosts[node].name] ?? []);
    if (references === undefined) return nodes.filter((other) => other !== node);
    const found = references.map((reference) => matchNames(reference, hostByName));
    const named = found.flatMap((matched) => (matched instanceof NoMatch ? [] : matched));
    return nodes.filter((other) => other !== node && named.includes(other));
  });
}
