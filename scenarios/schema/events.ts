import { z } from 'zod';
import { limits } from '../limits.ts';
import { impairments } from './impairments.ts';
import { hostName, hostReference, interfaceReference } from './names.ts';
import { qdisc } from './qdisc.ts';
import { queueLimit } from './queue.ts';
import { route } from './route.ts';
import { section } from './section.ts';
import { sysctlName, sysctlValue } from './sysctls.ts';
import { duration, percent, positiveDuration, rate } from './units.ts';

/** What can happen; each event names exactly one. */
export const eventActions = [
  'link_down',
  'link_up',
  'link_set',
  'qdisc_set',
  'sysctl',
  'route_add',
  'route_delete',
  'pod_delete',
  'pod_add',
  'weave_stop',
  'run',
] as const;

/** Actions that `for` can take back. */
const reversible: readonly string[] = [
  'link_down',
  'link_set',
  'qdisc_set',
  'sysctl',
  'route_add',
  'route_delete',
  'weave_stop',
];

const routeChange = section({
  node: hostReference.describe('The node or router, or several (node*).'),
  route: route.describe('A route as `ip route` takes it: "10.244.2.0/24 via 192.168.1.12".'),
});

const linkChange = section({
  link: interfaceReference.describe('An interface at the cable, or several (node*:eth0).'),
  rate: rate.optional().describe('Bits per second in each direction from now on. Default: as it is.'),
  delay: duration.optional().describe('Propagation delay from now on. Default: as it is.'),
  queue: queueLimit.optional().describe('What may wait at each end from now on. Default: as it is.'),
  loss: percent.optional().describe('Share of frames lost from now on. Default: as it is.'),
  impairments: impairments.optional().describe('What chance does to frames from now on. Default: as it is.'),
});

const qdiscChange = section({
  interface: interfaceReference.describe('The interface of a node or router, or several (node*:eth0).'),
  qdisc: qdisc.describe('Its queueing discipline from now on, such as { kind: fq_codel }.'),
});

const podAddition = section({
  like: hostName.describe('The group of pods that it joins.'),
  node: hostName.optional().describe('The node it runs on. Default: the next in turn.'),
});

const sysctlChange = z
  .object({ node: hostReference.describe('The node or router, or several (node*).') })
  .catchall(sysctlValue)
  .superRefine((change, context) => {
    const names = Object.keys(change).filter((key) => key !== 'node');
    const expected = 'a parameter and its value such as net.ipv4.ip_forward: 0';
    if (names.length === 0) {
      context.addIssue({ code: 'custom', message: 'no kernel parameter is named', params: { expected } });
    }
    for (const name of names) {
      const checked = sysctlName.safeParse(name);
      if (checked.success) continue;
      const message = checked.error.issues[0].message;
      context.addIssue({ code: 'custom', path: [name], message, params: { atKey: true } });
    }
  });

const event = section({
  at: duration.describe('When it happens. A duration from the start of the run.'),
  for: positiveDuration
    .optional()
    .describe('How long it lasts; then it is taken back. A duration. Default: to the end.'),
  link_down: interfaceReference.optional().describe('The cable at this interface is pulled: node2:eth0.'),
  link_up: interfaceReference
    .optional()
    .describe('The cable at this interface is plugged in again: node2:eth0.'),
  link_set: linkChange
    .optional()
    .describe('A cable changes: { link: node2:eth0, rate: 100Mbit, delay: 20ms }.'),
  qdisc_set: qdiscChange
    .optional()
    .describe(
      'An interface gets a queueing discipline: { interface: node1:eth0, qdisc: { kind: red, ... } }.',
    ),
  sysctl: sysctlChange
    .optional()
    .describe('Kernel parameters of a node change: { node: node3, net.ipv4.ip_forward: 0 }.'),
  route_add: routeChange
    .optional()
    .describe('A route is added: { node: node1, route: "10.0.0.0/8 via ..." }.'),
  route_delete: routeChange
    .optional()
    .describe('A route is deleted: { node: node1, route: "10.0.0.0/8 via ..." }.'),
  pod_delete: hostName.optional().describe('A pod is deleted: web-2.'),
  pod_add: podAddition.optional().describe('A pod is added: { like: web, node: node2 }.'),
  weave_stop: hostReference
    .optional()
    .describe(
      'With cni of type weave-net, the router of the node (node*) is killed: node2. It starts again, with what it knew, after `for`.',
    ),
  run: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('A command line is run on the node named by `on`: "ip route del 10.244.2.0/24".'),
  on: hostReference.optional().describe('With run: the node or router, or several (node*).'),
}).superRefine((value, context) => {
  const chosen = eventActions.filter((action) => value[action] !== undefined);
  const expected = `one of ${eventActions.join(', ')}`;
  if (chosen.length !== 1) {
    const message =
      chosen.length === 0 ? 'the event says nothing to happen' : `the event says ${chosen.join(' and ')}`;
    context.addIssue({ code: 'custom', message, params: { expected } });
    return;
  }
  if (value.for !== undefined && !reversible.includes(chosen[0])) {
    const hint = { expected: `for only with ${reversible.join(', ')}` };
    context.addIssue({
      code: 'custom',
      path: ['for'],
      message: `${chosen[0]} is not taken back`,
      params: hint,
    });
  }
  if ((chosen[0] === 'run') === (value.on !== undefined)) return;
  const message = chosen[0] === 'run' ? 'run does not say where' : 'on goes with run only';
  context.addIssue({ code: 'custom', message, params: { expected: 'run: COMMAND with on: NODE' } });
});

/** `events`: what happens during the run. */
export const eventsSection = z
  .array(event)
  .max(limits.events)
  .prefault([])
  .describe('What happens during the run.');
