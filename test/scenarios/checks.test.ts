import { describe, expect, it } from 'vitest';
import { CONGESTION_CONTROLS as controls } from '../../models/transport/tcp/congestion-controls.ts';
import { errorsOf, threeNodes, warningsOf } from './load.ts';

/** Nodes, and what else the cluster has. */
function cluster(body: string, rest = ''): string {
  return `name: c\nstop: 10s\ncluster:\n${body.replace(/^/gm, '  ')}\n${rest}`;
}

/** The messages without places. */
function messages(text: string): string[] {
  return errorsOf(text).map((line) => line.replace(/^\d+:\d+: /, ''));
}

describe('addresses', () => {
  it('finds one address on two interfaces', () => {
    const text = cluster('nodes:\n  a: { address: 10.0.0.1/24 }\n  b: { address: 10.0.0.1/24 }');
    expect(errorsOf(text)).toEqual(['6:19: b:eth0 has the address 10.0.0.1 of a:eth0']);
  });

  it('finds an address that a range reaches', () => {
    const text = cluster('nodes:\n  n[1-3]: { address: 10.0.0.1/24 }\n  b: { address: 10.0.0.3/24 }');
    expect(messages(text)).toEqual(['b:eth0 has the address 10.0.0.3 of n3:eth0']);
  });

  it('finds one MAC address twice in a LAN, and lets two LANs have it', () => {
    const macs =
      'nodes:\n  a: { mac: 02:00:00:00:00:01, lan: l1 }\n  b: { mac: 02:00:00:00:00:01, lan: LAN }\nlans: { l1: {}, l2: {} }';
    expect(errorsOf(cluster(macs.replace('LAN', 'l1')))).toEqual([
      '6:15: b:eth0 has the MAC address 02:00:00:00:00:01 of a:eth0 in the same LAN',
    ]);
    expect(errorsOf(cluster(macs.replace('LAN', 'l2')))).toEqual([]);
  });

  it.each([
    ['10.0.0.0/24', 'address of the subnet itself'],
    ['10.0.0.255/24', 'broadcast address'],
  ])('refuses %s for an interface', (address, what) => {
    expect(messages(cluster(`nodes: { a: { address: ${address} } }`))).toEqual([
      `${address} of a:eth0 is the ${what}`,
    ]);
  });

  it('allows both ends of a /31', () => {
    expect(errorsOf(cluster('nodes: { a: { address: 10.0.0.0/31 }, b: { address: 10.0.0.1/31 } }'))).toEqual(
      [],
    );
  });

  it('finds a range that leaves its subnet', () => {
    expect(messages(cluster('nodes: { "n[1-9]": { address: 10.0.0.250/24 } }'))).toContain(
      '9 addresses from 10.0.0.250/24 up leave its subnet',
    );
  });

  it('warns of the slip of the course notes: a node off the subnet of its LAN', () => {
    const text = cluster(
      'nodes:\n  node1: { address: 129.168.1.11/24 }\n  node[2-3]: { address: 192.168.1.12/24 }',
    );
    expect(warningsOf(text)[0]).toBe(
      '5:23: warning: 129.168.1.11/24 of node1:eth0 is not in 192.168.1.0/24, the subnet of its LAN',
    );
  });
});

