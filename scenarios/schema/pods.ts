import { z } from 'zod';
import { limits } from '../limits.ts';
import { ipv4Address } from './addresses.ts';
import { hostName, hostReference } from './names.ts';
import { qdisc } from './qdisc.ts';
import { section } from './section.ts';
import { Malformed, textValue } from './text-value.ts';
import { count } from './units.ts';

/** A port that a pod listens on. */
export interface ListenPort {
  protocol: 'udp';
  port: number;
}

const listenPort = textValue<ListenPort>({
  id: 'ListenPort',
  type: 'object',
  expected: 'udp/PORT with a port from 1 to 65535 such as udp/9000',
  pattern: '^udp/\\d{1,5}$',
  parse: (text) => {
    const match = /^udp\/(\d{1,5})$/.exec(text);
    const port = Number(match?.[1] ?? 0);
    return port >= 1 && port <= 65535 ? { protocol: 'udp', port } : new Malformed(`"${text}" is not a port`);
  },
  print: ({ protocol, port }) => `${protocol}/${port}`,
});

const podGroup = section({
  replicas: count(1, limits.pods)
    .optional()
    .describe('Number of pods, named NAME-0, NAME-1 and so on. A count. Default 1.'),
  node: hostReference
    .optional()
    .describe('The node they run on, or several (node*, node[1-3]) that take turns. Default: all nodes.'),
  spread: z
    .enum(['node'])
    .optional()
    .describe('Spread over all nodes in turns. Default unless node is given.'),
  per_node: count(1, limits.pods)
    .optional()
    .describe('Instead of replicas: this many on every node. A count. NAME-0 up run on the first node.'),
  address: ipv4Address
    .optional()
    .describe(
      'Address of the first pod; further ones count up. Default: the next free of the node, from .2 up.',
    ),
  listen: z
    .array(listenPort)
    .prefault([])
    .describe('Ports with a socket on them, such as [udp/9000]. Default: none.'),
  qdisc: qdisc
    .optional()
    .describe('Queueing discipline of their eth0, such as { kind: tbf, rate: 50Mbit, ... }. Default: none.'),
}).superRefine((group, context) => {
  const exclude = (a: 'spread' | 'per_node' | 'node', b: 'node' | 'replicas' | 'spread') => {
    if (group[a] === undefined || group[b] === undefined) return;
    context.addIssue({ code: 'custom', path: [a], message: `${a} and ${b} exclude one another` });
  };
  exclude('spread', 'node');
  exclude('per_node', 'replicas');
});

/** `pods`: groups of equal pods by name. */
export const podsSection = z
  .record(hostName, podGroup)
  .prefault({})
  .describe('Groups of equal pods by name.');
