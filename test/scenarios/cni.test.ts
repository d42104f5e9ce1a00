import { describe, expect, it } from 'vitest';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { formatIpv4 } from '../../models/wire/ipv4-address.ts';
import { addressOf } from '../../scenarios/builder/built-pair.ts';
import { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { checkPacketConservation } from '../checkers/packet-conservation.ts';
import { errorsOf, planOf, threeNodes } from './load.ts';

const WEAVE = 'cni: { type: weave-net, datapath: sleeve }\npods: { web: { replicas: 6 } }\n';

function messages(text: string): string[] {
  return errorsOf(text).map((line) => line.replace(/^\d+:\d+: /, ''));
}

/** Runs a scenario of three nodes to `stop`. */
function run(rest: string, stop: string): ScenarioRun {
  const run = new ScenarioRun(planOf(threeNodes(rest), { stop }), {
    queue: new WheelQueue(),
    openFile: () => () => {},
    runCommand: () => {
      throw new Error('there is no command');
    },
  });
  run.run();
  return run;
}

const addresses = ({ built, plan }: ScenarioRun) =>
  built.pods.map((_, pod) => formatIpv4(addressOf(built, plan, plan.hosts.length + pod)));

describe('a pod network of Weave is refused', () => {
  it.each([
    [
      'together with another',
      `${WEAVE}pod_network: { bridge: br0 }`,
      'with cni the pods have another network',
    ],
    [
      'for pods with addresses of their own',
      WEAVE.replace('replicas: 6', 'replicas: 6, address: 10.32.0.9'),
      'with cni the plugin gives pods their addresses',
    ],
    [
      'over the network of the nodes',
      WEAVE.replace('sleeve', 'sleeve, ipalloc_range: 192.168.0.0/16'),
      '192.168.0.0/16 overlaps 192.168.1.11/24 of node1:eth0 (expected a range apart from the networks of the nodes)',
    ],
    [
      'that has no address for a host',
      WEAVE.replace('sleeve', 'sleeve, ipalloc_range: 10.99.0.0/31'),
      '10.99.0.0/31 has fewer than 4 addresses (expected a range of at least 4, such as 10.32.0.0/12)',
    ],
    [
      'with peers that are not there',
      WEAVE.replace('sleeve', 'sleeve, peers: { node2: [nod1] }'),
      'there is no node "nod1" (did you mean "node1"?)',
    ],
    [
      'of another plugin',
      WEAVE.replace('weave-net', 'weave'),
      '"weave" is not valid here (expected one of weave-net, none)',
    ],
  ])('%s', (_, rest, message) => {
    expect(messages(threeNodes(rest))).toEqual([message]);
  });

  it('and so is the end of a router that is not there', () => {
    const events = 'pods: { web: {} }\nevents: [{ at: 1s, weave_stop: node1 }]';
    expect(messages(threeNodes(events))).toEqual(['there is no Weave (expected cni: { type: weave-net })']);
  });
});

describe('cni of type none', () => {
  it('is as if there were none', () => {
    const without =
      'pods: { web: { replicas: 2 } }\ntraffic: { p: { kind: ping, from: pod/web-0, to: pod/web-1 } }\n';
    const none = `cni: { type: none, datapath: sleeve }\npod_network: { routes: per-pod }\n`;
    const other = `pod_network: { routes: per-pod }\n`;
    expect(planOf(threeNodes(none + without))).toEqual(planOf(threeNodes(other + without)));
  });
});

describe('a pod network of Weave', () => {
  const traffic = `${WEAVE}traffic:
  probe: { kind: ping, from: pod/web-0, to: pod/web-1, every: 100ms }
  load: { kind: udp, from: pod/web-*, to: pod/web-*, pattern: next-node, rate: 100/s, size: 500 B, start: 4s }
`;

  it('may have more pods on a node than a call takes arguments', () => {
    const many = WEAVE.replace('replicas: 6', 'replicas: 400000, node: node1');
    const captures = 'captures: [{ interface: "node1:vethwe-b*", file: a.pcap }]\n';
    expect(errorsOf(threeNodes(many + captures))).toEqual([]);
  });

  it('gives pods addresses of their nodes’ ranges; traffic begins when both ends have one', () => {
    // consensus of two: the ring is made when node2 has come, which gives half of what it has to node3
    const done = run(traffic, '6s');
    expect(addresses(done)).toEqual([
      '10.32.0.2',
      '10.40.0.1',
      '10.46.0.1',
      '10.32.0.3',
      '10.40.0.2',
      '10.46.0.2',
    ]);
    const [probe, load] = done.traffic.map(({ pairs }) => pairs[0].statistics);
    expect(probe.sentPackets).toBeLessThan(60);
    expect(probe.receivedPackets).toBeGreaterThan(30);
    expect(load.receivedPackets).toBe(200);
    checkPacketConservation(done.built.network);
  });

  it('is the same for the same seed', () => {
    expect(run(traffic, '5s').result().fingerprint).toEqual(run(traffic, '5s').result().fingerprint);
  });

  it('gives an address that has become free to the next pod, and it alone', () => {
    const events = `${traffic}events:
  - { at: 5s, pod_delete: web-3 }
  - { at: 5s, pod_add: { like: web, node: node1 } }
  - { at: 6s, pod_add: { like: web, node: node1 } }
`;
    const after = run(events, '8s');
    expect(addresses(after)[3]).toBe('0.0.0.0');
    expect(addresses(after).slice(6)).toEqual(['10.32.0.3', '10.32.0.4']);
    checkPacketConservation(after.built.network);
  });

  it('goes on with the next pod when one is deleted or a router killed while an address is waited for', () => {
    // a quorum of two: without the others node1 waits for ever
    const events = `cni: { type: weave-net, datapath: sleeve, start_every: 5s }
pods: { web: { replicas: 3 }, more: { replicas: 2, node: node1 } }
events:
  - { at: 1s, pod_delete: web-0 }
  - { at: 2s, weave_stop: node1, for: 1s }
  - { at: 8s, pod_delete: more-0 }
`;
    const after = run(events, '16s');
    expect(addresses(after)).toEqual(['0.0.0.0', '10.40.0.1', expect.anything(), '0.0.0.0', '10.32.0.3']);
    expect(after.built.problems).toEqual([]);
    checkPacketConservation(after.built.network);
  });

  it('goes on inside a node whose router is killed, and with the others when it is back', () => {
    const events = `${WEAVE}traffic:
  inside: { kind: ping, from: pod/web-1, to: pod/web-4, every: 100ms, start: 5s }
  across: { kind: ping, from: pod/web-0, to: pod/web-1, every: 100ms, start: 5s, stop: 9s }
  later: { kind: ping, from: pod/web-0, to: pod/web-1, every: 100ms, start: 25s }
events: [{ at: 6s, weave_stop: node2, for: 5s }]
`;
    const { flows, weave } = run(events, '28s').result();
    expect(weave!.map(({ node, running, peers, sleeve }) => [node, running, peers, sleeve])).toEqual(
      ['node1', 'node2', 'node3'].map((node) => [node, true, 2, 2]),
    );
    expect(weave!.reduce((sum, { owned }) => sum + owned, 0)).toBe(2 ** 20);
    const received = Object.fromEntries(flows.map((flow) => [flow.name, flow.received / flow.sent]));
    expect(received.inside).toBe(1);
    expect(received.across).toBeLessThan(0.5);
    expect(received.later).toBeGreaterThan(0.9);
  });

  /** A range of six addresses, for three bridges and the first three of five pods of node1; the others wait. */
  const SMALL = `${WEAVE.replace('sleeve', 'sleeve, ipalloc_range: 10.99.0.0/29').replace(
    'replicas: 6',
    'replicas: 2, node: node1',
  )}events:
  - { at: 5s, pod_add: { like: web, node: node1 } }
  - { at: 5s, pod_add: { like: web, node: node1 } }
  - { at: 5s, pod_add: { like: web, node: node1 } }
`;
  const hasAddress = ({ built }: ScenarioRun, pod: string) =>
    built.network.namespace(pod)?.link('eth0')?.addresses.length === 1;

  it('tells which pods had no address in the end', () => {
    const { problems } = run(SMALL, '8s').result();
    expect(problems).toEqual(['no address of Weave for web-3, web-4: see weave status ipam on their nodes']);
  });

  it('forgets a pod that is deleted while it waits for an address, and serves the next', () => {
    const events = `  - { at: 8s, pod_delete: web-3 }\n  - { at: 9s, pod_delete: web-0 }\n`;
    const after = run(SMALL + events, '16s');
    expect(after.weave!.unattached).toEqual([]);
    expect(after.built.network.namespace('web-3')).toBeUndefined();
    expect(hasAddress(after, 'web-4')).toBe(true);
    checkPacketConservation(after.built.network);
  });

  it('attaches a pod that waited when its router was killed, once that is back', () => {
    const events = `  - { at: 8s, weave_stop: node1, for: 2s }\n  - { at: 12s, pod_delete: web-0 }\n`;
    const after = run(SMALL + events, '20s');
    expect(after.weave!.unattached).toEqual(['web-4']);
    expect(hasAddress(after, 'web-3')).toBe(true);
  });

  it('frees the address of a pod that went while no router ran', () => {
    const events = `${WEAVE}events:
  - { at: 5s, weave_stop: node1, for: 3s }
  - { at: 6s, pod_delete: web-0 }
  - { at: 9s, pod_add: { like: web, node: node1 } }
`;
    expect(addresses(run(events, '10s'))[6]).toBe('10.32.0.2');
  });
});