describe('subnets', () => {
  it('finds two LANs with overlapping subnets', () => {
    const text = cluster(
      'nodes:\n  a: { address: 10.0.0.1/16, lan: l1 }\n  b: { address: 10.0.5.1/24, lan: l2 }\nlans: { l1: {}, l2: {} }',
    );
    expect(errorsOf(text)).toEqual(['6:19: 10.0.5.0/24 of b:eth0 overlaps 10.0.0.0/16 of a:eth0']);
  });

  it('takes two LANs joined by a cable for one', () => {
    const text = cluster(
      'nodes:\n  a: { address: 10.0.0.1/24, lan: l1 }\n  b: { address: 10.0.0.2/24, lan: l2 }\nlans: { l1: {}, l2: {} }\nlinks: [{ endpoints: [l1, l2] }]',
    );
    expect(errorsOf(text)).toEqual([]);
  });

  it('finds pods in the subnet of the nodes', () => {
    const text = cluster('nodes: { a: { address: 10.244.1.200/24 } }', 'pods: { web: {} }');
    expect(errorsOf(text)).toEqual(['4:26: 10.244.1.0/24 of a:eth0 overlaps 10.244.1.0/24 of the pods of a']);
  });

  it('warns of a range of pods that only reaches into the subnet of the nodes', () => {
    const text = cluster(
      'nodes: { a: { address: 10.244.200.1/24 } }',
      'pod_cidr: { range: 10.244.0.0/16 }\npods: { web: {} }',
    );
    expect(errorsOf(text)).toEqual([]);
    expect(warningsOf(text)).toEqual([
      '5:20: warning: the range 10.244.0.0/16 of the pods overlaps 10.244.200.0/24 of a:eth0',
    ]);
  });

  it('finds two nodes with one pod subnet', () => {
    const nodes =
      'nodes:\n  a: { address: 10.0.0.1/24, pod_subnet: 10.1.0.0/24 }\n  b: { address: 10.0.0.2/24, pod_subnet: 10.1.0.0/24 }';
    expect(messages(cluster(nodes, 'pods: { web: {} }'))).toEqual([
      '10.1.0.0/24 of the pods of b overlaps 10.1.0.0/24 of the pods of a',
    ]);
  });

  it('finds more nodes than pod_cidr has slices', () => {
    const text = threeNodes('pod_cidr: { range: 10.244.0.0/23, per_node: 24 }\npods: { web: {} }');
    expect(errorsOf(text)).toEqual([
      '6:11: 10.244.0.0/23 has 2 slices of /24; the nodes need slices 1 to 3 (expected a larger range, a longer per_node or a lower first)',
    ]);
  });

  it('finds a slice larger than the range', () => {
    expect(messages(threeNodes('pod_cidr: { range: 10.244.0.0/16, per_node: 12 }'))).toEqual([
      'a slice of /12 is larger than the range 10.244.0.0/16 (expected from 16 to 30)',
    ]);
  });
});

describe('pods', () => {
  it('finds more of them than the subnet of a node holds', () => {
    expect(errorsOf(threeNodes('pods:\n  web: { replicas: 254, node: node1 }'))).toEqual([
      '7:8: 254 pods on node1, but 10.244.1.0/24 has room for 253 (expected fewer pods, or pod_cidr with a shorter per_node)',
    ]);
    expect(errorsOf(threeNodes('pods:\n  web: { replicas: 253, node: node1 }'))).toEqual([]);
  });

  it.each([
    ['10.244.2.9', "10.244.2.9 of web-0 on node1 is not in its pods' subnet 10.244.1.0/24"],
    ['10.244.1.0', "10.244.1.0 of web-0 on node1 is the network's own address"],
    ['10.244.1.1', "10.244.1.1 of web-0 on node1 is the bridge's address"],
    ['10.244.1.255', '10.244.1.255 of web-0 on node1 is the broadcast address'],
  ])('refuses the address %s', (address, message) => {
    expect(messages(threeNodes(`pods: { web: { node: node1, address: ${address} } }`))).toEqual([message]);
  });

  it('finds one address for two pods', () => {
    const text = threeNodes(
      'pods: { a: { node: node1, address: 10.244.1.5 }, b: { node: node1, address: 10.244.1.5 } }',
    );
    expect(messages(text)).toEqual(['10.244.1.5 of b-0 is given to another pod as well']);
  });

  it('finds an unknown node', () => {
    expect(messages(threeNodes('pods: { web: { node: node4 } }'))).toEqual([
      'there is no node "node4" (did you mean "node1"?)',
    ]);
  });

  it('limits their number', () => {
    const text = threeNodes('pods: { a: { replicas: 1500000 }, b: { replicas: 1500000 } }');
    expect(messages(text)).toEqual(['3000000 pods (expected at most 2000000)']);
  });
});

