import { z } from 'zod';
import { subnet } from './addresses.ts';
import { byteCount } from './byte-count.ts';
import { hostName, hostReference } from './names.ts';
import { section } from './section.ts';
import { count, duration } from './units.ts';

/** `cni`: the pod network of a plugin, in place of `pod_network`. */
export const cniSection = section({
  type: z
    .enum(['weave-net', 'none'])
    .describe(
      'The plugin: weave-net, with a Weave router on every node; or none, with pod_network as if there were no cni.',
    ),
  ipalloc_range: subnet
    .prefault('10.32.0.0/12')
    .describe(
      'IPALLOC_RANGE: the addresses of pods and bridges, shared out among the peers. Default 10.32.0.0/12.',
    ),
  ipalloc_init: z
    .enum(['consensus', 'seed'])
    .prefault('consensus')
    .describe(
      'Who makes the first shares: as many peers as make a quorum of the other nodes, as in Kubernetes, or all nodes by their names (--ipalloc-init seed=). Default consensus.',
    ),
  mtu: byteCount(576, 65_535)
    .optional()
    .describe('WEAVE_MTU, of bridges and pods. Bytes. Default: 1376 with the fast datapath, 65535 without.'),
  datapath: z
    .enum(['auto', 'fastdp', 'sleeve'])
    .prefault('auto')
    .describe(
      'What carries frames between nodes: auto and fastdp try VXLAN of Open vSwitch first and fall back to sleeve, connection by connection; sleeve is for kernels without Open vSwitch (WEAVE_NO_FASTDP). Default auto.',
    ),
  password: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('WEAVE_PASSWORD: everything between peers is encrypted. Text. Default: nothing is.'),
  peers: z
    .record(hostName, z.array(hostReference))
    .optional()
    .describe(
      'The nodes whose addresses a node gets at its start, such as { node1: [], node2: [node1] }. Default: every node gets all others.',
    ),
  discovery: z
    .boolean()
    .prefault(true)
    .describe('Peers also connect to those of whom they only hear. false is --no-discovery. Default true.'),
  conn_limit: count(0, 10_000)
    .prefault(200)
    .describe('CONN_LIMIT: connections of a peer at most, 0 for any number. A count. Default 200.'),
  start_every: duration
    .prefault('500ms')
    .describe(
      'The first node starts its router at 0, each further one so much later. A duration. Default 500ms.',
    ),
})
  .optional()
  .describe('The pod network of a CNI plugin, in place of pod_network. Default: none.');

export type CniSection = NonNullable<z.output<typeof cniSection>>;
