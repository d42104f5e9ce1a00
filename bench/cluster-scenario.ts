/** A cluster whose pods send to the pods of the next node, as in scenarios/hundred-nodes.yaml. */
export interface ClusterSize {
  nodes: number;
  /** Of each node. */
  pods: number;
  /** Pods of each node that send and receive; the others are there and idle. Default all. */
  talking?: number;
}

/** Simulated nanoseconds between two datagrams of a pod. */
export const SEND_INTERVAL = 8e6;
/** Cables and veth pairs that a datagram crosses: pod, node, switch, node, pod. */
export const HOPS_PER_DATAGRAM = 4;

export interface ClusterScenario extends ClusterSize {
  /** Simulated nanoseconds. */
  stop: number;
  /** Datagrams of each pod; absent for as many as fit. */
  packets?: number;
  /** What is written to which file; absent for nothing. */
  capture?: { file: string; snaplen?: number };
}

/** How a cluster is called in results: `100 x 10`. */
export function clusterName({ nodes, pods, talking = pods }: ClusterSize): string {
  return `${nodes} x ${pods}${talking === pods ? '' : `, ${talking} of each talking`}`;
}

/** The scenario's text. */
export function clusterScenario(options: ClusterScenario): string {
  const { nodes, pods, talking = pods, stop, packets, capture } = options;
  const lines = [
    `name: cluster ${nodes} x ${pods}`,
    `stop: ${stop}ns`,
    'cluster:',
    '  defaults: { rate: 100Gbit, delay: 5us }',
    `  nodes: { "node[1-${nodes}]": { address: 192.168.0.1/16 } }`,
    `pod_cidr: { range: 10.0.0.0/8, per_node: ${prefixFor(pods)} }`,
    'pods:',
    `  talker: { per_node: ${talking} }`,
  ];
  if (talking < pods) lines.push(`  idle: { per_node: ${pods - talking} }`);
  const count = packets === undefined ? '' : `, packets: ${packets}`;
  lines.push(
    'traffic:',
    `  stream: { kind: udp, from: pod/talker-*, to: pod/talker-*, pattern: next-node,`,
    `            every: ${SEND_INTERVAL}ns, size: 1000 B${count} }`,
  );
  if (capture !== undefined) {
    const snaplen = capture.snaplen === undefined ? '' : `, snaplen: ${capture.snaplen}`;
    lines.push('captures:', `  - { interface: ["*:*", "pod/*:*"], file: ${capture.file}${snaplen} }`);
  }
  return `${lines.join('\n')}\n`;
}

/** The longest prefix whose subnet holds the pods of a node, its gateway, and the two addresses that nobody has. */
function prefixFor(pods: number): number {
  return Math.min(24, 32 - Math.ceil(Math.log2(pods + 3)));
}