describe('routes', () => {
  it.each([
    [
      'routes: [10.0.0.0/8 via 192.168.2.1]',
      'the gateway 192.168.2.1 is on no subnet of node1 (expected an address in 192.168.1.0/24)',
    ],
    ['default_gateway: 192.168.1.11', 'the gateway 192.168.1.11 is node1 itself'],
    ['routes: [10.0.0.0/8 dev eth1]', 'node1 has no interface "eth1" (did you mean "eth0"?)'],
    [
      'routes: [10.0.0.0/8 via 192.168.1.12, 10.0.0.0/8 via 192.168.1.12]',
      'node1 has a route to there already',
    ],
    [
      'routes: [10.0.0.1/8 via 192.168.1.12]',
      '10.0.0.1/8 has address bits set behind its prefix (expected a route such as "10.244.2.0/24 via 192.168.1.12"; did you mean "10.0.0.0/8"?)',
    ],
    [
      'routes: [10.0.0.0/8]',
      '"10.0.0.0/8" says neither via nor dev (expected a route such as "10.244.2.0/24 via 192.168.1.12")',
    ],
    [
      'routes: [10.0.0.0/8 vai 192.168.1.12]',
      '"vai" is not a word of a route (expected via, dev, metric, src; did you mean "via"?)',
    ],
  ])('%s is refused', (keys, message) => {
    const text = cluster(
      `nodes:\n  node1: { address: 192.168.1.11/24, ${keys} }\n  node2: { address: 192.168.1.12/24 }`,
    );
    expect(messages(text)).toEqual([message]);
  });

  it('warns of a gateway that nobody is', () => {
    const text = cluster('nodes:\n  a: { address: 10.0.0.1/24, default_gateway: 10.0.0.254 }');
    expect(warningsOf(text)).toEqual(['5:49: warning: nobody has the address 10.0.0.254 of this gateway']);
  });

  it('wants a router for routes: router', () => {
    expect(messages(threeNodes('pods: { web: {} }\npod_network: { routes: router }'))).toEqual([
      'the router is not named (expected one under cluster.routers)',
    ]);
  });

  it('limits routes per pod', () => {
    const text = cluster(
      'nodes: { "n[1-1000]": { address: 10.0.0.1/16 } }',
      'pod_cidr: { range: 11.0.0.0/8, per_node: 24 }\npods: { web: { per_node: 20 } }\npod_network: { routes: per-pod }',
    );
    expect(messages(text)).toEqual([
      '20000000 routes to pods over all nodes (expected at most 10000000: routes: per-node or router need fewer)',
    ]);
  });
});

describe('cables', () => {
  it.each([
    ['[node1, lan]', '"node1" is a node, not one of its interfaces (did you mean "node1:eth0"?)'],
    ['["node1:eth0", lam]', 'there is no LAN "lam" (did you mean "lan"?)'],
    ['["node9:eth0", lan]', 'there is no node or router "node9" (did you mean "node1:eth0"?)'],
    ['["x*:eth0", lan]', '"x*" matches no node or router'],
    [
      '["node1:eth0", "node[2-3]:eth0"]',
      '1 interfaces at one end and 2 at the other (expected as many at both ends)',
    ],
    [
      '[lan, lan]',
      'lan and lan are joined already: a loop of switches (expected one way between any two switches)',
    ],
  ])('endpoints %s are refused', (endpoints, message) => {
    const text = threeNodes().replace(/\n$/, `\n  links: [{ endpoints: ${endpoints} }]\n`);
    expect(messages(text)).toEqual([message]);
  });

  it('finds an interface that is plugged in nowhere', () => {
    expect(messages(cluster('nodes: { a: { address: 10.0.0.1/24 } }\nlans: { l1: {}, l2: {} }'))).toEqual([
      'a:eth0 is not plugged into any LAN (expected lan: with one of l1, l2, or a link)',
    ]);
  });

  it('finds an interface that is plugged in twice', () => {
    const text = cluster(
      'nodes: { a: { lan: l1 } }\nlans: { l1: {}, l2: {} }\nlinks: [{ endpoints: ["a:eth0", l2] }]',
    );
    expect(messages(text)).toEqual(['a:eth0 is plugged into LAN l1 already']);
  });
});

describe('names', () => {
  it.each([
    ['nodes: { lan: {} }', 'the LAN "lan" has the name of a node'],
    ['nodes: { web-0: {} }', 'the node "web-0" has the name of a pod'],
    ['nodes: { "a[1-3]": {}, a2: {} }', 'a node "a2" comes from "a[1-3]" as well'],
    [
      'nodes: { a-: {} }',
      '"a-" is not a name (expected lower-case letters, digits and hyphens between them, at most 63)',
    ],
    ['nodes: { a: { nics: { v-net-0: {} } } }', '"v-net-0" of a is the name of the pod bridge'],
    ['nodes: {}', 'there is no node'],
  ])('%s is refused', (body, message) => {
    const pods = body === 'nodes: {}' ? '' : 'pods: { web: { replicas: 1 } }';
    expect(messages(cluster(body, pods))).toContain(message);
  });
});

describe('traffic', () => {
  const pods = 'pods: { web: { replicas: 3 } }\n';

  it.each([
    ['kind: ping, from: pod/web-0, to: pod/web-3', 'there is no pod "web-3" (did you mean "pod/web-2"?)'],
    ['kind: ping, from: pod/wbe-0, to: pod/web-1', 'there is no pod "wbe-0" (did you mean "pod/web-0"?)'],
    [
      'kind: ping, from: [pod/web-0, pod/wbe-*], to: pod/web-1',
      '"wbe-*" matches no pod (did you mean "pod/web-*"?)',
    ],
    ['kind: ping, from: node/nod1, to: pod/web-1', 'there is no node "nod1" (did you mean "node/node1"?)'],
    ['kind: ping, from: pod/web-0, to: router/node1', '"node1" is not a router (did you mean "node/node1"?)'],
    [
      'kind: ping, from: 10.0.0.1, to: pod/web-1',
      'an address does not say who sends (expected pod/NAME, node/NAME or router/NAME)',
    ],
    ['kind: ping, from: pod/web-0, to: pod/web-0', 'nobody sends: senders and receivers are the same one'],
    [
      'kind: ping, from: pod/web-0, to: pod/web-1, start: 3s, stop: 2s',
      'it stops at 2s, not after its start',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1',
      'neither rate nor every is given (expected rate: 200Mbit, rate: 1000/s or every: 1ms)',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1, rate: 1Mbit, every: 1s',
      'every and rate exclude one another',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1, every: 1s, size: { uniform: [9B, 1B] }',
      'the first size is above the second',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1, every: 1s, size: 65508B',
      'a datagram holds 65507 bytes at most',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1, every: 1s, arrivals: poison',
      '"poison" is not valid here (expected one of constant, poisson; did you mean "poisson"?)',
    ],
    [
      'kind: udp, from: pod/web-0, to: pod/web-1, every: 1s, arrivals: { on_off: { on: 1s } }',
      'the key "off" is missing',
    ],
    [
      'kind: tcp, from: pod/web-0, to: pod/web-1, congestion_control: renno',
      `there is no congestion control "renno" (expected one of ${controls.join(', ')}; did you mean "reno"?)`,
    ],
    [
      'kind: tcp, from: pod/web-0, to: pod/web-1, bytes: 19B',
      'a message has from 20 B, which say what it is, to 1 TiB',
    ],
    [
      'kind: tcp, from: pod/web-0, to: pod/web-1, bytes: 40B, parallel: 3',
      'too little to share (expected at least 20 B for each of 3 connections)',
    ],
    [
      'kind: tcp, from: pod/web-0, to: pod/web-1, mss: 20',
      '20 bytes cannot be (expected a number of bytes from 48 to 65495)',
    ],
  ])('{ %s } is refused', (keys, message) => {
    expect(messages(threeNodes(`${pods}traffic: { t: { ${keys} } }`))).toEqual([message]);
  });

  it('warns of traffic that starts after the run', () => {
    const text = threeNodes(
      `${pods}traffic: { t: { kind: ping, from: pod/web-0, to: pod/web-1, start: 20s } }`,
    );
    expect(warningsOf(text)).toEqual(['7:68: warning: it starts at 20s, after the run (10s)']);
  });
});

describe('events', () => {
  it.each([
    [
      '{ at: 1s }',
      'the event says nothing to happen (expected one of link_down, link_up, link_set, qdisc_set, sysctl, route_add, route_delete, pod_delete, pod_add, weave_stop, run)',
    ],
    [
      '{ at: 1s, link_up: "node1:eth0", pod_delete: web-0 }',
      'the event says link_up and pod_delete (expected one of link_down, link_up, link_set, qdisc_set, sysctl, route_add, route_delete, pod_delete, pod_add, weave_stop, run)',
    ],
    [
      '{ at: 1s, link_up: "node1:eth0", for: 1s }',
      'link_up is not taken back (expected for only with link_down, link_set, qdisc_set, sysctl, route_add, route_delete, weave_stop)',
    ],
    [
      '{ at: 1s, link_down: "pod/web-0:eth0" }',
      'there is no cable at that interface (expected an interface of a node or router such as node2:eth0)',
    ],
    [
      '{ at: 1s, sysctl: { node: node4, net.ipv4.ip_forward: 0 } }',
      'there is no node or router "node4" (did you mean "node1"?)',
    ],
    [
      '{ at: 1s, sysctl: { node: node1 } }',
      'no kernel parameter is named (expected a parameter and its value such as net.ipv4.ip_forward: 0)',
    ],
    [
      '{ at: 1s, sysctl: { node: node1, net.ipv4.ip_forwrd: 0 } }',
      'node1 has no kernel parameter "net.ipv4.ip_forwrd" (did you mean "net.ipv4.ip_forward"?)',
    ],
    [
      '{ at: 1s, sysctl: { node: node1, net.ipv4.ip_default_ttl: 999 } }',
      '"999" is not a value of net.ipv4.ip_default_ttl',
    ],
    [
      '{ at: 1s, route_add: { node: node1, route: 10.0.0.0/8 via 10.9.9.9 } }',
      'the gateway 10.9.9.9 is on no subnet of node1 (expected an address in 192.168.1.0/24)',
    ],
    ['{ at: 1s, pod_delete: web-7 }', 'there is no pod "web-7" (did you mean "web-2"?)'],
    ['{ at: 1s, pod_add: { like: wbe } }', 'there are no pods "wbe" (did you mean "web"?)'],
    ['{ at: 1s, pod_add: { like: web, node: node8 } }', 'there is no node "node8" (did you mean "node1"?)'],
    ['{ at: 1s, run: ip route }', 'run does not say where (expected run: COMMAND with on: NODE)'],
    [
      '{ at: 1s, link_up: "node1:eth0", on: node1 }',
      'on goes with run only (expected run: COMMAND with on: NODE)',
    ],
  ])('%s is refused', (event, message) => {
    expect(messages(threeNodes(`pods: { web: { replicas: 3 } }\nevents: [${event}]`))).toEqual([message]);
  });

  it('finds a pod that is deleted twice', () => {
    const text = threeNodes(
      'pods: { web: {} }\nevents: [{ at: 1s, pod_delete: web-0 }, { at: 2s, pod_delete: web-0 }]',
    );
    expect(messages(text)).toEqual(['"web-0" is deleted by event 1 already']);
  });

  it('warns of events after the run', () => {
    expect(warningsOf(threeNodes('events: [{ at: 11s, link_down: "node1:eth0" }]'))).toEqual([
      '6:16: warning: it happens at 11s, after the run (10s)',
    ]);
  });
});

describe('figures', () => {
  const traffic =
    'pods: { web: { replicas: 3 } }\ntraffic: { t: { kind: ping, from: pod/web-0, to: pod/web-1 } }\n';

  it.each([
    [
      'thresholds: { t.loss: "< 5ms" }',
      '"t.loss" is a percent, not a duration (expected a comparison with a percentage: "< 1%")',
    ],
    [
      'thresholds: { t.loss: "1%" }',
      '"1%" does not begin with a comparison (expected a comparison and a value such as "< 5ms", "< 1%", "> 100Mbit", "== 0")',
    ],
    [
      'thresholds: { t.rtt.p9: "< 5ms" }',
      'ping traffic has no figure "rtt.p9" (expected one of sent, received, lost, loss, rtt.min, rtt.mean, rtt.p50, rtt.p90, rtt.p95, rtt.p99, rtt.p999, rtt.max; did you mean "t.rtt.p90"?)',
    ],
    ['thresholds: { tt.loss: "< 5%" }', 'there is no traffic "tt" (did you mean "t.loss"?)'],
    [
      'measure: { histograms: [t.latency] }',
      '"t.latency" is not a distribution of ping traffic (did you mean "t.rtt"?)',
    ],
  ])('%s is refused', (keys, message) => {
    expect(messages(threeNodes(traffic + keys))).toEqual([message]);
  });
});

describe('captures', () => {
  const inside =
    'expected a file name inside the output folder such as underlay.pcapng or {node}-{interface}.pcapng';

  it.each([
    ['interface: "node1:eth0", file: ../../x', `"../../x" leaves the output folder (${inside})`],
    ['interface: "node1:eth0", file: a/../../x', `"a/../../x" leaves the output folder (${inside})`],
    ['interface: "node1:eth0", file: /etc/passwd', `"/etc/passwd" is an absolute path (${inside})`],
    ['interface: "node1:eth0", file: "C:/x"', `"C:/x" is an absolute path (${inside})`],
    ['interface: "node1:eth0", file: \'a\\b\'', `"a\\\\b" is not a file name (${inside})`],
    ['interface: "node1:eth0", file: .hidden', `".hidden" is not a file name (${inside})`],
    [
      'interface: "node1:eth0", file: "{nod}.pcap"',
      '"{nod}" stands for nothing (expected {node}, {host} or {interface}; did you mean "{node}"?)',
    ],
    [
      'interface: "node1:eth9", file: x.pcapng',
      '"node1" has no interface "eth9" (did you mean "node1:eth0"?)',
    ],
    [
      'interface: "pod/web-9:eth0", file: x.pcapng',
      'there is no pod "web-9" (did you mean "pod/web-2:eth0"?)',
    ],
    [
      'interface: "node*:eth0", file: x.pcap, format: pcap',
      '"x.pcap" would hold 3 interfaces, and a pcap file holds one (expected format: pcapng, or {host}-{interface} in the file name)',
    ],
    ['interface: "node1:eth0", file: x.pcapng, filter: "prot 80"', 'not a filter'],
  ])('{ %s } is refused', (keys, message) => {
    const [found, ...rest] = messages(threeNodes(`pods: { web: { replicas: 3 } }\ncaptures: [{ ${keys} }]`));
    expect(rest).toEqual([]);
    if (message === 'not a filter') expect(found).toMatch(/^not a filter: /);
    else expect(found).toBe(message);
  });

  it('finds two captures that write one file', () => {
    const text = threeNodes(
      'captures: [{ interface: "node1:eth0", file: "{node}.pcapng" }, { interface: "node1:lo", file: node1.pcapng }]',
    );
    expect(messages(text)).toEqual(['"node1.pcapng" is written by capture 1 already']);
  });

  it('warns of an extension that does not fit', () => {
    const text = threeNodes('captures: [{ interface: "node1:eth0", file: x.pcap }]');
    expect(warningsOf(text)).toEqual([
      '6:45: warning: "x.pcap" is written as pcapng (expected format: pcap)',
    ]);
  });
});

describe('effort', () => {
  it('refuses more patterns than anybody would wait for', () => {
    const events = Array.from({ length: 9000 }, () => '  - { at: 1s, link_down: "n*:eth0" }').join('\n');
    const text = cluster('nodes: { "n[1-9000]": { address: 10.0.0.1/16 } }', `events:\n${events}\n`);
    expect(errorsOf(text)).toEqual([
      '1:1: 9000 patterns to be held against 9001 nodes and pods (expected at most 50000000 comparisons)',
    ]);
  });
});
